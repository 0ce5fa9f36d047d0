-- Takes dead letters away.  $1 integer: account; $2 json: filters, see
-- local_queue.condition(); $3 text: the place_after of the call before, or
-- NULL; $4 integer: at most so many.  One row: n, place_after or NULL.
SELECT n, place_after
FROM local_queue.delete_dead($1::integer, $2::json, $3::text, $4::integer);
