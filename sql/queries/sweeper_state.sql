-- SPDX-License-Identifier: MIT
-- What the runs of the sweeper left. One line; queue_wait_s: seconds for which
-- the queue is to be left alone; ledger_* are NULL before the first check.
SELECT queue_wait_s, ledger_mismatches, ledger_checked_at
FROM disparalead.sweeper_state()
