-- SPDX-License-Identifier: MIT
-- Sets a template's text and media. $1 uuid: tenant; $2 uuid: campaign;
-- $3 integer: its index; $4 text: text; $5 text: address; $6 text: file name;
-- each may be NULL. One row: is_changed boolean.
SELECT disparalead.control_edit_template($1::uuid, $2::uuid, $3::integer,
	$4::text, $5::text, $6::text) AS is_changed;
