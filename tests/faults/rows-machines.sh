# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Rows: two machines, each with all programs, an nginx and a sweeper of its
# own, on one PostgreSQL and one queue, behind nginx/balancer.conf. One of them
# goes away in the middle of a campaign. Sourced by "row".

machine_programs='launch-campaign process-message campaign-status
	control-campaign evolution-events'
# The second machine's, which the row takes down.
second=()

# The row's directory is short enough for no socket's path, hence mktemp.
start_second_machine() {
	local stack_work=$work/second stack_sockets stack_port stack_queue_port
	local name role
	stack_sockets=$(mktemp -d /tmp/dl.XXXXXX)
	undo+=("rm -rf $stack_sockets")
	mkdir -p "$stack_work/run" "$stack_work/log"
	cp "$work/stack/disparalead.conf" "$stack_work/"
	for name in $machine_programs; do
		role=${name%%-*}
		[ "$role" != campaign ] || role=status
		[ "$role" != evolution ] || role=events
		stack_program "$name" "disparalead_$role"
		second+=("${stack_supervisors[-1]}")
	done
	start_sweeper
	second+=("${stack_supervisors[-1]}")
	stack_nginx "$((first_port + 2))" || return
	second+=("${stack_supervisors[-1]}")
	second_site=http://127.0.0.1:$stack_port
	wait_until 30 curl -sf -m 5 "$second_site/readyz"
}

# start_balancer PORT: over both machines.
start_balancer() {
	local conf=$work/balancer
	mkdir -p "$conf"
	sed -e "s|192.0.2.1:80|${site#http://}|" \
		-e "s|192.0.2.2:80|${second_site#http://}|" \
		-e "s|listen 80;|listen 127.0.0.1:$1;|" \
		"$top/nginx/balancer.conf" >"$conf/balancer.conf"
	stack_nginx_main "$conf" balancer.conf
	stack_supervise balancer --stop-signal QUIT nginx -p "$conf" \
		-e stderr -c "$conf/nginx.conf"
	site=http://127.0.0.1:$1
	wait_until 30 is_up
}

# Deliveries that a machine's process-message answered.
deliveries_of() { # DIRECTORY
	grep -c '"path":"/process-message"' \
		"$1/log/process-message.log" || true
}

have_both_worked() {
	[ "$(deliveries_of "$work/stack")" -gt 2 ] &&
		[ "$(deliveries_of "$work/second")" -gt 2 ]
}

# machine_leaves FUNCTION: called when both machines have worked, it takes the
# second one away.
machine_leaves() {
	local first_port balancer before
	messages=$((messages * 4))
	first_port=$((20000 + RANDOM % 10000))
	balancer=$(stack_free_port "$((first_port + 100))")
	settings+=("PUBLIC_URL=http://127.0.0.1:$balancer"
		"LOCAL_QUEUE_ALLOWED_URLS=http://127.0.0.1:$balancer")
	faults_start && start_second_machine && start_balancer "$balancer" ||
		return
	simulate settings '{"latency_ms":100}'
	launch "$messages" "$faults_instances" || return
	wait_until 60 have_both_worked || {
		echo "# $(deliveries_of "$work/stack") and" \
			"$(deliveries_of "$work/second") deliveries"
		return 1
	}
	before=$(deliveries_of "$work/stack")
	"$1"
	injected=$((injected + 1))
	! wait_settled 1 || {
		echo '# the campaign had ended before'
		return 1
	}
	# The users of the other one notice nothing.
	launch 3 || return
	settle && [ "$(deliveries_of "$work/stack")" -gt "$before" ]
}

# As by a power cut: nothing of it says goodbye, and nothing comes back.
cut_power() {
	local nginx
	nginx=$(cat "$work/second/run/nginx.pid")
	kill -KILL "${second[@]}" "$nginx" 2>/dev/null
	# nginx's worker is in its master's process group.
	kill -KILL -- "-$nginx" 2>/dev/null
	wait "${second[@]}" 2>/dev/null
}

shut_down() {
	kill "${second[@]}"
	wait "${second[@]}" 2>/dev/null
}

# At most one message a number was under way on it.
row_machine_loses_power() {
	unknown_max=4
	machine_leaves cut_power
}

row_machine_shuts_down() {
	machine_leaves shut_down
}
