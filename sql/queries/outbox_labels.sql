-- SPDX-License-Identifier: MIT
-- Labels to clean the queue of, each taken for a while.
-- $1 integer at most so many. Skips locked rows.
SELECT id, label FROM disparalead.outbox_labels($1::integer)
