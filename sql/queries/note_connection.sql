-- SPDX-License-Identifier: MIT
-- What became of an instance's connection. One line: whether its lane changed.
-- $1 text instance, $2 text state, $3 integer Evolution's reason (0: none).
-- Locks the lane, then the live campaigns on it by id. May be run twice.
SELECT disparalead.note_connection($1::text, $2::text, $3::integer) AS changed
