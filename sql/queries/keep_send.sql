-- SPDX-License-Identifier: MIT
-- Evolution sent a message whose key no row has. One line: what came of it.
-- $1 text instance, $2 text Evolution's key, $3 jsonb what of it may be
-- compared, $4 boolean keep it though its row may be about to have the key.
-- May be run twice. No locks.
SELECT disparalead.keep_send($1::text, $2::text, $3::jsonb, $4::boolean)
	AS result
