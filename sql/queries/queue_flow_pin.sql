-- Pins a key's limits.  $1 integer: account; $2 text: key; $3 integer:
-- parallelism; $4 integer: rate; $5 integer: period, seconds; NULL for what
-- stays.  No rows of interest.  May run twice.
SELECT local_queue.pin_key($1::integer, $2::text, $3::integer, $4::integer,
	$5::integer);
