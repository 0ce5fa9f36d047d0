-- SPDX-License-Identifier: MIT
--
-- What reading needs: two indexes that keep /status off the message table,
-- pages of messages, and the journal of who saw whole phones.

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

-- The ids of a page of a campaign's messages, in the order of id: at most
-- "many" behind "after" (NULL: from the first), of a status and an error_code
-- where they are given. Runs as its caller, whom row-level security keeps to
-- the tenant. The planner knows neither the campaign's size nor which status
-- is asked for, and sorted a whole campaign for each page: the two settings
-- leave it the indexes that have the order (measured with 50,000 rows).
CREATE OR REPLACE FUNCTION disparalead.message_page(tenant_id uuid,
	campaign_id uuid, status text, error_code text, after uuid,
	many integer)
RETURNS SETOF uuid
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, pg_temp
SET enable_bitmapscan = off
SET enable_sort = off
AS $$
DECLARE
	first CONSTANT uuid := coalesce(after,
		'00000000-0000-0000-0000-000000000000');
BEGIN
	IF $3 IN ('failed', 'uncertain', 'cancelled', 'suppressed',
		  'expired') THEN
		RETURN QUERY
		SELECT m.id
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.tenant_id = $1 AND m.campaign_id = $2
		  AND m.generation IS NOT NULL AND m.status = $3
		  AND m.status IN ('failed', 'uncertain', 'cancelled',
				   'suppressed', 'expired')
		  AND ($4 IS NULL OR m.error_code = $4) AND m.id > first
		ORDER BY m.id
		LIMIT many;
	ELSE
		RETURN QUERY
		SELECT m.id
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.tenant_id = $1 AND m.campaign_id = $2
		  AND m.generation IS NOT NULL
		  AND ($3 IS NULL OR m.status = $3)
		  AND ($4 IS NULL OR m.error_code = $4) AND m.id > first
		ORDER BY m.id
		LIMIT many;
	END IF;
END
$$;

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
