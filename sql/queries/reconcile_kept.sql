-- SPDX-License-Identifier: MIT
-- Messages that send.message told of and no row took, as JSON.
-- $1 text instance, $2 integer at most so many. No locks.
SELECT message FROM disparalead.reconcile_kept($1::text, $2::integer)
