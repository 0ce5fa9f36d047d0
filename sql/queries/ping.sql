-- Answers whether the database can be reached and written to.
-- No parameters.  One row: is_in_recovery boolean.  No locks.
SELECT pg_catalog.pg_is_in_recovery() AS is_in_recovery;
