-- SPDX-License-Identifier: MIT
-- Begins a control action: how the campaign stands, under its lock.
-- $1 uuid: tenant; $2 uuid: campaign; $3 uuid: the action's id; $4 boolean:
-- lock its lanes first.
-- One row, none where the tenant has no such campaign: status text; run,
-- failed_count, delay_min, delay_max integer; is_done boolean: this action was
-- committed before; pacing, on_missing_variable, placeholders text;
-- send_window jsonb; scheduled_for_ms, expires_at_ms, last_slot_ms bigint,
-- milliseconds since 1970, NULL: none.
-- Locks lanes by name, then the campaign, until the transaction's end.
SELECT o.status, o.run, o.is_done, o.failed_count, o.delay_min, o.delay_max,
       o.pacing, o.send_window, o.on_missing_variable, o.placeholders,
       (extract(epoch FROM o.scheduled_for) * 1000)::bigint
		AS scheduled_for_ms,
       (extract(epoch FROM o.expires_at) * 1000)::bigint AS expires_at_ms,
       (extract(epoch FROM o.last_slot) * 1000)::bigint AS last_slot_ms
FROM disparalead.control_open($1::uuid, $2::uuid, $3::uuid, $4::boolean) AS o;
