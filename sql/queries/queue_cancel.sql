-- Cancels messages.  $1 integer: account; $2 json: filters, see
-- local_queue.condition(); $3 integer: at most so many.  One row: n.
SELECT local_queue.cancel($1::integer, $2::json, $3::integer) AS n;
