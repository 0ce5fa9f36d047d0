-- Pauses a flow-control key or lets it go on.  $1 integer: account; $2 text:
-- key; $3 boolean: pause.  No rows of interest.  May run twice.
SELECT local_queue.pause_key($1::integer, $2::text, $3::boolean);
