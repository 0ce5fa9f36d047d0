-- A page of the dead-letter queue.  $1 integer: account; $2 json: filters,
-- see local_queue.condition(); $3 text: the place_after of the page before,
-- or NULL; $4 integer: at most so many; $5 boolean: earliest first.
SELECT local_queue.cursor_of(d.died_at, d.dlq_id) AS place_after, d.dlq_id,
	d.response_status, d.response_headers, d.response_body, d.id, d.url,
	d.method, d.headers, d.body, d.max_retries, d.caller_ip,
	array_to_json(d.labels) AS labels, d.flow_key, d.parallelism, d.rate,
	d.period_s, d.retry_delay, d.timeout_ms,
	d.callback ->> 'url' AS callback,
	d.failure_callback ->> 'url' AS failure_callback,
	(extract(epoch FROM d.not_before) * 1000)::bigint AS not_before_ms,
	(extract(epoch FROM d.created_at) * 1000)::bigint AS created_at_ms
FROM local_queue.list_dead($1::integer, $2::json, $3::text, $4::integer,
	$5::boolean) AS d;
