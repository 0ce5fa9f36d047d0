# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Rows: evolution-events dies or is cut off at each step of a webhook. Evolution
# tells it again some times; what it never gets to tell, a receipt at worst,
# costs no message. Sourced by "row".

# events_with POINT ACTION...: some messages are refused after they were sent,
# which only a webhook tells.
events_with() {
	local point=evolution-events.$1 i numbers=()
	shift
	failed_codes=refused_after_send
	is_aging=1
	faults_start && set_webhooks || return
	simulate settings '{"webhook_retry_ms":500,"latency_ms":50}'
	arm "$point" "$@"
	read -r -a numbers <<<"$(numbers_of 0 463 2)"
	for ((i = 1; i < messages; i++)); do
		numbers+=("$(number_of 9 "$i")")
	done
	launch 0 loja-1,loja-2 "${numbers[@]}" || return
	settle
	wait_until 20 test -s "$work/points/fired"
}

row_events_kill_before_note() {
	events_with db.before.note_receipt kill pass pass kill
}

row_events_kill_note_unheard() {
	events_with db.answered.note_receipt kill pass pass kill
}

row_events_note_answer_lost() {
	events_with db.answered.note_receipt error pass pass error
}

row_events_kill_after_note() {
	events_with db.done.note_receipt kill pass pass kill
}

row_events_kill_before_reply() {
	events_with web.reply kill pass pass kill
}

row_events_reply_lost() {
	events_with web.reply error pass pass error error
}
