# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Rows: campaign-status dies or is cut off at each step of a poll, while a
# campaign runs. It only reads: a dashboard asks again. Sourced by "row".

# poll_status: as a dashboard does; sets $answer.
poll_status() {
	answer=$(curl -sf -m 5 -H "Authorization: Bearer $access_token" \
		"$site/status?campaign_id=$campaign")
}

# status_with ACTION POINT...: the first poll at each point meets the fault.
status_with() {
	local action=$1 point rows
	shift
	settings+=(STATUS_MAX_AGE_MS=0) # each poll reaches each point
	faults_start || return
	simulate settings '{"latency_ms":50}'
	launch "$messages" || return
	for point; do
		point=campaign-status.$point
		arm "$point" "$action"
		poll_status
		[ -e "$work/points/fired" ] &&
			grep -qF "$point" "$work/points/fired" || {
			echo "# not reached: $point"
			return 1
		}
		disarm "$point"
		wait_until 30 poll_status || {
			echo "# no answer behind $point"
			return 1
		}
	done
	settle && poll_status || return
	rows=$(q "SELECT count(*) FROM $m_table WHERE campaign_id = '$campaign'
		AND status = 'sent'")
	jq -e --argjson rows "$rows" '.status == "completed"
		and .sent_count == $rows' <<<"$answer" >/dev/null || {
		echo "# $(head -c 300 <<<"$answer")"
		return 1
	}
}

status_steps=(db.before.status_who db.answered.status_who
	db.done.status_who db.before.status_one db.answered.status_one
	db.done.status_one web.reply)

row_status_kill_at_each_step() {
	status_with kill "${status_steps[@]}"
}

row_status_cut_at_each_step() {
	status_with error "${status_steps[@]}"
}

# One look-up hangs, as on a connection that has gone silent: those behind it go
# on, and it ends well when it is let on.
row_status_look_up_hangs() {
	local point=campaign-status.db.before.status_who first
	faults_start || return
	launch "$messages" || return
	arm "$point" wait
	curl -sf -m 30 -o "$work/hanging" "$site/status?campaign_id=$campaign" \
		-H "Authorization: Bearer $access_token" &
	first=$!
	wait_until 10 is_at "$point" || return
	poll_status || {
		echo '# no answer behind a look-up that hangs'
		return 1
	}
	go "$point"
	wait "$first" || {
		echo '# no answer to what hung'
		return 1
	}
	settle
}
