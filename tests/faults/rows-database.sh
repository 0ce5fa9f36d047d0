# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Rows: PostgreSQL stops, dies, is cut off or falls silent; clocks are wrong.
# Sourced by "row".

# With this latency a campaign lasts some seconds.
database_row() {
	faults_start || return
	simulate settings '{"latency_ms":150}'
	launch "$messages"
}

row_postgres_restart() {
	database_row || return
	kill_now postgresql INT
	wait_until 20 is_up
	sleep 1
	kill_now postgresql INT
	settle
}

row_postgres_kill() {
	database_row || return
	kill_now postgresql
	wait_until 20 is_up
	sleep 1
	kill_now postgresql
	settle
}

# Longer than a connection is waited for.
row_postgres_down() {
	unknown_max=2
	database_row || return
	stack_end postgresql
	injected=1
	sleep 7
	STACK_FSYNC=off stack_postgres
	settle
}

row_postgres_down_at_launch() {
	faults_start || return
	stack_end postgresql
	injected=1
	(sleep 4 && STACK_FSYNC=off stack_postgres && sleep 100) &
	undo+=("kill $!")
	launch "$messages"
	settle
}

row_postgres_cuts_connections() {
	local i
	database_row || return
	for ((i = 0; i < 12; i++)); do
		psql -qXAt -d postgres -c "SELECT pg_terminate_backend(pid)
			FROM pg_stat_activity WHERE datname = 'disparalead'
			AND pid <> pg_backend_pid()" >/dev/null
		injected=$((injected + 1))
		sleep 0.3
	done
	settle
}

# Transactions are cut while they hold locks.
row_postgres_cuts_transactions() {
	faults_start || return
	arm launch-campaign.db.before.launch_insert_messages error
	arm launch-campaign.db.before.COMMIT error
	arm process-message.db.before.claim_messages error pass error
	arm process-message.db.before.record_outcomes error pass error
	arm local-queue.db.before.queue_claim error pass error
	arm local-queue.db.before.queue_delivered error pass error
	arm disparalead.db.before.sweep_stale_pending error
	launch "$messages"
	settle
}

#------------------------------------------------------------------ half-open

# relay_start TARGET: a TCP relay that can fall silent without closing
# anything; sets $relay_port, and $relay, its process group.
relay_start() {
	relay_port=${relay_port:-$(stack_free_port $((31000 + RANDOM % 1000)))}
	setsid socat "TCP-LISTEN:$relay_port,bind=127.0.0.1,fork,reuseaddr" \
		"$1" 2>>"$work/relay.log" &
	relay=$!
	undo+=("kill -KILL -- -$relay")
	stack_wait 5 bash -c ": </dev/tcp/127.0.0.1/$relay_port"
}

# relay_silent SECONDS TARGET: established connections stand open and carry
# nothing; then they are reset and new ones work.
relay_silent() {
	kill -STOP -- "-$relay"
	injected=$((injected + 1))
	sleep "$1"
	kill -KILL -- "-$relay"
	relay_start "$2"
}

row_postgres_half_open() {
	local socket
	sweep_every=1
	unknown_max=4
	messages=$((messages + 20))
	faults_start || return
	socket=UNIX-CONNECT:$PGHOST/.s.PGSQL.5432
	relay_start "$socket"
	database_host="127.0.0.1&port=$relay_port"
	faults_settings
	for program in launch-campaign process-message local-queue; do
		kill_now "$program" TERM
	done
	injected=0
	wait_until 30 is_up
	simulate settings '{"latency_ms":150}'
	launch "$messages"
	sleep 1
	relay_silent 9 "$socket"
	settle 90
}

row_evolution_half_open() {
	unknown_max=8
	faults_start || return
	relay_start "TCP:127.0.0.1:$stack_simulator_port"
	evolution_url=http://127.0.0.1:$relay_port
	faults_settings
	kill_now process-message TERM
	injected=0
	wait_until 30 is_up
	simulate settings '{"latency_ms":150}'
	launch "$messages"
	sleep 0.7
	relay_silent 5 "TCP:127.0.0.1:$stack_simulator_port"
	settle
}

#--------------------------------------------------------------------- clocks

# clock_off PROGRAM MS...
clock_off() {
	is_aging=1
	faults_start || return
	while [ $# -gt 0 ]; do
		echo "$2" >"$work/points/$1.clock"
		injected=$((injected + 1))
		shift 2
	done
	launch "$messages"
}

row_clock_process_ahead() {
	clock_off process-message 300000 && settle
}

# Signatures come from the future and are refused, until the clock is right.
row_clock_process_behind() {
	clock_off process-message -300000 || return
	sleep 8
	echo 0 >"$work/points/process-message.clock"
	settle 120
}

row_clock_queue_ahead() {
	clock_off local-queue 300000 || return
	sleep 8
	echo 0 >"$work/points/local-queue.clock"
	settle 120
}

row_clock_queue_behind() {
	clock_off local-queue -300000 && settle
}

row_clock_launch_ahead() {
	clock_off launch-campaign 300000 && settle 120
}

row_clock_launch_behind() {
	clock_off launch-campaign -300000 && settle
}

row_clock_sweeper_off() {
	clock_off disparalead 300000 && settle
}

# Evolution's clock is what its record of sent messages is kept by.
evolution_clock() {
	unknown_max=3
	faults_start || return
	simulate settings "{\"clock_offset_ms\":$1}"
	arm process-message.http.done.evolution error pass pass error error
	launch "$messages"
	settle
}

row_clock_evolution_ahead() {
	evolution_clock 300000
}

row_clock_evolution_behind() {
	evolution_clock -300000
}
