-- Begins a key's rate window anew.  $1 integer: account; $2 text: key.  One
-- row: is_found boolean.  May run twice.
SELECT local_queue.reset_rate($1::integer, $2::text) AS is_found;
