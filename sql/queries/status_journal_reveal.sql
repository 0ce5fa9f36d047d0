-- Writes down that a user is about to see whole phones.
-- $1 uuid: tenant; $2 uuid: campaign; $3 uuid: user; $4 text: request id;
-- $5 text: address of the client; $6 text: view (messages); $7 text: format
-- (json, csv); $8 text: status asked for, or NULL; $9 text: code, or NULL.
-- One row: is_found boolean, whether the tenant has the campaign.  No locks.
SELECT disparalead.journal_reveal($1::uuid, $2::uuid, $3::uuid, $4::text,
	$5::text, jsonb_strip_nulls(jsonb_build_object('view', $6::text,
		'format', $7::text, 'status', $8::text, 'code', $9::text)))
	AS is_found;
