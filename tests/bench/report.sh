# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The table that run prints. Sourced by run.

# row TEXT VALUE [BAR GOAL]
row() {
	printf '%-50s %-24s %8s %8s\n' "$1" "$2" "${3:-}" "${4:-}"
}

# best SHAPE PEER...: of these, the one with the highest median rate.
best() {
	local variant
	for variant in "${@:2}"; do
		echo "$(bench_line "$variant.$1.per_s" | cut -d ' ' -f 1) $variant"
	done | sort -g | tail -n 1 | cut -d ' ' -f 2
}

# ratio TEXT NAME OVER [BAR GOAL]
ratio() {
	row "$1" "$(bench_ratio "$2" "$3")" "${4:-}" "${5:-}"
}

has() {
	[ -n "${bench_figures[$1]:-}" ]
}

# against_node TEXT SHAPE BAR GOAL: the rate beside the best of Node.
against_node() {
	local node
	node=$(best "$2" "${peers[@]}")
	ratio "against Node ($node), $1" "ours.$2.per_s" "$node.$2.per_s" "$3" \
		"$4"
	node=$(best "$2" "${claiming_peers[@]}")
	ratio "  with the claim added ($node)" "ours.$2.per_s" "$node.$2.per_s"
}

report_process() {
	local shape name node
	has ours.hot16.per_s || return 0
	echo
	row "process-message, $n_messages messages a run" 'a second'
	for shape in hot16 hot64 spread16; do
		for name in ours "${peers[@]}" "${claiming_peers[@]}"; do
			row "  $shape $name" "$(bench_line "$name.$shape.per_s")"
		done
	done
	for name in hot spread hot_claim spread_claim; do
		row "  pgbench $name, 16 clients" "$(bench_line "floor.$name.per_s")"
	done
	against_node 'one campaign, 16' hot16 4 6
	against_node 'one campaign, 64' hot64 5 8
	against_node '100 campaigns, 16' spread16 4 6
	node=$(best hot16 "${peers[@]}")
	ratio "p99 against Node ($node)" ours.hot16.p99 "$node.hot16.p99" \
		0.33 0.17
	ratio '  CPU with nginx and PostgreSQL' ours.hot16.cpu \
		"$node.hot16.cpu" 0.25 0.17
	node=$(best hot16 "${claiming_peers[@]}")
	ratio "  p99, with the claim added ($node)" ours.hot16.p99 \
		"$node.hot16.p99"
	ratio '  CPU, with the claim added' ours.hot16.cpu "$node.hot16.cpu"
	ratio 'one campaign against 100' ours.hot16.per_s ours.spread16.per_s \
		0.8 0.95
	ratio 'against pgbench, one campaign' ours.hot16.per_s \
		floor.hot.per_s 1.5 2.5
	ratio 'against pgbench, 100 campaigns' ours.spread16.per_s \
		floor.spread.per_s 0.45 0.8
	ratio '  with the claim added, one campaign' ours.hot16.per_s \
		floor.hot_claim.per_s
	ratio '  with the claim added, 100 campaigns' ours.spread16.per_s \
		floor.spread_claim.per_s
}

report_launch() {
	local n=$n_contacts name
	has "launch.floor.$n" || return 0
	echo
	row "launch" 'seconds'
	for name in floor."$n" ours."$n".0 node."$n".0 ours."$n".50 \
		node."$n".50 ours.100.0 node.100.0 ours.100.50 node.100.50; do
		row "  $name" "$(bench_line "launch.$name")"
	done
	ratio "$n contacts against COPY and UPDATE" "launch.ours.$n.0" \
		"launch.floor.$n" 1.4 1.15
	ratio "$n contacts, queue at 0 ms, Node against ours" \
		"launch.node.$n.0" "launch.ours.$n.0" 1.8 2.2
	ratio "$n contacts, queue at 50 ms, Node against ours" \
		"launch.node.$n.50" "launch.ours.$n.50" 5 7
	ratio '100 contacts, queue at 0 ms, Node against ours' \
		launch.node.100.0 launch.ours.100.0 2.5 4
	ratio '100 contacts, queue at 50 ms, Node against ours' \
		launch.node.100.50 launch.ours.100.50 1.2 1.35
}

report_status() {
	local name
	has status.ours.per_s || return 0
	echo
	row "status of a campaign of $n_contacts" 'a second'
	for name in hello ours anew alone due 304 n1cte n2cte; do
		row "  $name" "$(bench_line "status.$name.per_s")"
	done
	ratio 'against Node on two processes' status.ours.per_s \
		status.n2cte.per_s 1.35 1.7
	ratio '  read anew (STATUS_MAX_AGE_MS=0)' status.anew.per_s \
		status.n2cte.per_s
	ratio '  read anew, all messages due' status.due.per_s \
		status.n2cte.per_s
	ratio 'against an empty FastCGI answer' status.ours.per_s \
		status.hello.per_s 0.5 0.65
	ratio '304 against an empty FastCGI answer' status.304.per_s \
		status.hello.per_s 0.6 0.75
}

report() {
	row "$rounds rounds" 'median (min-max)' bar goal
	report_process
	report_launch
	report_status
	report_growth
	report_pooler
	report_slow
}

write_json() {
	local name
	for name in "${!bench_figures[@]}"; do
		jq -n --arg name "$name" --arg figures "${bench_figures[$name]}" \
			'{($name): ($figures | split(" ") | map(select(. != "") |
				tonumber))}'
	done | jq -s 'add'
}
