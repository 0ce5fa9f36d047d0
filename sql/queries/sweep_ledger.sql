-- SPDX-License-Identifier: MIT
-- Checks the ledger of the next few campaigns. One line: differences in them.
-- $1 integer messages of about so many. Locks the sweeper's row alone.
SELECT disparalead.sweep_ledger($1::integer) AS n
