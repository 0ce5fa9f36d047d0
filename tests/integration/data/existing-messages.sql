-- SPDX-License-Identifier: MIT
--
-- The existing product's message table, with the columns of its later
-- revision, under the name in the psql variable "messages"; 10,000 rows wait
-- in campaigns at work, and some of every odd kind stand by. The trigger that
-- copies sent messages to the chat tables hangs on it.
CREATE TABLE :messages (
	id uuid PRIMARY KEY, tenant_id uuid, campaign_id uuid,
	instance_name text, phone_number text, message_content text,
	status text, campaign_name text, campaign_type text,
	message_type text, media_url text, error_message text, metadata jsonb,
	scheduled_for timestamptz, queued_at timestamptz, sent_at timestamptz,
	responded_at timestamptz, created_at timestamptz DEFAULT now(),
	qstash_message_id text, provider_message_id text,
	provider_response jsonb);
-- Leads elsewhere than our key on the same column, and does not cascade.
ALTER TABLE :messages ADD CONSTRAINT old_campaign
	FOREIGN KEY (campaign_id) REFERENCES campaigns_dispara_lead_saas_02 (id);
ALTER TABLE :messages ADD CONSTRAINT old_tenant
	FOREIGN KEY (tenant_id) REFERENCES tenants_dispara_lead_saas_02 (id);
CREATE INDEX ON :messages (tenant_id, phone_number, sent_at DESC);
CREATE INDEX ON :messages (qstash_message_id);
CREATE INDEX ON :messages (tenant_id, status, created_at DESC);

INSERT INTO :messages (id, tenant_id, campaign_id, instance_name,
	phone_number, message_content, status, campaign_name, message_type,
	metadata, scheduled_for, created_at)
SELECT gen_random_uuid(), 'a0000000-0000-4000-8000-000000000001',
       ('c0000000-0000-4000-8000-' || lpad((i % 10 + 1)::text, 12, '0'))::uuid,
       'loja-um', '551190000' || lpad(i::text, 4, '0'), 'Oi ' || i,
       CASE WHEN i % 2 = 0 THEN 'queued' ELSE 'pending' END,
       'Antiga ' || (i % 10 + 1), 'texto', '{"publico": "SP"}',
       now() - interval '2 days' + i * interval '45 s',
       now() - interval '3 days'
FROM generate_series(0, 9999) AS i;
-- Without tenant, without state, with the tenant of another campaign, twice
-- the same recipient, paused.
INSERT INTO :messages (id, tenant_id, campaign_id, phone_number,
	message_content, status, error_message)
VALUES (gen_random_uuid(), NULL, NULL, NULL, NULL, NULL, NULL),
       (gen_random_uuid(), NULL, 'c0000000-0000-4000-8000-000000000101',
	'5511900000001', 'Oi', 'queued', NULL),
       (gen_random_uuid(), 'a0000000-0000-4000-8000-000000000002',
	'c0000000-0000-4000-8000-000000000102', '5511900000001', 'Oi',
	'paused', NULL),
       (gen_random_uuid(), 'a0000000-0000-4000-8000-000000000001',
	'c0000000-0000-4000-8000-000000000102', '5511900000001', 'Oi', 'sent',
	NULL),
       (gen_random_uuid(), 'a0000000-0000-4000-8000-000000000001',
	'c0000000-0000-4000-8000-000000000102', '5511900000001', 'Oi',
	'failed', '{"error": "x"}');

CREATE OR REPLACE FUNCTION sync_campaign_log_to_chat_projection()
RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	message_key text;
BEGIN
	message_key := coalesce(NEW.provider_message_id,
				'campaign-log:' || NEW.id);
	INSERT INTO contacts_dispara_lead_saas_02 (tenant_id, phone)
	VALUES (NEW.tenant_id, NEW.phone_number)
	ON CONFLICT (tenant_id, phone) DO UPDATE SET last_message_at = now();
	INSERT INTO messages_dispara_lead_saas_02
		(tenant_id, uazapi_message_id, body, direction)
	VALUES (NEW.tenant_id, message_key, NEW.message_content, 'outbound')
	ON CONFLICT (uazapi_message_id) DO NOTHING;
	RETURN NEW;
END;
$$;
CREATE TRIGGER sync_campaign_log_to_chat
	AFTER INSERT OR UPDATE OF status ON :messages
	FOR EACH ROW WHEN (NEW.status = 'sent')
	EXECUTE FUNCTION sync_campaign_log_to_chat_projection();
