-- SPDX-License-Identifier: MIT
-- Sets a campaign's counters to what its rows say. A line for each that was
-- wrong.
-- $1 uuid campaign. Locks it. May be run twice.
SELECT what, recorded, counted FROM disparalead.fsck_repair($1::uuid)
