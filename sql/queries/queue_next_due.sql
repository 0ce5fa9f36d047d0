-- Milliseconds until a key is worth a look, 0 where one is now, NULL where
-- nothing waits.  $1 integer: account.  One row: wait_ms bigint.
SELECT greatest(0, ceil(extract(epoch FROM
	min(ready_at) - clock_timestamp()) * 1000))::bigint AS wait_ms
FROM local_queue.flow_keys WHERE account_id = $1::integer;
