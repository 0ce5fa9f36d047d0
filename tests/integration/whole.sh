# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The whole installation on a test's database: nginx, the programs, local-queue
# and Evolution's simulator. Sourced behind harness/lib.sh.
#
#	start_whole INSTANCE,... [VARIABLE=VALUE...]  $tenant owns the instances
#	start_part PROGRAM [VARIABLE=VALUE...]        one of its programs, anew
#	sent_at_least N                               so many messages are
#	start_sweeping                                a sweep each second
#	launch_on JSON                                prints the campaign's id
#	contacts N SERIES                             N contacts, as JSON
#	wait_campaigns SECONDS                        until none is live
#	starts INSTANCE                               when its send calls came
#	                                              in, sorted, ms
. "$top/tests/harness/stack.sh"
. "$here/campaigns.sh"

whole_programs='launch-campaign control-campaign process-message
	campaign-status local-queue'

start_part() {
	local name=$1
	shift
	rm -f "$dir/$name.sock" "$dir/$name.pid"
	start_program "$name" EVOLUTION_DELAY_MS=0 LOCAL_QUEUE_PARALLELISM=16 "$@"
}

sent_at_least() {
	[ "$(q "SELECT count(*) FROM $messages WHERE status = 'sent'")" -ge "$1" ]
}

start_whole() {
	local instances=$1 name user
	shift
	new_database
	user=$(new_id)
	tenant=$(add_tenant Loja "$user")
	start_simulator "$instances"
	for name in ${instances//,/ }; do
		add_instance "$tenant" "$name" "$name-token"
	done
	stack_init "$top" "$build" "$dir/stack"
	# clean_up is lib.sh's.
	trap 'stack_stop; clean_up' EXIT
	for name in $whole_programs; do
		ln -s "$dir/$name.sock" "$stack_sockets/$name.sock"
	done
	stack_nginx "$(free_port)" || bail "nginx: $(cat "$dir"/stack/log/*)"
	site=http://127.0.0.1:$stack_port
	export PUBLIC_URL=$site
	export QSTASH_TOKEN=test-token
	export QSTASH_URL=http://127.0.0.1:$stack_queue_port
	export QSTASH_CURRENT_SIGNING_KEY=sig_test_current
	export QSTASH_NEXT_SIGNING_KEY=sig_test_next
	for name in $whole_programs; do
		start_part "$name" "$@"
	done
	access=$(token "$user" 7200)
	wait_for 20 curl -sf "$site/readyz" || bail 'the programs do not answer'
}

# Each second, for the tests of what comes back through it.
start_sweeping() {
	while sleep 1; do
		env PGUSER=disparalead_sweep PGOPTIONS= \
			"$build/disparalead" sweep
	done >>"$dir/sweep.log" 2>&1 &
	pids="$! $pids"
}

launch_on() {
	printf '%s' "$1" >"$dir/launch.json"
	curl -sS -H "Authorization: Bearer $access" \
		-H 'Content-Type: application/json' \
		-H "Idempotency-Key: $(new_id)" \
		-d "@$dir/launch.json" "$site/launch" >"$dir/launched.json"
	jq -re .campaign_id "$dir/launched.json" ||
		cat "$dir/launched.json" >&2
}

# The i-th has the number 55 11 9<series, three digits><i, five digits>.
contacts() {
	jq -nc --argjson n "$1" --arg series "$2" '[range(1; $n + 1) |
		{nome: "Ana", telefone: ("55119" +
		("00\($series)" | .[-3:]) + ("0000\(.)" | .[-5:]))}]'
}

# campaign_of INSTANCES-JSON DELAY CONTACTS-JSON: the body of a launch.
campaign_of() {
	jq -nc --argjson instances "$1" --argjson delay "$2" \
		--argjson contacts "$3" '{campaignName: "Teste",
		instances: $instances, tempoMin: $delay, tempoMax: $delay,
		contatos: $contacts,
		templates: [{type: "texto", text: "Oi {nome}"}]}'
}

is_quiet() {
	[ "$(q "SELECT count(*) FROM $campaigns
		WHERE status IN ('pending', 'processing')")" = 0 ]
}

wait_campaigns() {
	wait_for "$1" is_quiet
}

starts() {
	curl -sS "$EVOLUTION_API_URL/_control/starts" |
		jq --arg name "$1" '.[$name] // [] | sort | .[]'
}
