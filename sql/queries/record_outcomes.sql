-- SPDX-License-Identifier: MIT
-- Records outcomes of sends. A line for each input, item from 1.
-- $1 uuid[] messages, $2 uuid[] claim tokens, $3 integer[] generations,
-- $4 text[] outcomes, $5 text[] error codes, $6 text[] error messages,
-- $7 jsonb[] answers, $8 text[] Evolution's keys, $9 integer[] seconds to park
-- the lane (0: don't), $10 integer retry budget.
-- Locks lanes by name where one is parked or healed, campaigns by id, rows by
-- id. May be run twice.
SELECT item, result, status, generation, evolution_key
FROM disparalead.record_outcomes($1::uuid[], $2::uuid[], $3::integer[],
	$4::text[], $5::text[], $6::text[], $7::jsonb[], $8::text[],
	$9::integer[], $10::integer)
