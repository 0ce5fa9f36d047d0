-- Ends a message whose attempts are spent: to the dead-letter queue.
-- $1 text: id; $2 uuid: lease token; $3 integer: the answer's status, 0 for
-- none; $4 json: its headers; $5 bytea: its body; $6 json: callbacks, items
-- of local_queue.publish(), or NULL; $7 text: dead-letter id.
-- One row: is_ended boolean.  May run twice.
SELECT local_queue.end_dead($1::text, $2::uuid, $7::text, $3::integer,
	$4::json, $5::bytea, $6::json) AS is_ended;
