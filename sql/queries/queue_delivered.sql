-- Ends delivered messages; the arrays belong together.  $1 text[]: ids;
-- $2 uuid[]: lease tokens; $3 integer[]: the answers' statuses; $4 json[]:
-- their headers; $5 bytea[]: their bodies; $6 json[]: callbacks, each items of
-- local_queue.publish(), or NULL.  A row each: item from 1, is_ended boolean.
-- May run twice.
SELECT item, is_ended
FROM local_queue.end_delivered($1::text[], $2::uuid[], $3::integer[],
	$4::json[], $5::bytea[], $6::json[]);
