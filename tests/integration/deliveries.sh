# SPDX-License-Identifier: MIT
# Deliveries as the queue makes them, straight to process-message. Sourced
# behind lib.sh and campaigns.sh.

key_current=sig_test_current
key_next=sig_test_next
public=https://disparos.example

# start_process [VARIABLE=VALUE...]: the program with short times; $stub_url
# is the queue, where one was started.
start_process() {
	start_program process-message PUBLIC_URL=$public \
		QSTASH_URL="${stub_url:-http://127.0.0.1:9}" \
		QSTASH_TOKEN=test QSTASH_CURRENT_SIGNING_KEY=$key_current \
		QSTASH_NEXT_SIGNING_KEY=$key_next \
		EVOLUTION_DELAY_MS=0 EVOLUTION_TIMEOUT_S=3 \
		EVOLUTION_MEDIA_TIMEOUT_S=3 QSTASH_TIMEOUT_S=8 \
		QSTASH_MEDIA_TIMEOUT_S=8 LEASE_S=6 LEASE_MEDIA_S=6 \
		START_MARGIN_MS=1000 "$@"
}

# signature BODY-FILE PATH [KEY [SECONDS-AGO]]
signature() {
	local hash now
	hash=$(openssl dgst -sha256 -binary "$1" | base64url)
	now=$(($(date +%s) - ${4:-0}))
	jwt '{"alg":"HS256","typ":"JWT"}' "{\"iss\":\"Upstash\",\
\"sub\":\"$public$2\",\"exp\":$((now + 300)),\"nbf\":$now,\"iat\":$now,\
\"jti\":\"jwt_$RANDOM\",\"body\":\"$hash=\"}" "${3:-$key_current}"
}

# body_of ROW CAMPAIGN GENERATION FILE
body_of() {
	printf '{"message_id":"%s","campaign_id":"%s","generation":%s,%s}' \
		"$1" "$2" "$3" '"phone_number":"x","message_content":"x"' >"$4"
}

# deliver ROW CAMPAIGN [GENERATION [RETRIED]]: head and body of the answer.
deliver() {
	local file
	file=$(mktemp "$dir/body.XXXXXX")
	body_of "$1" "$2" "${3:-1}" "$file"
	fastcgi process-message POST /process-message "$file" \
		HTTP_UPSTASH_RETRIED="${4:-0}" \
		HTTP_UPSTASH_SIGNATURE="$(signature "$file" /process-message)" |
		tr -d '\r'
}

# delivered ROW CAMPAIGN [GENERATION [RETRIED]]: status, then what the body
# says of the state (or "sent"), then Retry-After.
delivered() {
	local answer
	answer=$(deliver "$@")
	printf '%s %s%s\n' "$(status_of "$answer")" "$(printf '%s\n' "$answer" |
		sed -n '$p' | jq -r 'if .success then "sent" else .state end')" \
		"$(printf '%s\n' "$answer" |
		sed -n 's/^Retry-After: \(.*\)/ after \1/p')"
}

# behave ROW BEHAVIOUR [TIMES]: what the simulator does with its number.
behave() {
	control number "{\"number\":\"$(column "$1" phone_number)\",\
\"behaviour\":\"$2\"${3:+,\"times\":$3}}"
}

# sent_by_simulator JQ-EXPRESSION
sent_by_simulator() {
	curl -sS "$EVOLUTION_API_URL/_control/sent" | jq -r "$1"
}
