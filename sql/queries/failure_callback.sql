-- SPDX-License-Identifier: MIT
-- The queue gave a message up. One line: its state afterwards, or NULL where
-- nothing was done.
-- $1 uuid message, $2 uuid campaign, $3 integer generation, $4 integer retry
-- budget, $5 text what the queue said. Locks the campaign, then the row.
SELECT disparalead.failure_callback($1::uuid, $2::uuid, $3::integer,
	$4::integer, $5::text) AS status
