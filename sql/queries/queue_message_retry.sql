-- Makes a waiting message due.  $1 integer: account; $2 text: its id.  One
-- row: is_found boolean.  May run twice.
SELECT local_queue.retry_now($1::integer, $2::text) AS is_found;
