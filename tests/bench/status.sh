# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# /status beside the Node peer and an empty FastCGI answer. Sourced by run.

bearer() {
	local head claims
	b64() { base64 -w 0 | tr '+/' '-_' | tr -d '='; }
	head=$(printf '{"alg":"HS256","typ":"JWT"}' | b64)
	claims=$(printf '{"sub":"%s","aud":"authenticated","role":"authenticated","exp":%d}' \
		"$user" $(($(date +%s) + 86400)) | b64)
	printf 'Authorization: Bearer %s.%s.%s' "$head" "$claims" \
		"$(printf '%s.%s' "$head" "$claims" | openssl dgst -sha256 -binary \
			-hmac "$jwt_secret" | b64)"
}

# ask NAME URL [option...]: n_reads GETs, viewers (16) at a time.
ask() {
	local name=$1 url=$2 answer
	shift 2
	answer=$("$bench_build/tests/bench/bench-drive" --url "$url" \
		--requests "$n_reads" --in-flight "${viewers:-16}" "$@") ||
		bench_fail "$name: $answer"
	bench_add "$name.per_s" "$(jq .per_s <<<"$answer")"
	bench_add "$name.p99" "$(jq .p99_ms <<<"$answer")"
}

# keep_answers MS: campaign-status with that STATUS_MAX_AGE_MS.
keep_answers() {
	bench_restart campaign-status disparalead_status "STATUS_MAX_AGE_MS=$1"
	bench_ready
}

# lay_slots SQL: when the campaign's messages are due.
lay_slots() {
	bench_sql "UPDATE $messages SET scheduled_for = $1
		WHERE campaign_id = '$campaign'"
	bench_sql "VACUUM (ANALYZE) $messages"
}

# ask_anew NAME: n_anew reads of the campaign, while nothing is kept.
ask_anew() {
	n_reads=$n_anew ask "$1" "$public_url/status?campaign_id=$campaign" \
		--header "$authorization"
}

bench_status() {
	local round campaign etag authorization variant
	authorization=$(bearer)
	# What other jobs left live on these numbers is looked at, too.
	end_launches
	seed_messages "$n_contacts" 1 "$lanes"
	campaign=$(bench_sql 'SELECT id FROM bench_run')
	etag=$(curl -sS -o /dev/null -D - -H "$authorization" \
		"$public_url/status?campaign_id=$campaign" | tr -d '\r' |
		sed -n 's/^ETag: //Ip')
	[ -n "$etag" ] || bench_fail 'status: no ETag'
	for ((round = 0; round < rounds; round++)); do
		keep_answers 0
		lay_slots "now() - interval '1 min'"
		ask_anew status.due
		# A message a second, as a launch lays them.
		lay_slots "now() + interval '1 s' *
			split_part(message_content, 'contato ', 2)::int"
		ask_anew status.anew
		viewers=1 ask_anew status.alone
		keep_answers 1000
		ask status.hello "$public_url/hello"
		ask status.ours "$public_url/status?campaign_id=$campaign" \
			--header "$authorization"
		ask status.304 "$public_url/status?campaign_id=$campaign" \
			--header "$authorization" --header "If-None-Match: $etag" \
			--good 304
		for variant in n1cte n2cte; do
			ask "status.$variant" \
				"http://127.0.0.1:${peer_port[$variant]}/status?campaign_id=$campaign" \
				--header "$authorization"
		done
	done
}
