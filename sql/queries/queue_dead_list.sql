-- A page of the dead-letter queue, newest first.  $1 integer: account;
-- $2 text: the last dead-letter id of the page before, or NULL; $3 integer:
-- at most so many; $4 text: message id, or NULL; $5 text: label, or NULL.
SELECT d.dlq_id, d.response_status, d.response_headers, d.response_body,
	d.id, d.url, d.method, d.headers, d.body, d.max_retries, d.caller_ip,
	array_to_json(d.labels) AS labels, d.flow_key, d.parallelism, d.rate,
	d.period_s, d.retry_delay, d.timeout_ms,
	d.failure_callback ->> 'url' AS failure_callback,
	(extract(epoch FROM d.not_before) * 1000)::bigint AS not_before_ms,
	(extract(epoch FROM d.created_at) * 1000)::bigint AS created_at_ms
FROM local_queue.dead_letters d
WHERE d.account_id = $1::integer
  AND ($2::text IS NULL OR (d.died_at, d.dlq_id) < (
	SELECT c.died_at, c.dlq_id FROM local_queue.dead_letters c
	WHERE c.account_id = $1::integer AND c.dlq_id = $2::text))
  AND ($4::text IS NULL OR d.id = $4::text)
  AND ($5::text IS NULL OR d.labels @> ARRAY[$5::text])
ORDER BY d.died_at DESC, d.dlq_id DESC
LIMIT $3::integer;
