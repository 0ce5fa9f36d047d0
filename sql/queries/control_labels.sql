-- SPDX-License-Identifier: MIT
-- Labels of a campaign that the queue is still to be cleaned of.
-- $1 uuid: tenant; $2 uuid: campaign. At most 20 rows: id bigint, label text;
-- tell outbox_done what came of them. No locks.
SELECT l.id, l.label
FROM disparalead.control_labels($1::uuid, $2::uuid) AS l;
