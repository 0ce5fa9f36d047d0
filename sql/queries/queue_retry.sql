-- Ends an attempt that failed; another follows.  $1 text: id; $2 uuid: lease
-- token; $3 bigint: when, milliseconds from now.  One row: is_ended boolean.
-- May run twice.
SELECT local_queue.end_for_now($1::text, $2::uuid, $3::bigint) AS is_ended;
