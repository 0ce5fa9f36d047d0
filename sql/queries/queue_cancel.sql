-- Cancels by id or by label.  $1 integer: account; $2 text[]: ids or NULL; $3
-- text: label or NULL; $4 integer: at most so many, NULL for all.  One row: n.
SELECT local_queue.cancel($1::integer, $2::text[], $3::text, $4::integer) AS n;
