# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Rows: every way in which Evolution is known to fail, lie or hang (the
# simulator's modes). Sourced by "row".

# numbers_of N CCC COUNT: COUNT numbers that fail as the simulator's table says
# of CCC, N times each (0: always).
numbers_of() {
	local i
	for ((i = 0; i < $3; i++)); do
		printf '55%d987650%d%s ' $((11 + i)) 0 "$2" | sed "s/6500/65$1/"
	done
}

# evolution_numbers TIMES CCC: four such numbers among others on one instance,
# a campaign without any on another.
evolution_numbers() {
	local numbers i
	is_aging=1
	faults_start || return
	simulate settings '{"hang_ms":4000}'
	read -r -a numbers <<<"$(numbers_of "$1" "$2" 4)"
	injected=4
	for ((i = 1; i <= 6; i++)); do
		numbers+=("$(number_of 9 "$i")")
	done
	launch 0 loja-1 "${numbers[@]}"
	launch $((messages / 2)) loja-2
	settle 100
}

row_evolution_unauthorized() {
	evolution_numbers 1 401
}

row_evolution_not_on_whatsapp() {
	failed_codes=not_on_whatsapp
	evolution_numbers 0 404
}

row_evolution_timed_out_sent() {
	unknown_max=4
	evolution_numbers 0 407
}

row_evolution_timed_out() {
	unknown_max=4
	evolution_numbers 0 408
}

row_evolution_check_timed_out() {
	evolution_numbers 1 409
}

row_evolution_rate_overlimit() {
	age_step=300
	evolution_numbers 1 420
}

row_evolution_no_sessions() {
	failed_codes=session_error
	evolution_numbers 1 422
}

row_evolution_check_closed() {
	evolution_numbers 1 428
}

row_evolution_send_closed() {
	evolution_numbers 1 429
}

row_evolution_no_ack() {
	evolution_numbers 0 460
}

row_evolution_other_jid() {
	evolution_numbers 0 461
}

# Sent, and WhatsApp refused it afterwards: failed where the receipt arrives.
row_evolution_error_receipt() {
	failed_codes='not_delivered|refused_by_whatsapp|delivery_error'
	evolution_numbers 0 463
}

row_evolution_restart_window() {
	evolution_numbers 1 500
}

row_evolution_bad_gateway() {
	unknown_max=4
	failed_codes=provider_unavailable
	evolution_numbers 0 502
}

# The answer is lost, the message is not: Evolution knows it.
row_evolution_gateway_timeout_sent() {
	evolution_numbers 0 504
}

row_evolution_reset() {
	unknown_max=4
	evolution_numbers 0 598
}

row_evolution_reset_sent() {
	evolution_numbers 0 599
}

row_evolution_hang_sends_late() {
	evolution_numbers 0 600
}

row_evolution_sent_then_hang() {
	evolution_numbers 0 601
}

row_evolution_hang_reset() {
	unknown_max=4
	evolution_numbers 0 602
}

# Sent, nothing stored, the answer an error: the one case in which nobody can
# ever know. It must end outcome_unknown, never sent again.
row_evolution_stored_nothing() {
	unknown_max=4
	evolution_numbers 0 700 &&
		[ "$(q "SELECT count(*) FROM $m_table WHERE status = 'failed'
			AND error_code = 'outcome_unknown'")" = 4 ]
}

row_evolution_prisma_at_check() {
	failed_codes=provider_error
	evolution_numbers 1 701
}

# Five ways in which a file can't be had.
row_evolution_media() {
	local file
	faults_start || return
	for file in 404.png 500.png refused.png dns.png upload-failed.png; do
		body_of 1 3 loja-1 "$work/body"
		launches=$((launches + 1))
		jq -c --arg url "https://example.com/$file" --arg n "$launches" \
			'.templates = [{type: "imagem", text: "Foto \($n)",
				mediaUrl: $url}]
			| .contatos |= map(.telefone |= sub("80"; "\(60
				+ ($n | tonumber))"))' "$work/body" \
			>"$work/body.$launches"
		wait_until 20 launched_media || return
		launched=$((launched + 3))
		injected=$((injected + 3))
	done
	launch "$messages" loja-2
	failed_codes='media_[a-z_]*|provider_error'
	settle 100
}

launched_media() {
	[ "$(post_launch "media-$launches" "$work/body.$launches")" = 201 ]
}

#---------------------------------------------------------- whole instances

# instance_mode MODE MS: one of two instances fails so for a while.
instance_mode() {
	is_aging=1
	faults_start || return
	simulate instance "{\"name\":\"loja-1\",\"mode\":\"$1\",\"for_ms\":$2}"
	injected=1
	launch $((messages / 2)) loja-1
	launch $((messages / 2)) loja-2
	settle 100
}

row_instance_closed() {
	instance_mode close 5000
}

row_instance_connecting() {
	instance_mode connecting 5000
}

row_instance_dead_socket() {
	instance_mode dead 5000
}

row_instance_restarting() {
	instance_mode restarting 5000
}

row_instance_without_database() {
	instance_mode no_database 5000
}

#------------------------------------------------------------ the whole server

evolution_row() {
	unknown_max=$1
	faults_start || return
	simulate settings '{"latency_ms":150}'
	launch "$messages"
	sleep 0.7
}

row_evolution_killed() {
	evolution_row 4 || return
	kill_now evolution-simulator
	sleep 1.5
	kill_now evolution-simulator
	settle
}

# It hears the request, and works it off when everybody has given up.
row_evolution_stands_still() {
	local pid
	evolution_row 8 || return
	pid=$(pid_of evolution-simulator)
	kill -STOP "$pid"
	injected=1
	sleep 6
	kill -CONT "$pid"
	settle
}

row_evolution_down() {
	evolution_row 4 || return
	stack_end evolution-simulator
	injected=1
	sleep 4
	stack_supervise evolution-simulator \
		"$build/tests/simulator/evolution-simulator" \
		--listen "127.0.0.1:$stack_simulator_port" \
		--port-file "$stack_work/run/evolution-simulator.port" \
		--instances "$faults_instances" --key fault-key \
		--journal "$stack_work/simulator.journal"
	settle 100
}
