# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What a row of the fault matrix stands on: a private stack built with
# --enable-failpoints, contacts launched through its front door, and the
# verdict, in which the simulator's count of what was really sent is set
# against the rows. Sourced by bash with $top, $build, $template (a database
# directory that "run" has prepared) and $work (this row's directory) set.
#
# A row sets what it wants to differ, calls faults_start, injects, launches,
# and ends with faults_verdict:
#
#   settings       further settings, NAME=VALUE (array); the last one counts
#   messages       contacts of one launch (short or full)
#   unknown_max    rows that may end failed/outcome_unknown
#   failed_codes   other error codes that rows may end with, "a|b"
#   expect_paused  the reason for which the campaigns may stand paused
#   is_aging       not empty: while it settles, waiting times pass faster,
#                  age_step (60) seconds each 3
#   sweep_every    seconds between two sweeps; 0: none. A sweep costs as much
#                  CPU as a hundred messages
#   undo           commands for when the stack is down (array)
#
# Everything it starts is started and stopped by tests/harness/stack.sh.

# shellcheck source=tests/harness/stack.sh
. "$top/tests/harness/stack.sh"

m_table=public.message_logs_dispara_lead_saas_02
c_table=public.campaigns_dispara_lead_saas_02
l_table=public.lanes_dispara_lead_saas_02
faults_secret=fault-secret-of-32-characters-000
faults_user=11111111-1111-4111-8111-111111111111
faults_instances=loja-1,loja-2,loja-3,loja-4
settings=()
injected=0
launched=0
launches=0
unknown_max=0
failed_codes=
expect_paused=
sweep_every=4
undo=()

#------------------------------------------------------------------ the stack

q() {
	psql -qXAt -d disparalead -v ON_ERROR_STOP=1 -c "$1"
}

# wait_sql SECONDS CONDITION: until the SQL condition holds. The server looks
# for itself, on one connection: a psql costs more than a message of a row does.
# Where the connection is cut it is made again.
wait_sql() {
	local until=$((SECONDS + $1)) turns
	while turns=$(((until - SECONDS) * 4)) && [ "$turns" -gt 0 ]; do
		q "DO \$\$BEGIN
			FOR i IN 1..$turns LOOP
				IF $2 THEN RETURN; END IF;
				COMMIT;
				PERFORM pg_sleep(0.25);
			END LOOP;
			RAISE 'not yet';
		END\$\$" 2>>"$work/waits" && return
		sleep 0.3
	done
	return 1
}

# wait_until SECONDS COMMAND...
wait_until() {
	local until=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.3
	done
}

# The short times keep the order deadline < Upstash-Timeout < lease.
faults_settings() {
	stack_settings \
		"DATABASE_URL='postgresql:///disparalead?host=${database_host:-$PGHOST}'" \
		"PUBLIC_URL=$site" \
		"QSTASH_URL=http://127.0.0.1:$stack_queue_port" \
		"QSTASH_TOKEN=fault-token" \
		"QSTASH_CURRENT_SIGNING_KEY=sig_fault_current" \
		"QSTASH_NEXT_SIGNING_KEY=sig_fault_next" \
		"EVOLUTION_API_URL=${evolution_url:-$simulator}" \
		"EVOLUTION_API_KEY=fault-key" \
		"EVOLUTION_WEBHOOK_KEY=fault-webhook-key-of-32-characters" \
		"SUPABASE_JWT_SECRET=$faults_secret" \
		EVOLUTION_TIMEOUT_S=2 EVOLUTION_MEDIA_TIMEOUT_S=2 \
		EVOLUTION_DELAY_MS=0 QSTASH_TIMEOUT_S=6 \
		QSTASH_MEDIA_TIMEOUT_S=6 LEASE_S=8 LEASE_MEDIA_S=8 \
		RECONCILE_DEADLINE_S=12 PUBLISH_STALE_S=2 \
		LAUNCH_DEADLINE_S=5 DATABASE_TIMEOUT_MS=4000 \
		"LOCAL_QUEUE_ALLOWED_URLS=$site" \
		"${settings[@]}"
}

start_sweeper() {
	# shellcheck disable=SC2016
	stack_supervise sweep --role disparalead_sweep \
		bash -c 'while sleep "$2"; do "$1" sweep; done' \
		sweep "$build/disparalead" "$sweep_every"
}

start_simulator() {
	stack_simulator "$faults_instances" --key fault-key || return 1
	simulator=http://127.0.0.1:$stack_simulator_port
}

start_programs() {
	stack_program launch-campaign disparalead_launch
	stack_program process-message disparalead_process
	stack_program campaign-status disparalead_status
	stack_program local-queue disparalead_queue
	stack_program control-campaign disparalead_control
	[ ! -x "$build/evolution-events" ] ||
		stack_program evolution-events disparalead_events
}

# The program's process id, when it is up.
pid_of() {
	cat "$stack_work/run/$1.pid"
}

is_another() {
	[ "$(pid_of "$1")" != "$2" ]
}

# kill_now NAME [SIGNAL]: the program, which its supervisor starts again.
kill_now() {
	local pid
	pid=$(pid_of "$1")
	injected=$((injected + 1))
	kill "-${2:-KILL}" "$pid"
	wait_until 30 is_another "$1" "$pid"
}

# The queue's listener is nginx's; only the site's own answer tells all.
is_up() {
	curl -sf -m 5 "$site/readyz" &&
		psql -qXAt -d disparalead -c 'SELECT 1'
}

faults_start() {
	began=$SECONDS
	stack_init "$top" "$build" "$work/stack"
	cp -a "$template" "$work/stack/postgresql" || return 1
	mkdir -p "$work/points"
	export DL_FAILPOINTS=$work/points
	STACK_FSYNC=off stack_postgres || return 1
	start_simulator || return 1
	stack_nginx "$((20000 + RANDOM % 10000))" || return 1
	site=http://127.0.0.1:$stack_port
	faults_settings
	start_programs
	[ "$sweep_every" -eq 0 ] || start_sweeper
	wait_until 30 is_up
}

# set_webhooks: what Evolution says of its instances comes to evolution-events.
# Rows without them show what is safe where no webhook ever arrives.
set_webhooks() {
	local name
	for name in ${faults_instances//,/ }; do
		curl -sf -m 10 -H "apikey: $name-token" \
			-H 'Content-Type: application/json' \
			-d "$(jq -n --arg url "$site/evolution-events/$name" \
				--arg key fault-webhook-key-of-32-characters \
				'{webhook: {enabled: true, url: $url,
				headers: {jwt_key: $key}, events:
				["SEND_MESSAGE", "MESSAGES_UPDATE",
				"CONNECTION_UPDATE"]}}')" \
			"$simulator/webhook/set/$name" >/dev/null || return 1
	done
}

#----------------------------------------------------------------- the faults

# arm PROGRAM.STEP[.WHAT] ACTION...: see src/base/failpoint.h.
arm() {
	local file=$work/points/$1
	shift
	printf '%s\n' "$@" >"$file.new"
	mv "$file.new" "$file"
}

disarm() {
	rm -f "$work/points/$1"
}

# go POINT: lets on who waits there.
go() {
	: >"$work/points/$1.go"
}

is_at() {
	[ -e "$work/points/$1.at" ]
}

# How many faults happened: by failpoints, and by the row itself.
count_injected() {
	local n=0
	[ ! -f "$work/points/fired" ] || n=$(wc -l <"$work/points/fired")
	echo $((n + injected))
}

# simulate ROUTE JSON: the simulator's control endpoint.
simulate() {
	curl -sS -m 10 -H 'Content-Type: application/json' -d "$2" \
		"$simulator/_control/$1" >/dev/null
}

# age SECONDS: as if so much time had passed for what waits. Nothing that
# paces or fences a send (lanes' last start, claims, leases) is touched. A row
# that a program has locked is left for the next time: this locks in another
# order than programs do, and would be one side of a deadlock if it waited.
age() {
	q "UPDATE $m_table SET published_at = published_at - interval '$1 s',
		updated_at = updated_at - interval '$1 s',
		scheduled_for = scheduled_for - interval '$1 s'
	   WHERE id IN (SELECT id FROM $m_table
		WHERE status IN ('pending', 'queued')
		FOR NO KEY UPDATE SKIP LOCKED);
	   UPDATE $l_table SET parked_until = parked_until - interval '$1 s',
		checked_at = checked_at - interval '$1 s'
	   WHERE instance_name IN (SELECT instance_name FROM $l_table
		WHERE parked_until IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED);
	   UPDATE local_queue.messages SET due_at = due_at - interval '$1 s',
		not_before = not_before - interval '$1 s'
	   WHERE id IN (SELECT id FROM local_queue.messages
		WHERE lease_token IS NULL FOR UPDATE SKIP LOCKED);
	   UPDATE local_queue.flow_keys SET ready_at = now()
	   WHERE (account_id, key) IN (SELECT account_id, key
		FROM local_queue.flow_keys
		WHERE ready_at > now() FOR UPDATE SKIP LOCKED)"
}

#----------------------------------------------------------------- launching

base64url() {
	base64 -w 0 | tr '+/' '-_' | tr -d '='
}

make_token() {
	local input
	input=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url)
	input=$input.$(printf '{"sub":"%s","aud":"authenticated",%s,"exp":%s}' \
		"$faults_user" '"role":"authenticated"' \
		"$(($(date +%s) + 1000000))" | base64url)
	printf '%s.%s' "$input" "$(printf %s "$input" | openssl dgst -sha256 \
		-binary -hmac "$faults_secret" | base64url)"
}
access_token=$(make_token)

# Another number for each launch (of 2400) and contact (of 8999, a thousand an
# area code); none ends in the simulator's 65nccc.
number_of() { # LAUNCH CONTACT
	printf '55%d9%d%04d%03d' $((11 + $2 / 1000)) \
		$((6 + $1 / 600 % 4)) $(($1 % 600)) $(($2 % 1000))
}

# body_of LAUNCH N INSTANCES FILE [NUMBER...]: N contacts, or the given ones.
body_of() {
	local n=$2 file=$4 i launch=$1 numbers
	if [ $# -gt 4 ]; then
		numbers=$(printf '%s\n' "${@:5}")
	else
		numbers=$(for ((i = 1; i <= n; i++)); do
			number_of "$launch" "$i"
			echo
		done)
	fi
	jq -cn --arg numbers "$numbers" --arg launch "$launch" \
		--arg instances "$3" '{campaignName: "Falha \($launch)",
		instances: ($instances / ","), tempoMin: 0, tempoMax: 0,
		contatos: [$numbers / "\n" | .[] | select(. != "")
			| {telefone: ("+" + .), nome: .}],
		templates: [{type: "texto",
			text: "Campanha \($launch): oi {nome}"}]}' >"$file"
}

post_launch() { # KEY FILE: the status
	curl -s -m 20 -o "$work/answer.$1" -w '%{http_code}' \
		-H "Authorization: Bearer $access_token" \
		-H 'Content-Type: application/json' \
		-H "Idempotency-Key: $1" --data-binary "@$2" "$site/launch"
}

# launch N [INSTANCES [NUMBER...]]: as an impatient caller, again with the same
# key until it is answered 201; sets $campaign.
launch() {
	local n=$1 on=${2:-loja-1,loja-2} key until=$((SECONDS + 60)) status
	shift
	[ $# -eq 0 ] || shift
	launches=$((launches + 1))
	key=$(basename "$work")-$launches
	body_of "$launches" "$n" "$on" "$work/body.$launches" "$@"
	[ $# -eq 0 ] || n=$#
	launched=$((launched + n))
	until status=$(post_launch "$key" "$work/body.$launches") &&
		[ "$status" = 201 ]; do
		[ "$SECONDS" -lt "$until" ] || {
			echo "# launch: still $status" \
				"$(head -c 300 "$work/answer.$key" 2>/dev/null)"
			return 1
		}
		sleep 0.3
	done
	campaign=$(jq -r .campaign_id "$work/answer.$key")
}

#------------------------------------------------------------------- control

post_control() { # CAMPAIGN ACTION [MEMBERS]: the status
	curl -s -m 20 -o "$work/control" -w '%{http_code}' \
		-H "Authorization: Bearer $access_token" \
		-H 'Content-Type: application/json' \
		-d "$(jq -nc --arg id "$1" --arg action "$2" \
			"{campaign_id: \$id, action: \$action} + {${3:-}}")" \
		"$site/control"
}

# control ACTION [MEMBERS]: of $campaign, as an impatient user, again until it
# is answered 200, or 409 because it has ended meanwhile; MEMBERS are further
# ones of the body.
control() {
	local until=$((SECONDS + 60)) status
	until status=$(post_control "$campaign" "$@") &&
		[[ $status =~ ^(200|409)$ ]]; do
		[ "$SECONDS" -lt "$until" ] || {
			echo "# $1: still $status" \
				"$(head -c 300 "$work/control" 2>/dev/null)"
			return 1
		}
		sleep 0.3
	done
}

#------------------------------------------------------------------ the end

# Campaigns that are not at their end yet, as SQL; paused ones may rest.
unfinished() {
	echo "SELECT FROM $c_table c WHERE engine = 1
	   AND NOT (status IN ('completed', 'failed', 'cancelled')
		AND NOT EXISTS (SELECT FROM $m_table m
			WHERE m.campaign_id = c.id AND m.status IN ('pending',
				'queued', 'sending', 'uncertain')))
	   AND NOT (status = 'paused' AND status_reason = '$expect_paused')"
}

# wait_settled SECONDS: whether everything has ended within that time.
wait_settled() {
	wait_sql "$1" "NOT EXISTS ($(unfinished))"
}

# settle [SECONDS]: until everything has ended, with --full for six times as
# long. What the queue lost waits for a minute and more by design; here that
# time passes faster.
settle() {
	local limit=$((${1:-75} * (${DL_FAULTS_FULL:-0} ? 6 : 1)))
	local until=$((SECONDS + limit))
	if [ -z "${is_aging:-}" ]; then
		wait_settled "$limit"
		return
	fi
	until wait_settled 3; do
		[ "$SECONDS" -lt "$until" ] || {
			echo '# settle: campaigns are unfinished'
			return 1
		}
		age "${age_step:-60}" || echo '# age: failed'
	done
}

# How many the simulator really sent, how many people got more than one, then
# number (with its ninth digit) and count of each.
really_sent_lines() {
	curl -sS -m 10 "$simulator/_control/sent" >"$work/sent.json" &&
		jq -r '"\(.really_sent) \([.recipients[]
			| select(.count > 1)] | length)",
			(.recipients | to_entries[] | "\(.key)\t\(.value.count)")' \
			"$work/sent.json"
}

# What to compare with what, on standard input, as one run of psql: the lines
# above without the first become a table. Prints, a line each: of the rows
# their number, unknown, bad codes, said sent but not sent, sent but said
# otherwise, not at their end; counters that differ; unfinished campaigns.
compare() {
	{
		echo 'CREATE TABLE public.really_sent (number text, n integer);
			COPY public.really_sent FROM stdin;'
		cat
		printf '%s\n' '\.'
		echo "SELECT count(*),
		count(*) FILTER (WHERE m.status = 'failed'
			AND m.error_code = 'outcome_unknown'),
		count(*) FILTER (WHERE m.status = 'failed'
			AND m.error_code IS DISTINCT FROM 'outcome_unknown'
			AND coalesce(m.error_code, '') !~ '^(${failed_codes:--})\$'),
		count(*) FILTER (WHERE m.status = 'sent' AND r.n IS NULL),
		count(*) FILTER (WHERE r.n IS NOT NULL
			AND m.status <> 'sent'
			AND m.error_code IS DISTINCT FROM 'outcome_unknown'
			AND coalesce(m.error_code, '') !~ '^(${failed_codes:--})\$'),
		count(*) FILTER (WHERE m.status IN ('pending', 'queued',
			'sending', 'uncertain') AND c.status <> 'paused')
	   FROM $m_table m JOIN $c_table c ON c.id = m.campaign_id
	   LEFT JOIN public.really_sent r ON r.number = m.phone_number
	   WHERE m.generation IS NOT NULL;
	   SELECT count(*) FROM $c_table c, LATERAL
		disparalead.ledger_differences(c.id) d WHERE c.engine = 1;
	   SELECT count(*) FROM ($(unfinished)) u"
	} | psql -qXAt -d disparalead -v ON_ERROR_STOP=1
}

# What to look at when a row does not hold.
explain() {
	q "SELECT '# ' || c.status || coalesce(' (' || status_reason || ')', '')
		|| ': ' || string_agg(x.s || ' ' || x.n, ', ')
	   FROM $c_table c, LATERAL (
		SELECT m.status || coalesce('/' || m.error_code, '') AS s,
			count(*) AS n
		FROM $m_table m WHERE m.campaign_id = c.id GROUP BY 1) x
	   WHERE engine = 1 GROUP BY c.id, c.status, status_reason"
	q "SELECT '# ' || d::text FROM $c_table c, LATERAL
		disparalead.ledger_differences(c.id) d WHERE c.engine = 1"
	sed 's/^/# fired: /' "$work/points/fired" 2>/dev/null | sort | uniq -c
	jq -c '"# duplicates: \(.duplicates[:5])"' "$work/sent.json"
}

# faults_verdict NAME STATUS: prints the row, and what went wrong before it.
# STATUS is the row's own: 0 where all that it asked for came true.
faults_verdict() {
	local rows unknown bad unsent unsaid open really duplicates lost wrong
	local unfinished result=ok
	really_sent_lines >"$work/sent" &&
		{ read -r really duplicates && compare >"$work/compared"; } \
			<"$work/sent" &&
		{ IFS='|' read -r rows unknown bad unsent unsaid open &&
			read -r wrong && read -r unfinished; } \
			<"$work/compared" || {
		echo "# no verdict: the stack does not answer"
		return 1
	}
	lost=$((unsent + open + bad + (launched > rows ? launched - rows : 0)))
	wrong=$((wrong + unsaid + (rows > launched ? rows - launched : 0)))
	[ $((duplicates + lost + wrong + unfinished)) -eq 0 ] &&
		[ "$rows" -gt 0 ] &&
		[ "$unknown" -le "$unknown_max" ] &&
		[ "$(count_injected)" -gt 0 ] || result=FAILED
	[ "$2" -eq 0 ] || result=FAILED
	[ "$result" = ok ] || explain
	printf '%-32s %5d %6d %6d %5d %5d %5d %5d %7d %5d  %s\n' "$1" "$rows" \
		"$(count_injected)" "$really" "$duplicates" "$lost" "$wrong" \
		"$unfinished" "$unknown" $((SECONDS - began)) "$result"
	[ "$result" = ok ]
}
