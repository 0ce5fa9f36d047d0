-- SPDX-License-Identifier: MIT
--
-- What disparalead doctor looks at beyond one tenant.

-- The WhatsApp numbers of all tenants, by name, with the state that their
-- lanes know; token is a secret and may be NULL.
CREATE OR REPLACE FUNCTION disparalead.doctor_instances(max_instances integer)
RETURNS TABLE (instance_name text, token text, parked_reason text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT i.instance_name, o.token,
	       CASE WHEN l.parked_until > clock_timestamp()
		    THEN coalesce(l.parked_reason, 'parked') END
	FROM public.instances_dispara_lead_saas_02 i
	CROSS JOIN LATERAL disparalead.instance_of(i.tenant_id,
		i.instance_name) o
	LEFT JOIN public.lanes_dispara_lead_saas_02 l
		ON l.instance_name = i.instance_name
	WHERE i.instance_name IS NOT NULL
	ORDER BY i.instance_name
	LIMIT max_instances
$$;
