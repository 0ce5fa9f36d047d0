-- Stores the templates of a campaign, in their order.
-- $1 uuid: tenant; $2 uuid: campaign; $3 text[]: types; $4 text[]: texts;
-- $5 text[]: media addresses; $6 text[]: file names; NULL where there is none.
-- No row.
INSERT INTO public.campaign_templates_dispara_lead_saas_02
	(tenant_id, campaign_id, template_index, type, text, media_url,
	 file_name)
SELECT $1::uuid, $2::uuid, t.n - 1, t.type, t.text, t.media_url, t.file_name
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[])
	WITH ORDINALITY AS t(type, text, media_url, file_name, n);
