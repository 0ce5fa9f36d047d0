-- One message of the account that waits, is under way, or was delivered
-- within the last minute.  $1 integer: account; $2 text: id.  At most one row.
SELECT id, url, method, headers, body, max_retries, caller_ip,
	array_to_json(labels) AS labels, flow_key, parallelism, rate, period_s,
	retry_delay, timeout_ms, callback ->> 'url' AS callback,
	failure_callback ->> 'url' AS failure_callback,
	(extract(epoch FROM not_before) * 1000)::bigint AS not_before_ms,
	(extract(epoch FROM created_at) * 1000)::bigint AS created_at_ms
FROM (
	SELECT account_id, id, url, method, headers, body, max_retries,
		caller_ip, labels, flow_key, parallelism, rate, period_s,
		retry_delay, timeout_ms, callback, failure_callback, not_before,
		created_at
	FROM local_queue.messages
	UNION ALL
	SELECT account_id, id, url, method, headers, body, max_retries,
		caller_ip, labels, flow_key, parallelism, rate, period_s,
		retry_delay, timeout_ms, callback, failure_callback, not_before,
		created_at
	FROM local_queue.finished
	WHERE state = 'DELIVERED'
	  AND ended_at > clock_timestamp() - interval '60 seconds'
) AS m
WHERE account_id = $1::integer AND id = $2::text;
