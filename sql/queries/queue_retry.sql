-- Ends an attempt that failed; another follows.  $1 text: id; $2 uuid: lease
-- token; $3 integer: the answer's status, 0 for none; $4 json: its headers;
-- $5 bytea: its body; $6 json: callbacks, items of local_queue.publish(), or
-- NULL; $7 bigint: when, milliseconds from now.  One row: is_ended boolean.
-- May run twice.
SELECT local_queue.end_for_now($1::text, $2::uuid, $7::bigint, $3::integer,
	$4::json, $5::bytea, $6::json) AS is_ended;
