-- SPDX-License-Identifier: MIT
-- Messages of Evolution's are these rows'. A line for each, "item" from 1:
-- sent, duplicate, taken, lost.
-- $1 text instance, $2 uuid[] rows, $3 uuid[] their claims, $4 text[] keys,
-- $5 text who found it. Locks the lane, campaigns, rows. May be run twice.
SELECT item, result
FROM disparalead.settle_rows($1::text, $2::uuid[], $3::uuid[], $4::text[],
	$5::text)
