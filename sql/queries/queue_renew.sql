-- Keeps leases.  $1 text[]: message ids; $2 uuid[]: their tokens; $3 integer:
-- the lease from now, milliseconds.  One row: n, how many were still held.
SELECT local_queue.renew($1::text[], $2::uuid[], $3::integer) AS n;
