-- SPDX-License-Identifier: MIT
-- Claims messages for sending. A line for each input, item from 1.
-- $1 uuid[] messages, $2 uuid[] their campaigns as the queue names them,
-- $3 integer[] generations, $4 uuid[] claim tokens, $5 integer lease of a
-- text in seconds, $6 of media, $7 integer start margin in milliseconds.
-- Locks lanes by name, rows by id. May be run twice.
SELECT item, result, status, claim_token, phone_number, message_content,
       message_type, media_url, file_name, instance_name, instance_token,
       evolution_key, lease_ms, gap_ms, wait_ms, retry_count
FROM disparalead.claim_messages($1::uuid[], $2::uuid[], $3::integer[],
	$4::uuid[], $5::integer, $6::integer, $7::integer)
