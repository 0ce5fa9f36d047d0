-- Stores messages, all or none.  $1 integer: account; $2 json: an array, see
-- local_queue.publish().  A row each, in their order: message_id text,
-- is_duplicate boolean.  Locks deduplication ids, then flow keys.
SELECT message_id, is_duplicate
FROM local_queue.publish($1::integer, $2::json);
