# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Rows: control actions committed at each step of a delivery, and
# control-campaign dying or cut off at each step of an action. Sourced by
# "row".

# really_sent [NUMBERS]: messages of the latest launch that really went out, and
# of these numbers (JSON) those that did not.
really_sent() {
	local prefix
	prefix=$(number_of "$launches" 0)
	curl -sS -m 10 "$simulator/_control/sent" |
		jq --arg prefix "${prefix%000}" --argjson numbers "${1:-[]}" '
			[.recipients | to_entries[]
				| select(.key | startswith($prefix))]
			| (map(.value.count) | add // 0)
				+ ($numbers - map(.key) | length)'
}

# Rows of $campaign that a worker has, or that nobody knows about, as SQL.
going() {
	echo "SELECT phone_number FROM $m_table
	   WHERE campaign_id = '$campaign' AND status IN ('sending', 'uncertain')"
}

# How many may have been sent when those have ended. They are read first: who
# is sent meanwhile is one of them still.
count_allowed() {
	really_sent "$(q "SELECT coalesce(json_agg(phone_number), '[]')
		FROM ($(going)) g")"
}

wait_nothing_going() {
	wait_sql 60 "NOT EXISTS ($(going))"
}

#--------------------------------------------- an action at each step of a send

delivery_steps=(db.before.claim_messages db.answered.claim_messages
	db.done.claim_messages http.before.evolution http.written.evolution
	http.done.evolution db.before.record_outcomes
	db.answered.record_outcomes db.done.record_outcomes web.reply)

# at_each_step FUNCTION: a worker stands at the step while FUNCTION acts on its
# campaign, then it goes on. On a slow machine it stands longer than its lease.
at_each_step() {
	local step point
	messages=$((messages / 3))
	unknown_max=$((2 * ${#delivery_steps[@]}))
	faults_start || return
	simulate settings '{"latency_ms":50}'
	for step in "${delivery_steps[@]}"; do
		point=process-message.$step
		rm -f "$work/points/$point".*
		arm "$point" pass pass wait
		launch "$messages" || return
		wait_until 60 is_at "$point" || return
		"$1" "$point" || {
			echo "# at $step"
			return 1
		}
	done
	settle
}

# Nothing more is begun after a pause has been answered.
pause_here() {
	local allowed
	control pause || return
	allowed=$(count_allowed)
	go "$1"
	wait_nothing_going || return
	sleep 0.5
	[ "$(really_sent)" -le "$allowed" ] || {
		echo "# $(really_sent) sent, $allowed when it was paused"
		return 1
	}
	control resume
}

row_pause_at_each_step() {
	at_each_step pause_here
}

cancel_here() {
	local allowed
	control cancel || return
	allowed=$(count_allowed)
	go "$1"
	wait_nothing_going || return
	sleep 0.5
	[ "$(really_sent)" -le "$allowed" ] || {
		echo "# $(really_sent) sent, $allowed when it was cancelled"
		return 1
	}
	# All the others may have been sent while one reply was held.
	[[ $(q "SELECT status FROM $c_table WHERE id = '$campaign'") =~ \
		^(cancelled|completed)$ ]]
}

row_cancel_at_each_step() {
	at_each_step cancel_here
}

run_of() {
	q "SELECT run FROM $c_table WHERE id = '$campaign'"
}

# All that waits gets new slots and generations; what is under way keeps its
# own, and is not sent again.
reschedule_here() {
	local run
	run=$(run_of)
	control reschedule 'tempoMax: 1' || return
	[ "$(run_of)" -gt "$run" ] || {
		echo "# not rescheduled: $(head -c 300 "$work/control")"
		return 1
	}
	go "$1"
	wait_nothing_going
}

row_reschedule_at_each_step() {
	at_each_step reschedule_here
}

#-------------------------------------------------- control-campaign at its steps

# control_with POINT ACTION...: while a campaign is paused, resumed, paused,
# resumed; the caller repeats until each is answered.
control_with() {
	local point=control-campaign.$1 i
	shift
	messages=$((messages * 2))
	faults_start || return
	simulate settings '{"latency_ms":150}'
	launch "$messages" || return
	arm "$point" "$@"
	for i in 1 2; do
		control pause || return
		sleep 0.5
		control resume || return
	done
	settle
}

row_control_kill_before_pause() {
	control_with db.before.control_pause kill pass kill
}

row_control_kill_pause_unheard() {
	control_with db.answered.control_pause kill kill
}

row_control_cut_at_pause() {
	control_with db.before.control_pause error error
}

row_control_kill_laid() {
	control_with db.done.control_lay kill pass kill
}

row_control_kill_before_seal() {
	control_with db.before.control_seal kill
}

row_control_kill_before_commit() {
	control_with db.before.COMMIT kill pass kill
}

row_control_kill_commit_unheard() {
	control_with db.answered.COMMIT kill pass kill pass kill
}

row_control_commit_answer_lost() {
	control_with db.answered.COMMIT error pass error error
}

row_control_kill_cleaning() {
	control_with http.written.queue kill pass kill
}

row_control_kill_cleaned() {
	control_with http.done.queue kill pass kill
}

row_control_queue_answer_lost() {
	control_with http.done.queue error error error
}

row_control_kill_before_mark() {
	control_with db.before.mark_published kill
}

row_control_kill_before_reply() {
	control_with web.reply kill pass kill
}

row_control_reply_lost() {
	control_with web.reply error pass error
}
