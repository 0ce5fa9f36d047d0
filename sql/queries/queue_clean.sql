-- Throws away some of what is older than it is kept.  $1 integer: seconds for
-- the log and finished messages; $2 integer: for dead letters.  One row:
-- is_more boolean.
SELECT local_queue.clean($1::integer, $2::integer) AS is_more;
