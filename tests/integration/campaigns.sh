# SPDX-License-Identifier: MIT
# Campaigns made by SQL, for tests of what comes after the launch. Sourced
# behind lib.sh; needs $tenant.

messages=public.message_logs_dispara_lead_saas_02
campaigns=public.campaigns_dispara_lead_saas_02
lanes=public.lanes_dispara_lead_saas_02

# new_id: a UUID.
new_id() {
	cat /proc/sys/kernel/random/uuid
}

# add_lane INSTANCE [GAP]: an instance of $tenant with its lane.
add_lane() {
	add_instance "$tenant" "$1" "$1-token"
	q "INSERT INTO $lanes (instance_name, tenant_id, gap_seconds)
	   VALUES ('$1', '$tenant', ${2:-0})"
}

# add_campaign INSTANCE ROWS [STATUS [ROW-STATUS [GAP]]]: prints the id of a
# campaign whose rows, due now, all go out from that instance. The i-th row of
# the n-th campaign has the phone 55119<n, three digits><i, five digits>.
add_campaign() {
	local id series
	id=$(new_id)
	echo >>"$dir/campaigns"
	series=55119$(printf %03d "$(wc -l <"$dir/campaigns")")
	q "INSERT INTO $campaigns (id, tenant_id, name, status, engine,
		total_messages, instances, delay_min, delay_max)
	   VALUES ('$id', '$tenant', 'teste', '${3:-processing}', 1, $2,
		ARRAY['$1'], ${5:-0}, ${5:-0});
	   INSERT INTO $messages (id, tenant_id, campaign_id, phone_number,
		phone_key, message_content, instance_name, status,
		message_type, template_index, scheduled_for, generation,
		queued_at)
	   SELECT gen_random_uuid(), '$tenant', '$id',
		'$series' || lpad(i::text, 5, '0'),
		'$series' || lpad(i::text, 5, '0'), 'mensagem ' || i, '$1',
		'${4:-queued}', 'texto', 0,
		clock_timestamp() - interval '1 s' + i * interval '1 ms', 1,
		now()
	   FROM generate_series(1, $2) AS i" >&2
	echo "$id"
}

# row_of CAMPAIGN [N]: the id of its n-th row.
row_of() {
	q "SELECT id FROM $messages WHERE campaign_id = '$1'
	   ORDER BY phone_number OFFSET $((${2:-1} - 1)) LIMIT 1"
}

# column ROW EXPRESSION: of one message.
column() {
	q "SELECT $2 FROM $messages WHERE id = '$1'"
}

# campaign_column CAMPAIGN EXPRESSION
campaign_column() {
	q "SELECT $2 FROM $campaigns WHERE id = '$1'"
}

# claim ROW CAMPAIGN GENERATION TOKEN [LEASE]: the result.
claim() {
	q "SELECT result FROM disparalead.claim_messages(ARRAY['$1']::uuid[],
		ARRAY['$2']::uuid[], ARRAY[$3], ARRAY['$4']::uuid[],
		${5:-60}, ${5:-60}, 0)"
}

# record ROW TOKEN OUTCOME [CODE [KEY [PARK]]]: result and status.
record() {
	q "SELECT result, status FROM disparalead.record_outcomes(
		ARRAY['$1']::uuid[], ARRAY['$2']::uuid[], ARRAY[1],
		ARRAY['$3'], ARRAY[nullif('${4:-}', '')], ARRAY['texto'],
		ARRAY['{\"a\":1}']::jsonb[], ARRAY[nullif('${5:-}', '')],
		ARRAY[${6:-0}], 2)"
}

# ledger NAME: nothing differs between counters and rows.
ledger() {
	is "$(q 'SELECT * FROM disparalead.ledger_differences()')" '' "$1"
}
