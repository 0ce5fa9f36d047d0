-- Leases due messages.  $1 integer: account; $2 integer: at most so many;
-- $3 integer: the lease, milliseconds.  A row each.  Skips locked keys and
-- messages.  signing_key: NULL until keys were rotated.
SELECT m.id, m.lease_token, m.url, m.method, m.headers, m.body, m.caller_ip,
	m.retried, m.max_retries, m.retry_delay, m.timeout_ms, m.callback,
	m.failure_callback,
	(extract(epoch FROM m.not_before) * 1000)::bigint AS not_before_ms,
	(extract(epoch FROM m.created_at) * 1000)::bigint AS created_at_ms,
	(SELECT a.current_signing_key FROM local_queue.accounts a
	 WHERE a.id = $1::integer AND a.rotated_at IS NOT NULL) AS signing_key
FROM local_queue.claim($1::integer, $2::integer, $3::integer) AS m;
