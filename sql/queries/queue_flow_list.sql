-- Flow-control keys, by name.  $1 integer: account; $2 text: this one, or
-- NULL; $3 text: those that contain it in any case, or NULL.
SELECT k.key, k.is_paused, k.is_parallelism_pinned, k.is_rate_pinned,
	(SELECT count(*) FROM local_queue.messages m
	 WHERE m.account_id = k.account_id AND m.flow_key = k.key
	   AND m.due_at <= clock_timestamp()) AS waiting,
	coalesce(k.parallelism, 0) AS parallelism,
	(SELECT count(*) FROM local_queue.messages m
	 WHERE m.account_id = k.account_id AND m.flow_key = k.key
	   AND m.lease_token IS NOT NULL AND m.due_at > clock_timestamp())
		AS under_way,
	coalesce(k.rate, 0) AS rate,
	CASE WHEN k.window_start + make_interval(secs => k.period_s)
		> clock_timestamp() THEN k.window_count ELSE 0 END
		AS window_count,
	CASE WHEN k.rate IS NULL THEN 0 ELSE k.period_s END AS period_s,
	coalesce(extract(epoch FROM k.window_start), 0)::bigint
		AS window_start_s
FROM local_queue.flow_keys k
WHERE k.account_id = $1::integer AND k.key <> ''
  AND ($2::text IS NULL OR k.key = $2::text)
  AND ($3::text IS NULL OR position(lower($3::text) IN lower(k.key)) > 0)
ORDER BY k.key
LIMIT 10000;
