-- SPDX-License-Identifier: MIT
-- Queued rows to ask the queue for, marked as asked. qstash_message_id may be
-- NULL.
-- $1 integer seconds since the slot, $2 integer at most so many. Skips locked
-- rows.
SELECT id, generation, qstash_message_id
FROM disparalead.sweep_overdue_queued($1::integer, $2::integer)
