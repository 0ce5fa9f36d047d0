-- Throws away old deduplication ids, dead letters and idle keys.  No
-- parameters; no rows of interest.
SELECT local_queue.clean();
