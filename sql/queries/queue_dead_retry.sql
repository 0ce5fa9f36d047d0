-- Publishes dead letters anew.  $1 integer: account; $2 json: filters, see
-- local_queue.condition(); $3 text: the place_after of the call before, or
-- NULL; $4 integer: at most so many; $5 json: options over their own, see
-- local_queue.revived().  A row each with message_id, and a last one with
-- place_after or NULL; no row: not all dlqIds are there.
SELECT message_id, place_after
FROM local_queue.retry_dead($1::integer, $2::json, $3::text, $4::integer,
	$5::json);
