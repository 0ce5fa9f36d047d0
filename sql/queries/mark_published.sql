-- SPDX-License-Identifier: MIT
-- Marks messages that the queue accepted. One line: how many became queued.
-- $1 uuid[] messages, $2 integer[] generations, $3 text[] the queue's ids.
-- Locks rows by id. May be run twice.
SELECT disparalead.mark_published($1::uuid[], $2::integer[], $3::text[])
	AS queued
