-- Ends a message whose attempts are spent: to the dead-letter queue, with its
-- failure callback published.  $1 text: id; $2 uuid: lease token; $3 text:
-- dead-letter id; $4 integer: the answer's status, 0 for none; $5 json: its
-- headers; $6 bytea: its body; $7 json: the callback's message, or NULL.
-- One row: is_ended boolean.  May run twice.
SELECT local_queue.end_dead($1::text, $2::uuid, $3::text, $4::integer,
	$5::json, $6::bytea, $7::json) AS is_ended;
