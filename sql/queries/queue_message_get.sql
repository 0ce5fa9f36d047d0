-- One message of the account.  $1 integer: account; $2 text: id.  At most one
-- row.
SELECT id, url, method, headers, body, max_retries, caller_ip,
	array_to_json(labels) AS labels, flow_key, parallelism, rate, period_s,
	retry_delay, timeout_ms, failure_callback ->> 'url' AS failure_callback,
	(extract(epoch FROM not_before) * 1000)::bigint AS not_before_ms,
	(extract(epoch FROM created_at) * 1000)::bigint AS created_at_ms
FROM local_queue.messages
WHERE account_id = $1::integer AND id = $2::text;
