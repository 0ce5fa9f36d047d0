-- Stores message rows of a campaign, after its templates. One with a slot is
-- pending; one without, and without an instance, is suppressed.
-- $1 uuid: tenant; $2 uuid: campaign; then arrays beside each other:
-- $3 uuid[]: ids; $4 integer[]: template indexes; $5 text[]: phone numbers;
-- $6 text[]: phone keys; $7 text[]: contents; $8 text[]: instance names;
-- $9 bigint[]: slots, unix seconds; $10 jsonb[]: contacts;
-- and $11 boolean: nobody publishes them but the sweeper, which need not wait.
-- No row.
INSERT INTO public.message_logs_dispara_lead_saas_02
	(id, tenant_id, campaign_id, phone_number, phone_key, message_content,
	 instance_name, scheduled_for, status, message_type, media_url,
	 file_name, template_index, contact, generation, published_at)
SELECT m.id, $1::uuid, $2::uuid, m.phone_number, m.phone_key, m.content,
       m.instance_name, to_timestamp(m.slot),
       CASE WHEN m.slot IS NULL THEN 'suppressed' ELSE 'pending' END,
       t.type, t.media_url, t.file_name, m.template_index, m.contact, 1,
       CASE WHEN $11::boolean THEN '-infinity'::timestamptz END
FROM unnest($3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[],
	    $8::text[], $9::bigint[], $10::jsonb[])
	AS m(id, template_index, phone_number, phone_key, content,
	     instance_name, slot, contact)
JOIN public.campaign_templates_dispara_lead_saas_02 t
  ON t.campaign_id = $2::uuid AND t.template_index = m.template_index;
