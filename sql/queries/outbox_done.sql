-- SPDX-License-Identifier: MIT
-- What came of outbox rows. One line: how many were still open.
-- $1 bigint[] ids, $2 text[] why each failed, NULL: done. May be run twice.
SELECT disparalead.outbox_done($1::bigint[], $2::text[]) AS n
