# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Rows: process-message dies or is cut off at each step of a delivery, and
# deliveries come twice, late and many at once. Sourced by "row".
#
# At most one row of a number is under way when it dies: with two numbers a
# fault leaves at most two rows whose outcome nobody knows.

# process_with FAULTS POINT ACTION...
process_with() {
	local point=process-message.$2
	unknown_max=$((2 * $1))
	shift 2
	faults_start || return
	arm "$point" "$@"
	launch "$messages"
	settle
}

row_process_kill_before_claim() {
	process_with 1 db.before.claim_messages kill pass pass pass kill
}

row_process_kill_claim_unheard() {
	process_with 2 db.answered.claim_messages kill pass pass kill
}

row_process_claim_answer_lost() {
	process_with 0 db.answered.claim_messages error pass error error
}

row_process_kill_after_claim() {
	process_with 2 db.done.claim_messages kill pass pass kill
}

row_process_kill_before_request() {
	process_with 2 http.before.evolution kill pass pass kill
}

row_process_kill_request_written() {
	process_with 2 http.written.evolution kill pass pass kill
}

row_process_kill_answer_read() {
	process_with 2 http.done.evolution kill pass pass kill
}

row_process_evolution_answer_lost() {
	process_with 3 http.done.evolution error pass pass error error
}

row_process_cut_at_record() {
	process_with 0 db.before.record_outcomes error pass error error
}

row_process_kill_before_record() {
	process_with 2 db.before.record_outcomes kill pass pass kill
}

row_process_kill_record_unheard() {
	process_with 1 db.answered.record_outcomes kill pass pass kill
}

row_process_record_answer_lost() {
	process_with 0 db.answered.record_outcomes error pass error error
}

row_process_kill_after_record() {
	process_with 1 db.done.record_outcomes kill pass pass kill
}

row_process_kill_before_reply() {
	process_with 1 web.reply kill pass pass kill
}

row_process_reply_lost() {
	process_with 0 web.reply error pass error error
}

# A lane that is not free puts a row off: process-message publishes it again
# itself, and dies at it.
put_off_with() {
	local point=process-message.$1
	shift
	# Of two numbers, each every two seconds.
	messages=16
	unknown_max=2
	settings+=(LANE_WAIT_MS=0)
	is_aging=1
	faults_start || return
	stack_end process-message
	launch "$messages"
	q "UPDATE $l_table SET gap_seconds = 2, last_start_at = now()"
	arm "$point" "$@"
	stack_program process-message disparalead_process
	settle 90
}

row_put_off_kill_reserved() {
	put_off_with db.answered.reserve_lane_slot kill
}

row_put_off_kill_accepted() {
	put_off_with http.done.queue kill
}

row_put_off_answer_lost() {
	put_off_with http.done.queue error error
}

row_put_off_kill_before_mark() {
	put_off_with db.before.mark_published kill
}

# A worker that stood still past its lease must not send when it goes on.
stopped_at() {
	local point=process-message.$1 pid
	unknown_max=2
	faults_start || return
	arm "$point" pass pass stop
	launch "$messages"
	wait_until 20 test -s "$work/points/fired" || return
	pid=$(pid_of process-message)
	sleep "$2"
	kill -CONT "$pid"
	settle
}

row_worker_stopped_after_claim() {
	stopped_at db.done.claim_messages 10
}

row_worker_stopped_at_request() {
	stopped_at http.before.evolution 10
}

row_worker_stopped_after_answer() {
	stopped_at http.done.evolution 10
}

# Past the deadline too: the row was given up meanwhile, the proof comes late.
row_worker_stopped_past_deadline() {
	stopped_at http.done.evolution 16
}

#------------------------------------------------- deliveries of our own making

signed() { # BODY-FILE: the header that the queue would send
	local hash now input
	hash=$(openssl dgst -sha256 -binary "$1" | base64url)
	now=$(date +%s)
	input=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url)
	input=$input.$(printf '{"iss":"Upstash","sub":"%s","exp":%s,%s}' \
		"$site/process-message" $((now + 300)) \
		"\"nbf\":$now,\"iat\":$now,\"jti\":\"j\",\"body\":\"$hash=\"" |
		base64url)
	printf '%s.%s' "$input" "$(printf %s "$input" | openssl dgst -sha256 \
		-binary -hmac sig_fault_current | base64url)"
}

# prepare_deliveries GENERATION-OFFSET FILE: curl's configuration that delivers
# each queued row once; what it counts is how often curl is then run.
prepare_deliveries() {
	local id campaign_id generation body
	while IFS='|' read -r id campaign_id generation; do
		body=$work/delivery.$id.$1
		printf '{"message_id":"%s","campaign_id":"%s","generation":%s,%s}' \
			"$id" "$campaign_id" $((generation + $1)) \
			'"phone_number":"x","message_content":"x"' >"$body"
		printf 'url = "%s"\nrequest = POST\ndata-binary = "@%s"\n' \
			"$site/process-message" "$body"
		printf 'header = "Content-Type: application/json"\n'
		printf 'header = "Upstash-Signature: %s"\n' "$(signed "$body")"
		printf 'output = /dev/null\nnext\n'
	done < <(q "SELECT id, campaign_id, generation FROM $m_table
		WHERE status = 'queued' ORDER BY random()") >"$2"
}

# As launch, of a stack without another campaign: queued as far as the rows say,
# published by nobody.
launch_unpublished() {
	arm launch-campaign.http.before.queue 'every error'
	launch "$@"
	arm launch-campaign.http.before.queue pass
	q "UPDATE $m_table SET status = 'queued', queued_at = now()" >/dev/null
}

# Fifty of one message at the same instant become one claim.
row_deliveries_merged() {
	local i n=50 pids=()
	settings+=(WORKER_THREADS=64)
	faults_start || return
	arm process-message.db.before.claim_messages sleep:700
	simulate settings '{"latency_ms":400}'
	stack_end local-queue
	launch_unpublished 1
	prepare_deliveries 0 "$work/deliver"
	for ((i = 0; i < n; i++)); do
		curl -sS -m 30 -K "$work/deliver" >/dev/null 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
	injected=$((injected + n))
	stack_program local-queue disparalead_queue
	settle
}

# Every message many times, in any order, of old and new generations, at once,
# beside the queue's own deliveries.
row_deliveries_doubled() {
	local i pids=()
	messages=$((messages / 2))
	settings+=(WORKER_THREADS=64)
	faults_start || return
	arm process-message.db.before.claim_messages 'every sleep:20'
	launch "$messages"
	prepare_deliveries 0 "$work/deliver.0"
	prepare_deliveries 1 "$work/deliver.1"
	prepare_deliveries -1 "$work/deliver.2"
	for ((i = 0; i < 50; i++)); do
		curl -sS -m 30 -K "$work/deliver.$((i % 10 < 8 ? 0 : i % 3))" \
			>/dev/null 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
	injected=$((injected + 50))
	settle
}

# Those that the template lacks.
add_instances() {
	local name tenant
	tenant=$(q 'SELECT id FROM public.tenants_dispara_lead_saas_02')
	for name in ${faults_instances//,/ }; do
		[[ $name == loja-[1-4] ]] || stack_run disparalead_admin \
			"$build/disparalead" instance add "$name" \
			--tenant "$tenant" --token "$name-token" \
			>/dev/null || return
	done
}

# As many as were launched have been sent.
all_sent() {
	[ "$(really_sent_lines | sed -n '1s/ .*//p')" -eq "$launched" ]
}

# Two of fifty-one outcomes can't be stored as they came: the others are, and
# those two with less. Fifty gather behind the first, which may be one of them.
row_poisoned_outcome() {
	local point=process-message.db.before.record_outcomes
	settings+=(WORKER_THREADS=64 LOCAL_QUEUE_PARALLELISM=60)
	# One at a time on each number.
	faults_instances=$(seq -f loja-%g -s, 51)
	faults_start && add_instances || return
	q "CREATE FUNCTION public.poison() RETURNS trigger LANGUAGE plpgsql
	   AS \$\$BEGIN
		IF NEW.status = 'sent' AND NEW.phone_number LIKE '%025'
		   AND NOT NEW.evolution_response ? 'truncated' THEN
			RAISE EXCEPTION 'poison' USING ERRCODE = '22023';
		END IF;
		RETURN NEW;
	   END\$\$;
	   CREATE TRIGGER poison BEFORE UPDATE ON $m_table
	   FOR EACH ROW EXECUTE FUNCTION public.poison()"
	arm "$point" wait
	launch 25 "$(seq -f loja-%g -s, 25)"
	launch 26 "$(seq -f loja-%g -s, 26 51)"
	wait_until 20 all_sent || return
	sleep 0.5
	go "$point"
	settle || return
	[ "$(q "SELECT count(*) FROM $m_table
		WHERE evolution_response ? 'truncated'")" -eq 2 ]
}

# Two copies of process-message on one socket, two sweepers, one queue.
row_two_of_each() {
	faults_start || return
	stack_end process-message
	# shellcheck disable=SC2016
	stack_supervise process-message \
		--socket "$stack_sockets/process-message.sock" bash -c \
		'set -a; . "$1"; PGUSER=disparalead_process
		"$2" <&0 & exec "$2"' program "$stack_work/disparalead.conf" \
		"$build/process-message"
	start_sweeper
	injected=2
	arm process-message.http.done.evolution pass pass pass kill
	unknown_max=4
	launch "$messages"
	launch "$messages" loja-1,loja-2
	settle
}
