# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# process-message beside the Node peer and pgbench. Sourced by run.

messages=public.message_logs_dispara_lead_saas_02
campaigns=public.campaigns_dispara_lead_saas_02
lanes=64

# A tenant with so many numbers, whose lanes have no gap.
seed_tenant() {
	tenant=00000000-0000-4000-8000-000000000001
	user=00000000-0000-4000-8000-000000000002
	bench_sql "INSERT INTO auth.users (id) VALUES ('$user')
			ON CONFLICT DO NOTHING;
		INSERT INTO public.tenants_dispara_lead_saas_02 (id, name)
		VALUES ('$tenant', 'bench');
		INSERT INTO public.user_tenant_memberships_dispara_lead_saas_02
			(tenant_id, user_id, role)
		VALUES ('$tenant', '$user', 'owner')"
	more_lanes "$1"
}

# more_lanes N: the tenant has so many numbers from now on.
more_lanes() {
	bench_sql "INSERT INTO public.instances_dispara_lead_saas_02
			(tenant_id, instance_name, metadata)
		SELECT '$tenant', 'bench-' || g, '{\"token\": \"k\"}'
		FROM generate_series((SELECT count(*)
			FROM public.instances_dispara_lead_saas_02), $1 - 1) g;
		INSERT INTO public.lanes_dispara_lead_saas_02
			(instance_name, tenant_id, gap_seconds)
		SELECT 'bench-' || g, '$tenant', 0
		FROM generate_series((SELECT count(*)
			FROM public.lanes_dispara_lead_saas_02), $1 - 1) g"
}

# What launches leave behind: campaigns that run, a gap on their lanes.
end_launches() {
	bench_sql "UPDATE $campaigns SET status = 'cancelled'
		WHERE status IN ('pending', 'processing');
		UPDATE public.lanes_dispara_lead_saas_02 SET gap_seconds = 0"
}

# make_ids TABLE N: anew, the ids of so many campaigns, numbered from 0.
make_ids() {
	bench_sql "SET client_min_messages = error;
		DROP TABLE IF EXISTS $1;
		CREATE TABLE $1 AS
		SELECT gen_random_uuid() AS id, g AS n
		FROM generate_series(0, $2 - 1) g"
}

# seed_messages MESSAGES CAMPAIGNS LANES: queued and due; leaves the bodies of
# their deliveries in $bench_work/bodies, the campaigns in table bench_run.
seed_messages() {
	make_ids bench_run "$2"
	bench_sql "INSERT INTO $campaigns (id, tenant_id, user_id, name, status,
			total_messages, instances, delay_min, delay_max, engine,
			started_at, launch_answer)
		SELECT id, '$tenant', '$user', 'bench', 'processing',
			(SELECT count(*) FROM generate_series(0, $1 - 1) g
			 WHERE g % $2 = n),
			ARRAY(SELECT 'bench-' || l
				FROM generate_series(0, $3 - 1) l), 0, 0, 1, now(),
			jsonb_build_object('first_at', now(), 'last_at', now())
		FROM bench_run;
		INSERT INTO $messages (id, tenant_id, campaign_id, phone_number,
			phone_key, message_content, instance_name, scheduled_for,
			status, message_type, template_index, contact, generation,
			queued_at, qstash_message_id)
		SELECT gen_random_uuid(), '$tenant', r.id,
			5511900000000 + g, 5511900000000 + g,
			'Ola! Uma mensagem de tamanho comum, com nome e cupom, ' ||
			'para o contato ' || g, 'bench-' || g % $3,
			now() - interval '1 min', 'queued', 'texto', 0,
			'{\"nome\": \"Maria\", \"telefone\": \"11 90000-0000\"}', 1,
			now(), 'msg_' || g
		FROM generate_series(0, $1 - 1) g
		JOIN bench_run r ON r.n = g % $2;
		ANALYZE $messages"
	bench_sql "COPY (SELECT json_build_object('message_id', m.id,
			'phone_number', m.phone_number,
			'message_content', m.message_content,
			'instance_name', m.instance_name,
			'campaign_id', m.campaign_id, 'generation', 1)
		FROM $messages m JOIN bench_run r ON r.id = m.campaign_id
		ORDER BY split_part(m.message_content, 'contato ', 2)::int)
		TO STDOUT" >"$bench_work/bodies"
}

# Every counter is its rows, every row is sent.
check_ledger() {
	local wrong
	wrong=$(bench_sql "SELECT count(*) FROM $campaigns c
		JOIN bench_run r ON r.id = c.id
		WHERE c.sent_count <> c.total_messages
		   OR c.sent_count <> (SELECT count(*) FROM $messages m
			WHERE m.campaign_id = c.id AND m.status = 'sent')")
	[ "$wrong" = 0 ] || bench_fail "$1: $wrong campaigns do not add up:" \
		"$(bench_sql "SELECT m.status, m.generation, m.error_code,
				count(*)
			FROM $messages m JOIN bench_run r ON r.id = m.campaign_id
			GROUP BY 1, 2, 3" | tr '\n' ' ')"
}

# deliver NAME IN-FLIGHT URL PROGRAM...: one measurement; figures NAME.per_s,
# .p99, .cpu (ms for 1,000 messages: server, nginx, PostgreSQL).
deliver() {
	local name=$1 in_flight=$2 url=$3 program before=0 after=0 answer n
	shift 3
	for program in postgresql "$@"; do
		before=$((before + $(bench_cpu_ms "$program")))
	done
	answer=$("$bench_build/tests/bench/bench-drive" --url "$url" \
		--bodies "$bench_work/bodies" --in-flight "$in_flight" \
		--sign "$signing_key" --sub "$public_url/process-message") ||
		bench_fail "$name: $answer"
	for program in postgresql "$@"; do
		after=$((after + $(bench_cpu_ms "$program")))
	done
	n=$(jq .requests <<<"$answer")
	bench_add "$name.per_s" "$(jq .per_s <<<"$answer")"
	bench_add "$name.p99" "$(jq .p99_ms <<<"$answer")"
	bench_add "$name.cpu" $(((after - before) * 1000 / n))
	check_ledger "$name"
}

# floor_writes NAME MESSAGES CAMPAIGNS SCRIPT: the same writes by 16 clients of
# pgbench, each with numbers of its own: one number sends one message at a time.
floor_writes() {
	local clients=16 tps
	seed_messages "$2" "$3" "$lanes"
	bench_sql "SET client_min_messages = error;
		DROP TABLE IF EXISTS bench_ids;
		CREATE TABLE bench_ids AS
		SELECT o.client, row_number() OVER (PARTITION BY o.client
				ORDER BY random()) AS n, m.id
		FROM $messages m JOIN bench_run r ON r.id = m.campaign_id
		CROSS JOIN LATERAL (SELECT split_part(m.instance_name, '-',
			2)::int % $clients AS client) o;
		ALTER TABLE bench_ids ADD PRIMARY KEY (client, n);
		ANALYZE bench_ids"
	tps=$(pgbench -n -M prepared -c $clients -j 1 -D n=0 \
		-t $(($2 / clients)) -f "$bench_work/$4.sql" disparalead \
		2>"$bench_work/log/pgbench.log" | awk '/^tps/ { print $3 }') ||
		bench_fail "pgbench: $1"
	bench_add "$1.per_s" "$tps"
}

write_floors() {
	local next own key answer
	next='\set n :n + 1'
	own='i.client = :client_id AND i.n = :n AND m.id = i.id'
	key="'3EB0' || md5(random()::text)"
	answer="jsonb_build_object('key', jsonb_build_object('id', :n::text),
		'message', repeat('x', 300))"
	cat >"$bench_work/two.sql" <<SQL
$next
WITH m AS (UPDATE $messages m SET status = 'sent', evolution_key = $key,
		evolution_response = $answer, sent_at = now(), updated_at = now()
	FROM bench_ids i WHERE $own RETURNING m.campaign_id)
UPDATE $campaigns c SET sent_count = sent_count + 1, updated_at = now(),
	version = version + 1 FROM m WHERE c.id = m.campaign_id;
SQL
	{
		cat <<SQL
$next
UPDATE $messages m SET status = 'sending', attempt = attempt + 1,
	claim_token = gen_random_uuid(), claimed_at = now(),
	lease_expires_at = now() + interval '165 s'
FROM bench_ids i WHERE $own;
SQL
		tail -n +2 "$bench_work/two.sql"
	} >"$bench_work/claim.sql"
}

# One round of a shape: every server in turn.
process_round() {
	local shape=$1 in_flight=$2 n=$3 many=$4 variant
	seed_messages "$n" "$many" "$lanes"
	deliver "ours.$shape" "$in_flight" "$public_url/process-message" \
		process-message nginx
	for variant in "${peers[@]}" "${claiming_peers[@]}"; do
		seed_messages "$n" "$many" "$lanes"
		deliver "$variant.$shape" "$in_flight" \
			"http://127.0.0.1:${peer_port[$variant]}/process-message" \
			"peer-$variant"
	done
}

bench_process() {
	local round
	write_floors
	for ((round = 0; round < rounds; round++)); do
		process_round hot16 16 "$n_messages" 1
		process_round hot64 64 "$n_messages" 1
		process_round spread16 16 "$n_messages" 100
		floor_writes floor.hot "$n_messages" 1 two
		floor_writes floor.spread "$n_messages" 100 two
		floor_writes floor.hot_claim "$n_messages" 1 claim
		floor_writes floor.spread_claim "$n_messages" 100 claim
	done
}
