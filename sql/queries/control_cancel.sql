-- SPDX-License-Identifier: MIT
-- Cancels a campaign. $1 uuid: tenant; $2 uuid: campaign; $3 uuid: user;
-- $4 uuid: the action's id; $5 text: request id; $6 text: client address.
-- One row: result text (done, unchanged, refused, not_found); status text and
-- run integer afterwards; moved integer: rows. Locks the campaign, then rows.
SELECT a.result, a.status, a.run, a.moved
FROM disparalead.control_cancel($1::uuid, $2::uuid, $3::uuid, $4::uuid,
	$5::text, $6::text) AS a;
