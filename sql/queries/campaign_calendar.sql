-- SPDX-License-Identifier: MIT
-- When the messages of a campaign may go out, for 400 days.
-- $1 uuid: tenant; $2 uuid: the campaign whose own waiting messages do not
-- count, NULL: none; $3 jsonb: its send window, or NULL; $4 text[]: its
-- instances; $5 bigint: from when on, milliseconds since 1970.
-- Rows as disparalead.campaign_calendar says: kind text (window, open, day,
-- cap, used), n integer, at_s bigint, until_s bigint, amount integer.
-- No locks.
SELECT c.kind, c.n, c.at_s, c.until_s, c.amount
FROM disparalead.campaign_calendar($1::uuid, $2::uuid, $3::jsonb, $4::text[],
	to_timestamp($5::bigint / 1000.0)) AS c;
