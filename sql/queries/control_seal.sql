-- SPDX-License-Identifier: MIT
-- Ends a control action whose rows are moved: status, run, labels, journal.
-- $1 uuid: tenant; $2 uuid: campaign; $3 text: action; $4 integer: rows that
-- wait again; $5 jsonb: facts for the journal; $6 uuid: user; $7 uuid: the
-- action's id; $8 text: request id; $9 text: client address.
-- One row: status text, run integer.
SELECT s.status, s.run
FROM disparalead.control_seal($1::uuid, $2::uuid, $3::text, $4::integer,
	$5::jsonb, $6::uuid, $7::uuid, $8::text, $9::text) AS s;
