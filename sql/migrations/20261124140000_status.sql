-- SPDX-License-Identifier: MIT
--
-- What reading needs: two indexes that keep /status off the message table, and
-- the journal of who saw whole phones.

-- Slots of what the queue holds: the next one, the last one, how many are
-- behind (those of "pending" rows stand in message_logs_02_pending).
CALL disparalead.add_index('message_logs_02_queued', false,
	'ON public.message_logs_dispara_lead_saas_02 '
	'(campaign_id, scheduled_for) '
	'WHERE generation IS NOT NULL AND status = ''queued''');

-- Pages of what did not go out, by keyset: few rows among many.
CALL disparalead.add_index('message_logs_02_not_sent', false,
	'ON public.message_logs_dispara_lead_saas_02 '
	'(campaign_id, status, id) '
	'WHERE generation IS NOT NULL AND status IN (''failed'', '
	'''uncertain'', ''cancelled'', ''suppressed'', ''expired'')');

-- Writes down that a user is about to see the phones of a campaign of the
-- tenant, before he does. "what" says which view; it holds no phone. Returns
-- false, and writes nothing, where the tenant has no such campaign. An address
-- that is none (a unix socket's client) is left out.
CREATE OR REPLACE FUNCTION disparalead.journal_reveal(tenant_id uuid,
	campaign_id uuid, user_id uuid, request_id text, address text,
	what jsonb)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	ip inet;
BEGIN
	BEGIN
		ip := address::inet;
	EXCEPTION WHEN invalid_text_representation THEN
		ip := NULL;
	END;
	INSERT INTO public.campaign_journal_dispara_lead_saas_02
		(tenant_id, campaign_id, actor_user_id, action, request_id, ip,
		 result)
	SELECT c.tenant_id, c.id, $3, 'reveal_phones', $4, ip, $6
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.tenant_id = $1 AND c.id = $2 AND c.engine = 1;
	RETURN FOUND;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
