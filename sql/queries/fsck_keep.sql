-- SPDX-License-Identifier: MIT
-- The whole database was checked. One line.
-- $1 bigint differences found. May be run twice.
SELECT disparalead.fsck_keep($1::bigint)
