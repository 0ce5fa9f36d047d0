# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What a message, a poll, a launch and an export cost as the tables grow, and
# what the programs hold in memory. Sourced by run.

growth_points=()
past_rows=0

# store_past ROWS CAMPAIGNS: so many more rows of campaigns that have ended.
store_past() {
	make_ids bench_past "$2"
	bench_sql "INSERT INTO $campaigns (id, tenant_id, user_id, name, status,
			total_messages, sent_count, instances, delay_min,
			delay_max, engine, created_at, started_at, completed_at,
			launch_answer)
		SELECT id, '$tenant', '$user', 'past', 'completed', $1 / $2,
			$1 / $2, ARRAY(SELECT 'bench-' || l
				FROM generate_series(0, $lanes - 1) l), 0, 0, 1,
			now() - interval '40 days', now() - interval '40 days',
			now() - interval '30 days',
			jsonb_build_object('first_at', now(), 'last_at', now())
		FROM bench_past"
	bench_sql "$(bulk_sql "$messages" "INSERT INTO $messages (id,
			tenant_id, campaign_id, phone_number, phone_key,
			message_content, instance_name, scheduled_for, status,
			message_type, template_index, contact, generation,
			queued_at, sent_at, evolution_key)
		SELECT gen_random_uuid(), '$tenant', p.id, 5511900000000 + g,
			5511900000000 + g, 'Ola! Uma mensagem de antes, ' || g,
			'bench-' || g % $lanes, s.at, 'sent', 'texto', 0,
			'{\"nome\": \"Maria\"}', 1, s.at, s.at,
			md5(random()::text)
		FROM generate_series(0, $1 - 1) g
		JOIN bench_past p ON p.n = g % $2
		CROSS JOIN LATERAL (SELECT now() - interval '30 days'
			- g % 864000 * interval '1 s' AS at) s")"
	bench_sql "VACUUM (ANALYZE) $messages"
	bench_sql "VACUUM (ANALYZE) $campaigns"
	bench_sql CHECKPOINT
	past_rows=$((past_rows + $1))
}

# What the rounds before sent, as of yesterday: /status counts what a number sent
# today, and that is to be the same for each figure.
forget_today() {
	bench_sql "UPDATE $messages SET sent_at = sent_at - interval '1 day'
		WHERE sent_at > now() - interval '1 day'"
	bench_sql "VACUUM (ANALYZE) $messages"
}

# measure_at POINT: a campaign that runs beside that past; /status read anew by
# one viewer, since those that wait together share an answer.
measure_at() {
	local campaign round
	growth_points+=("$1")
	for ((round = 0; round < rounds; round++)); do
		forget_today
		seed_messages "$n_messages" 1 "$lanes"
		campaign=$(bench_sql 'SELECT id FROM bench_run')
		viewers=1 ask_anew "growth.status.$1"
		deliver "growth.process.$1" 16 "$public_url/process-message" \
			process-message nginx
	done
}

# A program's peak, from its start: it is started anew for each figure.
peak_mib() { # PID
	awk '/^VmHWM/ { printf "%.1f\n", $2 / 1024 }' "/proc/$1/status"
}

launch_sizes() {
	local n
	for n in "${launch_contacts[@]}"; do
		bench_restart launch-campaign disparalead_launch
		launch_body "$n"
		launched "growth.launch.$n" "$public_url/launch"
		bench_add "growth.launch_mib.$n" \
			"$(peak_mib "$(cat "$bench_work/run/launch-campaign.pid")")"
	done
}

# The newest past campaign as CSV, whole: seconds, and the peaks of the program
# and of the command.
export_past() {
	local campaign began pid peak=0 now
	campaign=$(bench_sql 'SELECT id FROM bench_past WHERE n = 0')
	bench_restart campaign-status disparalead_status
	began=$(date +%s%N)
	DISPARALEAD_TOKEN=${authorization#Authorization: Bearer } \
		DISPARALEAD_API_URL=$public_url \
		"$bench_build/disparalead" export "$campaign" --csv \
		-o "$bench_work/export.csv" &
	pid=$!
	while now=$(peak_mib "$pid" 2>/dev/null) && [ -n "$now" ]; do
		peak=$now
		sleep 0.02
	done
	wait "$pid" || bench_fail "export of $1 rows: $?"
	[ "$(wc -l <"$bench_work/export.csv")" -eq $(($1 + 1)) ] ||
		bench_fail "export: $(wc -l <"$bench_work/export.csv") lines"
	rm "$bench_work/export.csv"
	bench_add "growth.export.$1" "$(awk -v ns=$(($(date +%s%N) - began)) \
		'BEGIN { print ns / 1e9 }')"
	bench_add "growth.export_mib.$1" "$peak"
	bench_add "growth.export_server_mib.$1" \
		"$(peak_mib "$(cat "$bench_work/run/campaign-status.pid")")"
}

# What process-message and nginx hold with 64 deliveries in flight, and the
# Node peer.
memory_in_flight() {
	local peer=n1cte
	seed_messages "$n_messages" 1 "$lanes"
	deliver growth.peer64 64 \
		"http://127.0.0.1:${peer_port[$peer]}/process-message" "peer-$peer"
	bench_add growth.peer_held_mib "$(bench_rss_mib "peer-$peer")"
	bench_restart process-message disparalead_process
	seed_messages "$n_messages" 1 "$lanes"
	deliver growth.process64 64 "$public_url/process-message" \
		process-message nginx
	set -- process-message nginx
	bench_add growth.held_at_work_mib "$(bench_rss_mib "$@")"
	set -- "$@" launch-campaign campaign-status
	bench_add growth.held_mib "$(bench_rss_mib "$@")"
	bench_add growth.held_pss_mib "$(bench_pss_mib "$@")"
}

bench_growth() {
	local authorization
	authorization=$(bearer)
	end_launches
	memory_in_flight
	launch_sizes
	end_launches
	keep_answers 0
	store_past "$few_rows" 1
	export_past "$few_rows"
	measure_at "$few_rows rows, 1 campaign"
	store_past "$few_rows" 100
	measure_at "$past_rows rows, 101 campaigns"
	store_past "$few_rows" "$many_campaigns"
	measure_at "$past_rows rows, $((101 + many_campaigns)) campaigns"
	store_past "$many_rows" 1
	export_past "$many_rows"
	measure_at "$past_rows rows, $((102 + many_campaigns)) campaigns"
	keep_answers 1000
}

report_growth() {
	local n point
	[ ${#growth_points[@]} -gt 0 ] || return 0
	echo
	row 'memory' MiB
	row '  all programs and nginx, 64 deliveries in flight' \
		"$(bench_line growth.held_mib)" 45 25
	row '  process-message and nginx alone' \
		"$(bench_line growth.held_at_work_mib)"
	row '  all, shared pages counted once' \
		"$(bench_line growth.held_pss_mib)"
	row '  the Node peer, one process, without nginx' \
		"$(bench_line growth.peer_held_mib)"
	for n in "${launch_contacts[@]}"; do
		row "  launch-campaign, $n contacts" \
			"$(bench_line "growth.launch_mib.$n")"
	done
	for n in "$few_rows" "$many_rows"; do
		row "  export of $n rows: the command" \
			"$(bench_line "growth.export_mib.$n")"
		row '    campaign-status' \
			"$(bench_line "growth.export_server_mib.$n")"
	done
	echo
	row 'growth' 'median (min-max)'
	for n in "${launch_contacts[@]}"; do
		row "  launch of $n, ms a contact" "$(bench_line "growth.launch.$n" |
			awk -v n="$n" '{ printf "%.3f\n", $1 * 1000 / n }')"
	done
	for n in "$few_rows" "$many_rows"; do
		row "  export of $n rows, us a row" "$(bench_line "growth.export.$n" |
			awk -v n="$n" '{ printf "%.1f\n", $1 * 1000000 / n }')"
	done
	for point in "${growth_points[@]}"; do
		row "  $point: messages a second" \
			"$(bench_line "growth.process.$point.per_s")"
		row '    CPU, ms for 1,000' \
			"$(bench_line "growth.process.$point.cpu")"
		row '    /status a second, each read anew' \
			"$(bench_line "growth.status.$point.per_s")"
	done
}
