# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# /launch beside the Node peer and PostgreSQL alone. Sourced by run.

# launch_body CONTACTS: one line of JSON, different at each call.
launch_body() {
	jq -cn --argjson n "$1" --arg name "bench $RANDOM$RANDOM" '{
		campaignName: $name, instances: [range(50) | "bench-\(.)"],
		tempoMin: 3, tempoMax: 8,
		contatos: [range($n) | {telefone: "(11) 9\(10000000 + . * 7919 % 89999999)",
			nome: "Maria \(.)", empresa: "Acme Ltda", cidade: "Campinas"}],
		templates: [{type: "texto", text:
			"Ola {nome}, a {empresa} de {cidade} ganhou um cupom de 10%!"}]}' \
		>"$bench_work/launch"
}

# launched NAME URL: seconds of one launch of $bench_work/launch.
launched() {
	local answer
	answer=$("$bench_build/tests/bench/bench-drive" --url "$2" --good 201 \
		--bodies "$bench_work/launch" --in-flight 1 \
		--header "$authorization") || bench_fail "$1: $answer"
	bench_add "$1" "$(jq .seconds <<<"$answer")"
}

# floor_launch NAME N: COPY and the UPDATE to queued, each committed.
floor_launch() {
	local began campaign
	seed_messages "$2" 1 "$lanes"
	campaign=$(bench_sql 'SELECT id FROM bench_run')
	bench_sql "CREATE TABLE IF NOT EXISTS bench_copy AS TABLE $messages
			WITH NO DATA;
		TRUNCATE bench_copy;
		INSERT INTO bench_copy SELECT * FROM $messages
			WHERE campaign_id = '$campaign';
		UPDATE bench_copy SET id = gen_random_uuid(), status = 'pending';
		DELETE FROM $messages WHERE campaign_id = '$campaign'"
	bench_sql "COPY bench_copy TO STDOUT" >"$bench_work/copy"
	began=$(date +%s%N)
	psql -qX -d disparalead -c "COPY $messages FROM STDIN" \
		<"$bench_work/copy"
	psql -qX -d disparalead -c "UPDATE $messages SET status = 'queued',
		queued_at = now(), qstash_message_id = 'msg_' || id
		WHERE campaign_id = '$campaign'"
	bench_add "$1" "$(awk -v ns=$(($(date +%s%N) - began)) \
		'BEGIN { print ns / 1e9 }')"
}

# one_launch CONTACTS DELAY-MS
one_launch() {
	curl -sS -X POST "$bench_sink/_delay/$2" >/dev/null
	launch_body "$1"
	launched "launch.ours.$1.$2" "$public_url/launch"
	launch_body "$1"
	launched "launch.node.$1.$2" \
		"http://127.0.0.1:${peer_port[n1cte]}/launch"
	curl -sS -X POST "$bench_sink/_delay/0" >/dev/null
}

bench_launch() {
	local round short authorization
	authorization=$(bearer)
	for ((round = 0; round < rounds; round++)); do
		floor_launch "launch.floor.$n_contacts" "$n_contacts"
		one_launch "$n_contacts" 0
		one_launch "$n_contacts" 50
		# Short ones vary most.
		for short in 1 2 3 4 5; do
			one_launch 100 0
			one_launch 100 50
		done
	done
}
