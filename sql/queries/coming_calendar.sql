-- SPDX-License-Identifier: MIT
-- When the messages of a campaign may go out in the coming days.
-- $1 uuid: tenant; $2 jsonb: the campaign's send window, or NULL; $3 text[]:
-- its instances; $4 integer: days, at most 400.
-- Rows as disparalead.coming_calendar says: kind text (window, open, day, cap,
-- used), n integer, at_s bigint, until_s bigint, amount integer. No locks.
SELECT c.kind, c.n, c.at_s, c.until_s, c.amount
FROM disparalead.coming_calendar($1::uuid, $2::jsonb, $3::text[],
	$4::integer) AS c;
