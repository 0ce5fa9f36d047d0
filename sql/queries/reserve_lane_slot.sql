-- SPDX-License-Identifier: MIT
-- Puts a waiting message to its lane's next slot; one line to publish, or none.
-- $1 uuid message, $2 integer generation, $3 integer start margin in
-- milliseconds. Locks the lane, then the row. not_before: unix seconds.
SELECT id, campaign_id, run, generation, instance_name, phone_number,
       message_content, message_type, gap_seconds, not_before
FROM disparalead.reserve_lane_slot($1::uuid, $2::integer, $3::integer)
