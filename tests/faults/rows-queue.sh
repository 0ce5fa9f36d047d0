# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Rows: local-queue and the sweeper die or are cut off at each step. Sourced by
# "row".

# queue_with POINT ACTION...: no send is under way in the queue itself, so
# nothing may stay unknown.
queue_with() {
	local point=local-queue.$1
	shift
	faults_start || return
	arm "$point" "$@"
	launch "$messages"
	settle
}

row_queue_kill_publish_unheard() {
	queue_with db.answered.queue_publish kill
}

row_queue_publish_answer_lost() {
	queue_with db.answered.queue_publish error error
}

row_queue_kill_claim_unheard() {
	queue_with db.answered.queue_claim kill pass pass kill
}

row_queue_claim_answer_lost() {
	queue_with db.answered.queue_claim error pass error
}

row_queue_kill_before_delivery() {
	queue_with http.before.delivery kill pass pass kill
}

row_queue_kill_delivery_written() {
	queue_with http.written.delivery kill pass pass kill
}

row_queue_kill_answer_read() {
	queue_with http.done.delivery kill pass pass kill
}

row_queue_delivery_answer_lost() {
	queue_with http.done.delivery error pass error error
}

row_queue_kill_before_delivered() {
	queue_with db.before.queue_delivered kill pass pass kill
}

row_queue_kill_delivered_unheard() {
	queue_with db.answered.queue_delivered kill pass pass kill
}

row_queue_delivered_answer_lost() {
	queue_with db.answered.queue_delivered error pass error error
}

row_queue_kill_before_reply() {
	queue_with web.reply kill
}

row_queue_down_in_delivery() {
	faults_start || return
	simulate settings '{"latency_ms":150}'
	launch "$messages"
	sleep 1
	stack_end local-queue
	injected=1
	sleep 5
	stack_program local-queue disparalead_queue
	settle
}

# The queue forgets what it had taken: the sweeper asks and publishes again.
row_queue_forgets() {
	is_aging=1
	faults_start || return
	arm local-queue.db.before.queue_claim 'every error'
	launch "$messages"
	q 'DELETE FROM local_queue.messages'
	injected=1
	arm local-queue.db.before.queue_claim pass
	settle 120
}

# sweep_with POINT ACTION...: the launch finds no queue, so that the sweeper
# publishes all.
sweep_with() {
	local point=disparalead.$1
	shift
	is_aging=1
	faults_start || return
	stack_end local-queue
	launch "$messages"
	arm "$point" "$@"
	stack_program local-queue disparalead_queue
	settle 90
}

row_sweep_kill_rows_taken() {
	sweep_with db.answered.sweep_stale_pending kill
}

row_sweep_kill_before_publish() {
	sweep_with http.before.queue kill
}

row_sweep_kill_publish_written() {
	sweep_with http.written.queue kill
}

row_sweep_publish_answer_lost() {
	sweep_with http.done.queue error
}

row_sweep_kill_before_mark() {
	sweep_with db.before.mark_published kill
}

row_sweep_mark_answer_lost() {
	sweep_with db.answered.mark_published error
}

# It dies while it declares leases expired and gives unknown ones up.
row_sweep_kill_leases() {
	unknown_max=2
	faults_start || return
	arm process-message.http.written.evolution pass kill
	arm disparalead.db.answered.sweep_expired_leases pass kill kill
	arm disparalead.db.answered.sweep_uncertain_deadline pass kill kill
	launch "$messages"
	settle
}

# For hours the queue can't reach us, or we believe nothing that it says: few
# publications, then a pause that says why, and nothing is failed.
wrong_for_hours() {
	local i published
	injected=1
	expect_paused=queue_not_delivering
	launch "$messages"
	# Each turn is twenty minutes in which the sweeper runs once.
	for ((i = 1; i <= 40; i++)); do
		age 1200
		stack_run disparalead_sweep "$build/disparalead" sweep \
			>>"$work/sweeps" 2>>"$work/sweeps.err"
		sleep 0.3
		[ "$(q "SELECT status FROM $c_table")" != paused ] || break
	done
	published=$(jq -s 'map(.published) | add' "$work/sweeps")
	echo "# paused after $i turns of 20 min; $published publications" \
		"by the sweeper"
	[ "$(q "SELECT status, status_reason FROM $c_table")" = \
		'paused|queue_not_delivering' ] &&
		[ "$published" -le $((5 * messages)) ]
}

row_wrong_public_url() {
	sweep_every=0
	settings+=(PUBLIC_URL=http://127.0.0.1:9)
	faults_start || return
	wrong_for_hours
}

row_wrong_signing_keys() {
	sweep_every=0
	faults_start || return
	stack_end process-message
	settings+=(QSTASH_CURRENT_SIGNING_KEY=sig_of_another
		QSTASH_NEXT_SIGNING_KEY=sig_of_nobody)
	faults_settings
	stack_program process-message disparalead_process
	wait_until 30 is_up
	wrong_for_hours
}

#--------------------------------------------------------------- a full disk

# The queue's tables lie on a disk of a few megabytes that somebody fills.
# Where nothing can be mounted the server is made to say the same.
small_disk() {
	disk=$work/disk
	mkdir -p "$disk"
	if mount -t tmpfs -o size=24m tmpfs "$disk" 2>/dev/null; then
		undo+=("umount $disk")
		mkdir "$disk/space"
		chown "$stack_user" "$disk/space"
		chmod 755 "$disk"
		psql -qXAt -d disparalead -c "CREATE TABLESPACE tiny
			LOCATION '$disk/space'" -c "ALTER TABLE
			local_queue.messages SET TABLESPACE tiny"
		fill() { dd if=/dev/zero of="$disk/fill" bs=64k; }
		empty() { rm "$disk/fill"; }
	else
		q "CREATE FUNCTION public.full_disk() RETURNS trigger
		   LANGUAGE plpgsql AS \$\$BEGIN
			RAISE EXCEPTION 'could not extend file: No space'
				USING ERRCODE = '53100';
		   END\$\$"
		fill() { q 'CREATE TRIGGER full_disk BEFORE INSERT ON
			local_queue.messages EXECUTE FUNCTION
			public.full_disk()'; }
		empty() { q 'DROP TRIGGER full_disk
			ON local_queue.messages'; }
	fi
}

# A message of 900 kB, which no half-empty page can take.
publish_large() {
	head -c 900000 /dev/urandom | base64 | head -c 900000 >"$work/large"
	curl -s -m 20 -o "$work/large.answer" -w '%{http_code}' \
		-H 'Authorization: Bearer fault-token' \
		-H 'Content-Type: application/json' -H 'Upstash-Delay: 1h' \
		--data-binary "@$work/large" \
		"http://127.0.0.1:$stack_queue_port/v2/publish/$site/process-message"
}

row_disk_full() {
	local status
	messages=$((messages + 370))
	faults_start || return
	small_disk || return
	fill >"$work/fill" 2>&1
	injected=1
	status=$(publish_large)
	echo "# the queue on a full disk answers $status"
	launch "$messages"
	sleep 3
	empty
	settle 90 && [ "$status" = 503 ]
}
