-- SPDX-License-Identifier: MIT
--
-- What Evolution says by itself: receipts, messages that went out, an
-- instance's connection; and lanes that WhatsApp refuses. Locks, as
-- everywhere: lanes by name, campaigns by id, rows by id.

-- Events about a message whose key no row has (yet): a webhook can be faster
-- than the answer of the send, and of a lost answer it is all there is.
-- Kept a day at most (forget_seen_sends).
CALL disparalead.add_table('seen_sends_dispara_lead_saas_02', $$
	instance_name text NOT NULL,
	evolution_key text NOT NULL,
	tenant_id uuid NOT NULL
		REFERENCES public.tenants_dispara_lead_saas_02 (id)
		ON DELETE CASCADE,
	candidate jsonb,
	receipts text[] NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (instance_name, evolution_key)
$$);
COMMENT ON TABLE public.seen_sends_dispara_lead_saas_02 IS
	'candidate: what send.message told of it, NULL: nothing; receipts: '
	'those that came before its key was known';
CALL disparalead.add_index('seen_sends_02_created_at', false,
	'ON public.seen_sends_dispara_lead_saas_02 (created_at)');
CALL disparalead.add_index('seen_sends_02_tenant_id', false,
	'ON public.seen_sends_dispara_lead_saas_02 (tenant_id)');

-- Which person stands behind an address of WhatsApp that is no phone.
CALL disparalead.add_table('lids_dispara_lead_saas_02', $$
	instance_name text NOT NULL,
	lid text NOT NULL,
	tenant_id uuid NOT NULL
		REFERENCES public.tenants_dispara_lead_saas_02 (id)
		ON DELETE CASCADE,
	phone_key text NOT NULL,
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (instance_name, lid)
$$);
COMMENT ON TABLE public.lids_dispara_lead_saas_02 IS
	'lid: "<digits>@lid" as Evolution writes it';
CALL disparalead.add_index('lids_02_phone', false,
	'ON public.lids_dispara_lead_saas_02 (instance_name, phone_key)');
CALL disparalead.add_index('lids_02_tenant_id', false,
	'ON public.lids_dispara_lead_saas_02 (tenant_id)');

CALL disparalead.wall_in('public.seen_sends_dispara_lead_saas_02',
	'tenant_id');
CALL disparalead.wall_in('public.lids_dispara_lead_saas_02', 'tenant_id');
DO $$
DECLARE
	api_role text;
BEGIN
	FOR api_role IN SELECT rolname FROM pg_catalog.pg_roles
			WHERE rolname IN ('anon', 'authenticated')
	LOOP
		EXECUTE format('REVOKE ALL ON '
			'public.seen_sends_dispara_lead_saas_02, '
			'public.lids_dispara_lead_saas_02 FROM %I', api_role);
	END LOOP;
END
$$;

-- Rows that a proof from outside may still move.
CALL disparalead.add_index('message_logs_02_unknown', false,
	'ON public.message_logs_dispara_lead_saas_02 '
	'(instance_name, claimed_at) '
	'WHERE generation IS NOT NULL AND (status = ''uncertain'' '
	'OR error_code = ''outcome_unknown'')');

CALL disparalead.add_column('public.lanes_dispara_lead_saas_02',
	'error_receipts', 'integer', '0', true,
	'ERROR receipts in a row, with no better receipt of a later message');
CALL disparalead.add_column('public.lanes_dispara_lead_saas_02',
	'error_receipt_at', 'timestamp with time zone', NULL, false,
	'when the last of them came');
CALL disparalead.add_column('public.lanes_dispara_lead_saas_02',
	'probe_until', 'timestamp with time zone', NULL, false,
	'how long the probe''s receipt is waited for');
CALL disparalead.add_column('public.lanes_dispara_lead_saas_02',
	'reconciled_at', 'timestamp with time zone', NULL, false,
	'last question for messages of unknown outcome');

------------------------------------------------------------------------------
-- Lanes: WhatsApp refuses what Evolution accepted
------------------------------------------------------------------------------

-- An ERROR receipt, whose lane the caller has locked: how a restriction of
-- the number shows, for its code is never told. The third in a row within
-- half an hour, or the first one of a probe, parks the lane: for 15 minutes,
-- twice as long each time again, at most 4 hours.
CREATE OR REPLACE FUNCTION disparalead.refuse_lane(lane text)
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	at CONSTANT timestamptz := clock_timestamp();
	l public.lanes_dispara_lead_saas_02;
	run integer;
	opens boolean;
BEGIN
	SELECT * INTO l FROM public.lanes_dispara_lead_saas_02 x
	WHERE x.instance_name = lane;
	run := 1 + CASE WHEN l.error_receipt_at > at - interval '30 min'
			THEN l.error_receipts ELSE 0 END;
	-- What was sent before the lane was parked opens nothing once more.
	opens := CASE l.breaker_state WHEN 'half_open' THEN true
		      WHEN 'open' THEN false ELSE run >= 3 END;
	UPDATE public.lanes_dispara_lead_saas_02 x
	SET error_receipts = run, error_receipt_at = at,
	    probe_until = CASE WHEN opens THEN NULL ELSE x.probe_until END,
	    breaker_state = CASE WHEN opens THEN 'open'
				 ELSE x.breaker_state END,
	    breaker_opened_at = CASE WHEN opens THEN at
				     ELSE x.breaker_opened_at END,
	    breaker_opened_count = x.breaker_opened_count + opens::integer,
	    parked_until = CASE WHEN opens
		THEN greatest(x.parked_until, at + make_interval(secs =>
			900 * power(2, least(l.breaker_opened_count, 4))))
		ELSE x.parked_until END,
	    parked_reason = CASE WHEN opens THEN 'sends_refused'
				 ELSE x.parked_reason END,
	    updated_at = at
	WHERE x.instance_name = lane;
	RETURN opens;
END
$$;

-- A message sent at that time did arrive: errors before it are history. The
-- caller holds the lane's lock.
CREATE OR REPLACE FUNCTION disparalead.heal_refused_lane(lane text,
	message_sent_at timestamptz)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE public.lanes_dispara_lead_saas_02 x
	SET error_receipts = 0,
	    breaker_state = CASE WHEN x.parked_reason = 'sends_refused'
		THEN 'closed' ELSE x.breaker_state END,
	    breaker_opened_count = CASE WHEN x.parked_reason = 'sends_refused'
		THEN 0 ELSE x.breaker_opened_count END,
	    probe_until = NULL,
	    parked_until = CASE WHEN x.parked_reason = 'sends_refused'
		THEN NULL ELSE x.parked_until END,
	    parked_reason = CASE WHEN x.parked_reason = 'sends_refused'
		THEN NULL ELSE x.parked_reason END,
	    updated_at = clock_timestamp()
	WHERE x.instance_name = $1 AND x.error_receipts > 0
	  AND $2 > x.error_receipt_at
$$;

------------------------------------------------------------------------------
-- Receipts
------------------------------------------------------------------------------

-- Whether the instance has a row whose message may still be without its key.
CREATE OR REPLACE FUNCTION disparalead.has_open_rows(instance text)
RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT EXISTS (
		SELECT FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.instance_name = $1 AND m.generation IS NOT NULL
		  AND m.status = 'sending')
	    OR EXISTS (
		SELECT FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.instance_name = $1 AND m.generation IS NOT NULL
		  AND (m.status = 'uncertain'
		       OR m.error_code = 'outcome_unknown')
		  AND m.claimed_at > clock_timestamp() - interval '1 day')
$$;

-- Remembers whose address a @lid is. Nothing where either is no such thing.
CREATE OR REPLACE FUNCTION disparalead.note_lid(instance text, lid text,
	phone text)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO public.lids_dispara_lead_saas_02 AS k
		(instance_name, lid, tenant_id, phone_key)
	SELECT l.instance_name, $2, l.tenant_id, $3
	FROM public.lanes_dispara_lead_saas_02 l
	WHERE l.instance_name = $1 AND $2 LIKE '%_@lid' AND $3 <> ''
	ON CONFLICT (instance_name, lid) DO UPDATE
	SET phone_key = excluded.phone_key, updated_at = clock_timestamp()
	WHERE k.phone_key <> excluded.phone_key
$$;

-- A receipt came for a key that no row has: kept where a row of the instance
-- may yet turn out to be its own. "early" while one is being sent (asking
-- again soon is worth while), "kept", or "unknown".
CREATE OR REPLACE FUNCTION disparalead.keep_receipt(instance text, key text,
	receipt text)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT disparalead.has_open_rows(instance) THEN
		RETURN 'unknown';
	END IF;
	INSERT INTO public.seen_sends_dispara_lead_saas_02 AS s
		(instance_name, evolution_key, tenant_id, receipts)
	SELECT l.instance_name, key, l.tenant_id, ARRAY[receipt]
	FROM public.lanes_dispara_lead_saas_02 l
	WHERE l.instance_name = instance
	ON CONFLICT (instance_name, evolution_key) DO UPDATE
	SET receipts = s.receipts || excluded.receipts
	WHERE NOT s.receipts @> excluded.receipts;
	RETURN CASE WHEN EXISTS (
		SELECT FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.instance_name = instance AND m.generation IS NOT NULL
		  AND m.status = 'sending') THEN 'early' ELSE 'kept' END;
END
$$;

-- What a receipt makes of a row that has its key: the state it goes to, NULL
-- for none. Receipts come in any order and several times: one that it was
-- delivered outweighs an ERROR, whichever comes first.
CREATE OR REPLACE FUNCTION disparalead.status_by_receipt(receipt text,
	row_status text, code text, was_delivered boolean)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE
	WHEN receipt = 'ERROR' THEN
		CASE WHEN row_status = 'sent' AND NOT was_delivered
		     THEN 'failed' END
	WHEN row_status IN ('sent', 'sending') THEN NULL
	-- The account's other device saw it; WhatsApp may still refuse it.
	WHEN receipt = 'SERVER_ACK' AND row_status = 'failed'
	     AND code = 'refused_after_send' THEN NULL
	ELSE 'sent' END
$$;

-- A receipt of messages.update: SERVER_ACK, DELIVERY_ACK, READ, PLAYED or
-- ERROR; others are nothing to us. jid: whom Evolution names, maybe @lid.
--   noted      the row, a counter or the lane moved
--   old        nothing that was not known
--   early, kept, unknown   no row has that key (keep_receipt)
-- May be run twice.
CREATE OR REPLACE FUNCTION disparalead.note_receipt(instance text, key text,
	receipt text, jid text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	m public.message_logs_dispara_lead_saas_02;
	l public.lanes_dispara_lead_saas_02;
	at timestamptz;
	target text;
	is_delivered CONSTANT boolean :=
		receipt IN ('DELIVERY_ACK', 'READ', 'PLAYED');
	is_read CONSTANT boolean := receipt IN ('READ', 'PLAYED');
	is_healing boolean;
	campaigns uuid[];
	delivered integer := 0;
	has_read integer := 0;
BEGIN
	IF receipt NOT IN ('SERVER_ACK', 'DELIVERY_ACK', 'READ', 'PLAYED',
			   'ERROR') THEN
		RETURN 'old';
	END IF;
	SELECT x.* INTO m
	FROM public.message_logs_dispara_lead_saas_02 x
	JOIN public.campaigns_dispara_lead_saas_02 c
	  ON c.id = x.campaign_id AND c.engine = 1
	WHERE x.instance_name = instance AND x.evolution_key = key
	  AND x.generation IS NOT NULL;
	IF m.id IS NULL THEN
		RETURN disparalead.keep_receipt(instance, key, receipt);
	END IF;
	PERFORM disparalead.note_lid(instance, jid, m.phone_key);
	SELECT * INTO l FROM public.lanes_dispara_lead_saas_02 x
	WHERE x.instance_name = instance;
	is_healing := receipt <> 'ERROR' AND l.error_receipts > 0
		AND m.sent_at > l.error_receipt_at;
	campaigns := ARRAY[m.campaign_id];
	IF receipt = 'ERROR' OR is_healing THEN
		PERFORM disparalead.lock_lanes(ARRAY[instance]);
		campaigns := campaigns || ARRAY(
			SELECT c.id FROM public.campaigns_dispara_lead_saas_02 c
			WHERE c.engine = 1 AND c.instances && ARRAY[instance]
			  AND c.status IN ('pending', 'processing'));
	END IF;
	PERFORM disparalead.lock_campaigns(campaigns);
	PERFORM disparalead.lock_messages(ARRAY[m.id]);
	at := clock_timestamp();
	SELECT * INTO m FROM public.message_logs_dispara_lead_saas_02 x
	WHERE x.id = m.id AND x.evolution_key = key;
	IF m.id IS NULL THEN
		RETURN 'old';
	END IF;
	IF is_healing THEN
		PERFORM disparalead.heal_refused_lane(instance, m.sent_at);
		PERFORM disparalead.touch_live_campaigns(ARRAY[instance]);
	END IF;
	IF m.status = 'sending' AND receipt <> 'ERROR' THEN
		PERFORM disparalead.note_duplicate(m.id, key,
			'evolution-events');
		RETURN 'noted';
	END IF;
	target := disparalead.status_by_receipt(receipt, m.status,
		m.error_code, m.delivered_at IS NOT NULL);
	-- Counted once, and only of messages that count as sent.
	IF coalesce(target, m.status) = 'sent' THEN
		delivered := (is_delivered AND m.delivered_at IS NULL)::integer;
		has_read := (is_read AND m.read_at IS NULL)::integer;
	END IF;
	IF target IS NULL AND delivered = 0 AND has_read = 0 THEN
		RETURN 'old';
	END IF;
	UPDATE public.message_logs_dispara_lead_saas_02 x
	SET status = coalesce(target, x.status),
	    error_code = CASE target WHEN 'failed' THEN 'refused_after_send'
		WHEN 'sent' THEN NULL ELSE x.error_code END,
	    error_message = CASE WHEN target IS NULL THEN x.error_message END,
	    sent_at = CASE WHEN target = 'sent' THEN coalesce(x.sent_at, at)
			   ELSE x.sent_at END,
	    delivered_at = CASE WHEN delivered = 1 THEN at
				ELSE x.delivered_at END,
	    read_at = CASE WHEN has_read = 1 THEN at ELSE x.read_at END,
	    updated_at = at
	WHERE x.id = m.id;
	PERFORM disparalead.settle_receipt(m, target, delivered, has_read);
	IF receipt = 'ERROR' AND disparalead.refuse_lane(instance) THEN
		PERFORM disparalead.touch_live_campaigns(ARRAY[instance]);
	END IF;
	RETURN 'noted';
END
$$;

-- The counters of a receipt: "m" is the row as it was, target where it went
-- (NULL: nowhere). The caller holds the campaign's lock.
CREATE OR REPLACE FUNCTION disparalead.settle_receipt(
	m public.message_logs_dispara_lead_saas_02, target text,
	delivered integer, has_read integer)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	counted CONSTANT text[] := '{sent,failed,cancelled,suppressed,expired}';
	deltas integer[] := '{0,0,0,0,0}';
	errors jsonb := '{}';
BEGIN
	IF target IS NOT NULL THEN
		deltas[array_position(counted, target)] := 1;
		IF m.status = ANY (counted) THEN
			deltas[array_position(counted, m.status)] := -1;
		END IF;
		IF m.status = 'failed' AND m.error_code IS NOT NULL THEN
			errors := jsonb_build_object(m.error_code, -1);
		ELSIF target = 'failed' THEN
			errors := '{"refused_after_send": 1}';
		END IF;
	END IF;
	PERFORM disparalead.move_counters(m.campaign_id, deltas[1], deltas[2],
		deltas[3], deltas[4], deltas[5], errors, delivered, has_read,
		target IS NOT NULL);
	PERFORM disparalead.finish_campaign_if_done(m.campaign_id);
END
$$;

-- A message went out under this key while its row is on its way again, or
-- under another key.
CREATE OR REPLACE FUNCTION disparalead.note_duplicate(message uuid, key text,
	program text)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO public.campaign_journal_dispara_lead_saas_02 (tenant_id,
		campaign_id, message_id, actor_program, action, result)
	SELECT m.tenant_id, m.campaign_id, m.id, $3, 'possible_duplicate',
	       jsonb_build_object('evolution_key', $2)
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.id = $1
	  AND NOT EXISTS (
		SELECT FROM public.campaign_journal_dispara_lead_saas_02 j
		WHERE j.campaign_id = m.campaign_id AND j.message_id = m.id
		  AND j.action = 'possible_duplicate'
		  AND j.result ->> 'evolution_key' = $2)
$$;

------------------------------------------------------------------------------
-- The connection
------------------------------------------------------------------------------

-- connection.update: what became of an instance. "open" opens a lane parked
-- for its connection (set_lane_state). Without a connection the lane is
-- parked: until it opens where only a person can mend it (401 logged out,
-- 402, 403 banned, 406: Evolution does not reconnect after these), else for a
-- minute, within which the sweeper asks. Returns whether the lane changed.
CREATE OR REPLACE FUNCTION disparalead.note_connection(name text,
	new_state text, status_reason integer)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	at timestamptz;
	is_gone CONSTANT boolean := new_state <> 'connecting'
		AND status_reason IN (401, 402, 403, 406);
	changed integer;
BEGIN
	IF new_state = 'open' THEN
		RETURN disparalead.set_lane_state(name, new_state);
	END IF;
	PERFORM disparalead.lock_lanes(ARRAY[name]);
	at := clock_timestamp();
	UPDATE public.lanes_dispara_lead_saas_02 x
	SET state = new_state, state_at = at,
	    parked_until = CASE WHEN is_gone THEN 'infinity'
		ELSE greatest(x.parked_until, at + interval '1 min') END,
	    parked_reason = CASE
		WHEN is_gone AND status_reason = 401
			THEN 'instance_logged_out'
		WHEN is_gone THEN 'instance_refused'
		WHEN x.parked_until > at THEN x.parked_reason
		ELSE 'instance_disconnected' END,
	    updated_at = at
	WHERE x.instance_name = name;
	GET DIAGNOSTICS changed = ROW_COUNT;
	IF changed > 0 THEN
		PERFORM disparalead.touch_live_campaigns(ARRAY[name]);
	END IF;
	RETURN changed > 0;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
