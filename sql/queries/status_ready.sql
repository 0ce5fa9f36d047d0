-- Whether the database holds what campaign-status works with.
-- No parameters.  One row: is_migrated boolean.  No locks.
SELECT to_regclass('public.message_logs_02_not_sent') IS NOT NULL
       AND to_regprocedure('disparalead.journal_reveal('
		'uuid, uuid, uuid, text, text, jsonb)') IS NOT NULL
       AND coalesce(has_table_privilege(to_regclass(
		'public.campaigns_dispara_lead_saas_02')::oid, 'SELECT'), false)
	AS is_migrated;
