-- SPDX-License-Identifier: MIT
-- The next campaigns by id.
-- $1 uuid the last one seen, NULL: none, $2 integer at most so many.
SELECT id FROM disparalead.fsck_campaigns($1::uuid, $2::integer)
