-- Lets messages set a key's limits again.  $1 integer: account; $2 text: key;
-- $3 boolean: its parallelism; $4 boolean: its rate.  One row: is_found
-- boolean.  May run twice.
SELECT local_queue.unpin_key($1::integer, $2::text, $3::boolean, $4::boolean)
	AS is_found;
