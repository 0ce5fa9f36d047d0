-- The queue accepted these messages: pending becomes queued.
-- Arrays beside each other: $1 uuid[]: rows; $2 integer[]: generations;
-- $3 text[]: the queue's own ids.
-- One row: marked integer, rows that had that generation. Locks the rows, by
-- id. May run twice.
SELECT disparalead.mark_queued($1::uuid[], $2::integer[], $3::text[])
	AS marked;
