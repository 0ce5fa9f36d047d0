-- Pending campaigns with no pending row left become processing.
-- $1 uuid[]: campaigns. A row each: campaign_id uuid, status text after it.
-- Locks the campaigns, by id. May run twice.
SELECT s.campaign_id, s.status
FROM disparalead.start_queued_campaigns($1::uuid[]) AS s;
