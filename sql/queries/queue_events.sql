-- A page of the log.  $1 integer: account; $2 json: filters, see
-- local_queue.condition(); $3 text: the place_after of the page before, or
-- NULL; $4 integer: at most so many; $5 boolean: earliest first.
SELECT place_after,
	(extract(epoch FROM (event).at) * 1000)::bigint AS at_ms,
	(event).state,
	(extract(epoch FROM (event).next_at) * 1000)::bigint AS next_at_ms,
	(event).response_status, (event).response_headers,
	(event).response_body, (message).id, (message).url, (message).method,
	(message).headers, (message).body, (message).max_retries,
	(message).caller_ip, array_to_json((message).labels) AS labels,
	(message).flow_key, (message).parallelism, (message).rate,
	(message).period_s, (message).retry_delay, (message).timeout_ms,
	(message).callback ->> 'url' AS callback,
	(message).failure_callback ->> 'url' AS failure_callback
FROM local_queue.list_events($1::integer, $2::json, $3::text, $4::integer,
	$5::boolean);
