-- SPDX-License-Identifier: MIT
--
-- clean() looks for the dead letters that are older than they are kept, of
-- whatever account, each minute: without this it reads all of them.
CREATE INDEX IF NOT EXISTS dead_letters_died ON local_queue.dead_letters
	(died_at);
