-- SPDX-License-Identifier: MIT
-- A receipt that Evolution told of. One line: what came of it.
-- $1 text instance, $2 text Evolution's key, $3 text receipt, $4 text address
-- of the recipient (may be NULL). Locks the lane where the receipt moves it,
-- then campaigns by id, then the row. May be run twice.
SELECT disparalead.note_receipt($1::text, $2::text, $3::text, $4::text)
	AS result
