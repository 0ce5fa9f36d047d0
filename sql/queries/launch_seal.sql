-- The last step of a launch's transaction: lanes made, locked (by name) and
-- slowed down to the campaign's delay_min; a campaign of suppressed rows only
-- ends.
-- $1 uuid: tenant; $2 uuid: campaign.
-- A row for each instance: instance_name text, state text, is_open boolean
-- (its messages may be published), gap_seconds integer, status text (the
-- campaign's).
SELECT s.instance_name, s.state, s.is_open, s.gap_seconds, s.status
FROM disparalead.launch_seal($1::uuid, $2::uuid) AS s;
