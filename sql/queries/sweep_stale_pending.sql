-- SPDX-License-Identifier: MIT
-- Rows to publish now, marked as tried.
-- $1 integer PUBLISH_STALE_S, $2 integer QUEUE_MAX_DELAY_S, $3 integer at most
-- so many. not_before: unix seconds. Skips locked rows.
SELECT id, campaign_id, run, generation, instance_name, phone_number,
       message_content, message_type, gap_seconds, not_before
FROM disparalead.sweep_stale_pending($1::integer, $2::integer, $3::integer)
