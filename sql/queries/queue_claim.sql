-- Leases due messages.  $1 integer: account; $2 integer: at most so many;
-- $3 integer: the lease, milliseconds.  A row each.  Skips locked keys and
-- messages.
SELECT id, lease_token, url, method, headers, body, caller_ip, retried,
	max_retries, retry_delay, timeout_ms, failure_callback,
	(extract(epoch FROM not_before) * 1000)::bigint AS not_before_ms,
	(extract(epoch FROM created_at) * 1000)::bigint AS created_at_ms
FROM local_queue.claim($1::integer, $2::integer, $3::integer);
