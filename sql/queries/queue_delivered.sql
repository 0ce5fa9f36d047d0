-- Ends a delivered message.  $1 text: id; $2 uuid: lease token.  One row:
-- is_ended boolean.  May run twice.
SELECT local_queue.end_delivered($1::text, $2::uuid) AS is_ended;
