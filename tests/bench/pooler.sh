# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What a transaction pooler costs, through which no statement keeps its name:
# the shape of Supabase's port 6543, by pgbouncer on this machine. The same
# programs by turns on a direct connection and through it. Sourced by run.

start_pooler() {
	local dir=$bench_work/pooler
	mkdir -p "$dir" "$stack_sockets/pooler"
	cat >"$dir/pgbouncer.ini" <<-INI
		[databases]
		disparalead = host=$stack_sockets/pg pool_size=8
		[pgbouncer]
		listen_addr =
		unix_socket_dir = $stack_sockets/pooler
		pool_mode = transaction
		auth_type = trust
		auth_file = $dir/users
		max_client_conn = 300
		log_connections = 0
		log_disconnections = 0
	INI
	printf '"disparalead_%s" ""\n' launch process status >"$dir/users"
	[ "$EUID" -ne 0 ] || chown "$stack_user" "$dir" "$stack_sockets/pooler"
	stack_supervise pgbouncer --stop-signal INT "${stack_setpriv[@]}" \
		pgbouncer "$dir/pgbouncer.ini"
	stack_wait 20 psql -qXAt -h "$stack_sockets/pooler" -p 6432 \
		-U disparalead_status -d disparalead -c 'SELECT 1'
}

# start_on HOST [NAME=VALUE...]: the three programs with that database.
start_on() {
	local settings=("DATABASE_URL='postgresql:///disparalead?host=$1'" "${@:2}")
	bench_restart launch-campaign disparalead_launch "${settings[@]}"
	bench_restart process-message disparalead_process
	bench_restart campaign-status disparalead_status
	bench_ready
}

# through NAME: what the programs do on the database that they have now.
through() {
	local campaign
	seed_messages "$n_messages" 1 "$lanes"
	campaign=$(bench_sql 'SELECT id FROM bench_run')
	ask "$1.status" "$public_url/status?campaign_id=$campaign" \
		--header "$authorization"
	deliver "$1.process" 16 "$public_url/process-message" \
		process-message nginx
	launch_body "$n_contacts"
	launched "$1.launch" "$public_url/launch"
	end_launches
}

bench_pooler() {
	local round authorization
	authorization=$(bearer)
	end_launches
	start_pooler || bench_fail 'no pooler'
	for ((round = 0; round < rounds; round++)); do
		start_on "$stack_sockets/pg" DATABASE_PREPARED_STATEMENTS=on
		through direct
		start_on "$stack_sockets/pooler&port=6432" \
			DATABASE_PREPARED_STATEMENTS=off
		through pooled
	done
}

report_pooler() {
	local what
	has pooled.launch || return 0
	echo
	row 'through a pooler, no prepared statements' 'of a direct connection'
	row '  messages a second, 16 in flight' \
		"$(bench_ratio pooled.process.per_s direct.process.per_s)"
	row '  /status a second' \
		"$(bench_ratio pooled.status.per_s direct.status.per_s)"
	row "  seconds of a launch of $n_contacts" \
		"$(bench_ratio pooled.launch direct.launch)"
}
