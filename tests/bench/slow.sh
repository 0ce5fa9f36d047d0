# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# One process-message behind an Evolution that takes its usual time for each
# text. Sourced by run.

slow_lanes=640
slow_in_flight=600
slow_ms=1200

# The same program with room for them all.
start_slow() {
	bench_restart process-message disparalead_process \
		"WORKER_THREADS=$slow_lanes" DATABASE_POOL_SIZE=16
}

connections_of() {
	bench_sql "SELECT count(*) FROM pg_stat_activity
		WHERE application_name = '$1'"
}

# steady_rate: messages of the last run that were sent in a second while all of
# $slow_in_flight were in flight: without its first two and last two waves.
steady_rate() {
	local edge=$((2 * slow_in_flight))
	bench_sql "WITH sent AS (
			SELECT m.sent_at, count(*) OVER () AS total,
			       row_number() OVER (ORDER BY m.sent_at) AS n
			FROM $messages m JOIN bench_run r ON r.id = m.campaign_id
		)
		SELECT round((max(n) - min(n)) / extract(epoch FROM
			max(sent_at) - min(sent_at)), 1)
		FROM sent WHERE n IN ($edge, total - $edge)"
}

bench_slow() {
	local round
	end_launches
	more_lanes "$slow_lanes"
	start_slow
	curl -sS -X POST "$bench_sink/_delay/$slow_ms" >/dev/null
	for ((round = 0; round < rounds; round++)); do
		seed_messages "$n_slow" 1 "$slow_lanes"
		deliver slow "$slow_in_flight" "$public_url/process-message" \
			process-message nginx
		bench_add slow.steady_per_s "$(steady_rate)"
		bench_add slow.mib "$(bench_rss_mib process-message)"
		bench_add slow.connections "$(connections_of process-message)"
	done
	curl -sS -X POST "$bench_sink/_delay/0" >/dev/null
	bench_add slow.ideal_per_s $((slow_in_flight * 1000 / slow_ms))
}

report_slow() {
	has slow.per_s || return 0
	echo
	row "process-message, Evolution at $slow_ms ms" \
		"$slow_in_flight in flight, $slow_lanes numbers"
	row '  messages a second' "$(bench_line slow.per_s)"
	row '  the same while all are in flight' \
		"$(bench_line slow.steady_per_s)"
	row '  of what is possible' "$(tr ' ' '\n' <<<"${bench_figures[slow.steady_per_s]% }" |
		awk -v ideal="${bench_figures[slow.ideal_per_s]}" \
			'{ print $1 / ideal }' | bench_median)" 0.95 ''
	row '  MiB of process-message' "$(bench_line slow.mib)" 120 ''
	row '  connections to PostgreSQL' "$(bench_line slow.connections)" 20 ''
}
