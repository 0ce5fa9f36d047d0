# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Rows: launch-campaign dies, is cut off or finds no queue, at each step from
# its first insert to its answer. Sourced by "row".

# launch_with POINT ACTION...: the fault happens once or more while campaigns
# are launched; the caller repeats with the same Idempotency-Key.
launch_with() {
	local point=launch-campaign.$1
	shift
	faults_start || return
	arm "$point" "$@"
	launch "$messages"
	launch "$messages"
	settle
}

row_launch_kill_after_insert() {
	launch_with db.done.launch_insert_messages kill
}

row_launch_kill_between_inserts() {
	launch_with db.done.launch_insert_campaign kill pass kill
}

row_launch_kill_before_commit() {
	launch_with db.before.COMMIT kill kill
}

row_launch_kill_commit_unheard() {
	launch_with db.answered.COMMIT kill
}

row_launch_commit_answer_lost() {
	launch_with db.answered.COMMIT error pass error
}

row_launch_cut_in_transaction() {
	launch_with db.before.launch_seal error error
}

row_launch_kill_between_batches() {
	messages=$((messages + 250))
	launch_with http.done.queue pass kill
}

row_launch_kill_before_mark() {
	launch_with db.before.mark_published kill
}

row_launch_kill_after_mark() {
	launch_with db.done.mark_published kill
}

# Two pages for the marker's thread, one for the publisher.
row_launch_cut_marks_behind() {
	messages=$((messages + 1100))
	launch_with db.before.mark_published pass error
}

row_launch_kill_request_written() {
	launch_with http.written.queue kill
}

row_launch_queue_answer_lost() {
	launch_with http.done.queue error error error
}

row_launch_kill_before_start() {
	launch_with db.before.start_queued_campaigns kill
}

row_launch_kill_before_keep() {
	launch_with db.before.launch_store_answer kill
}

row_launch_kill_before_reply() {
	launch_with web.reply kill
}

row_launch_reply_lost() {
	launch_with web.reply error
}

row_launch_queue_down() {
	faults_start || return
	stack_end local-queue
	injected=$((injected + 1))
	launch "$messages"
	launch "$messages"
	sleep 2
	stack_program local-queue disparalead_queue
	settle
}
