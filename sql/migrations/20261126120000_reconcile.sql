-- SPDX-License-Identifier: MIT
--
-- Rows whose outcome nobody knows: what may settle them, settling them, and
-- sending them again where it is proven that they did not go out. Which message
-- of Evolution's is whose, src/domain/reconcile decides. Locks, as everywhere:
-- lanes by name, campaigns by id, rows by id.

CALL disparalead.add_column('public.lanes_dispara_lead_saas_02',
	'clock_ahead_ms', 'bigint', NULL, false,
	'what Evolution''s clock was before the database''s when it was last '
	'asked');

-- Rows at their end without a key that were claimed once: a message of
-- Evolution's may yet prove that one of them went out.
CALL disparalead.add_index('message_logs_02_ended_unsent', false,
	'ON public.message_logs_dispara_lead_saas_02 '
	'(instance_name, phone_key) '
	'WHERE generation IS NOT NULL AND claimed_at IS NOT NULL '
	'AND evolution_key IS NULL AND status IN (''failed'', ''cancelled'', '
	'''expired'', ''suppressed'')');

------------------------------------------------------------------------------
-- Receipts: what Evolution says that it sent is one more
------------------------------------------------------------------------------

-- What a receipt makes of a row that has its key: the state it goes to, NULL
-- for none. Receipts come in any order and several times: one that it was
-- delivered outweighs an ERROR, whichever comes first. "SENT" is send.message.
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
	-- Evolution or the account's other device saw it; WhatsApp may still
	-- refuse it.
	WHEN receipt IN ('SENT', 'SERVER_ACK') AND row_status = 'failed'
	     AND code = 'refused_after_send' THEN NULL
	ELSE 'sent' END
$$;

-- A receipt of messages.update: SERVER_ACK, DELIVERY_ACK, READ, PLAYED or
-- ERROR; others are nothing to us. Or SENT: send.message told that Evolution
-- handed it to the socket. jid: whom Evolution names, maybe @lid.
--   noted      the row, a counter or the lane moved
--   old        nothing that was not known
--   early, kept, unknown   no row has that key (keep_receipt); SENT is never
--              kept here (keep_send)
-- May be run twice. Only a message that arrived makes errors before it
-- history: a number that is refused is told SENT and SERVER_ACK as well.
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
	IF receipt NOT IN ('SENT', 'SERVER_ACK', 'DELIVERY_ACK', 'READ',
			   'PLAYED', 'ERROR') THEN
		RETURN 'old';
	END IF;
	SELECT x.* INTO m
	FROM public.message_logs_dispara_lead_saas_02 x
	JOIN public.campaigns_dispara_lead_saas_02 c
	  ON c.id = x.campaign_id AND c.engine = 1
	WHERE x.instance_name = instance AND x.evolution_key = key
	  AND x.generation IS NOT NULL;
	IF m.id IS NULL THEN
		RETURN CASE WHEN receipt = 'SENT' THEN 'unknown'
			ELSE disparalead.keep_receipt(instance, key, receipt)
			END;
	END IF;
	PERFORM disparalead.note_lid(instance, jid, m.phone_key);
	SELECT * INTO l FROM public.lanes_dispara_lead_saas_02 x
	WHERE x.instance_name = instance;
	is_healing := is_delivered AND l.error_receipts > 0
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

-- Evolution says that it sent a message whose key no row has: kept where a row
-- of the instance may turn out to be its own, and, unless must_keep, only
-- where none of its rows is being sent: then the key is about to be known.
-- Answers as keep_receipt does. "message" is what of it may be compared.
CREATE OR REPLACE FUNCTION disparalead.keep_send(instance text, key text,
	message jsonb, must_keep boolean)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	is_sending CONSTANT boolean := EXISTS (
		SELECT FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.instance_name = instance AND m.generation IS NOT NULL
		  AND m.status = 'sending');
BEGIN
	IF NOT disparalead.has_open_rows(instance) THEN
		RETURN 'unknown';
	END IF;
	IF is_sending AND NOT must_keep THEN
		RETURN 'early';
	END IF;
	INSERT INTO public.seen_sends_dispara_lead_saas_02 AS s
		(instance_name, evolution_key, tenant_id, candidate)
	SELECT l.instance_name, key, l.tenant_id, message
	FROM public.lanes_dispara_lead_saas_02 l
	WHERE l.instance_name = instance
	ON CONFLICT (instance_name, evolution_key) DO UPDATE
	SET candidate = excluded.candidate
	WHERE s.candidate IS NULL;
	RETURN CASE WHEN is_sending THEN 'early' ELSE 'kept' END;
END
$$;

------------------------------------------------------------------------------
-- What is known
------------------------------------------------------------------------------

-- Lanes with rows of unknown outcome that Evolution was not asked for in
-- every_s, marked as asked; those asked the longest ago first.
CREATE OR REPLACE FUNCTION disparalead.lanes_to_reconcile(every_s integer,
	max_lanes integer)
RETURNS TABLE (instance_name text, token text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH open AS (
		SELECT DISTINCT m.instance_name
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.generation IS NOT NULL AND m.status = 'uncertain'
	), due AS (
		SELECT l.instance_name
		FROM public.lanes_dispara_lead_saas_02 l
		JOIN open o ON o.instance_name = l.instance_name
		WHERE coalesce(l.reconciled_at, '-infinity')
			< clock_timestamp() - make_interval(secs => $1)
		ORDER BY l.reconciled_at NULLS FIRST
		LIMIT max_lanes
		FOR NO KEY UPDATE OF l SKIP LOCKED
	)
	UPDATE public.lanes_dispara_lead_saas_02 l
	SET reconciled_at = clock_timestamp()
	FROM due d
	WHERE l.instance_name = d.instance_name
	RETURNING l.instance_name, (
		SELECT i.token
		FROM disparalead.instance_of(l.tenant_id, l.instance_name) i);
END
$$;

-- The rows of an instance that one of its messages may settle, by their claim,
-- the oldest first, and the one that is being sent. Without phone_keys: those
-- whose outcome is not known, max_rows of each kind. With them: the rows to
-- these persons, claimed in the last day, whatever their state.
--   claimed_ms, now_ms   ms since 1970 by the database's clock
--   ahead_ms         Evolution's clock as last measured; NULL: never
--   may_be_absent    ten minutes have passed since its claim, no answer told
--                    that it may have been sent, and key_before, key_after are
--                    messages that Evolution accepted before and after it
CREATE OR REPLACE FUNCTION disparalead.reconcile_rows(instance text,
	phone_keys text[], max_rows integer)
RETURNS TABLE (id uuid, claim_token uuid, status text, attempt integer,
	phone_key text, message_type text, message_content text,
	media_url text, file_name text, claimed_ms bigint, now_ms bigint,
	ahead_ms bigint, may_be_absent boolean, key_before text,
	key_after text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	WITH open AS (
		(SELECT m.* FROM public.message_logs_dispara_lead_saas_02 m
		 WHERE $2 IS NULL AND m.instance_name = $1
		   AND m.generation IS NOT NULL AND m.status = 'uncertain'
		 ORDER BY m.claimed_at
		 LIMIT $3)
		UNION ALL
		(SELECT m.* FROM public.message_logs_dispara_lead_saas_02 m
		 WHERE $2 IS NULL AND m.instance_name = $1
		   AND m.generation IS NOT NULL
		   AND m.error_code = 'outcome_unknown'
		   AND m.status = 'failed' AND m.evolution_key IS NULL
		   AND m.claimed_at > clock_timestamp() - interval '1 day'
		 ORDER BY m.claimed_at DESC
		 LIMIT $3)
		UNION ALL
		SELECT m.* FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.instance_name = $1 AND m.generation IS NOT NULL
		  AND m.status = 'sending'
		  AND ($2 IS NULL OR m.phone_key = ANY ($2))
		UNION ALL
		SELECT m.* FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.instance_name = $1 AND m.phone_key = ANY ($2)
		  AND m.generation IS NOT NULL AND m.status = 'uncertain'
		UNION ALL
		SELECT m.* FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.instance_name = $1 AND m.phone_key = ANY ($2)
		  AND m.generation IS NOT NULL AND m.evolution_key IS NULL
		  AND m.claimed_at IS NOT NULL
		  AND m.status IN ('failed', 'cancelled', 'expired',
				   'suppressed')
		UNION ALL
		SELECT m.*
		FROM public.lanes_dispara_lead_saas_02 l
		JOIN public.message_logs_dispara_lead_saas_02 m
		  ON m.tenant_id = l.tenant_id AND m.phone_key = ANY ($2)
		WHERE l.instance_name = $1 AND m.instance_name = $1
		  AND m.generation IS NOT NULL AND m.evolution_key IS NULL
		  AND m.status IN ('pending', 'queued')
	), chosen AS (
		SELECT o.*,
		       o.status = 'uncertain' AND o.claimed_at
				<= clock_timestamp() - interval '10 min'
			AND NOT (o.error_code IS NOT DISTINCT FROM
				'outcome_unknown'
			 AND (coalesce(o.error_message, '')
				~ 'PrismaClient|Timed Out'
			  OR coalesce(o.evolution_response::text, '')
				~ 'PrismaClient|Timed Out')) AS is_due
		FROM open o
		JOIN public.campaigns_dispara_lead_saas_02 c
		  ON c.id = o.campaign_id AND c.engine = 1
		WHERE o.claimed_at > clock_timestamp() - interval '1 day'
		   OR o.status = 'uncertain'
	)
	SELECT o.id, o.claim_token, o.status, o.attempt, o.phone_key,
	       o.message_type, o.message_content, o.media_url, o.file_name,
	       (extract(epoch FROM o.claimed_at) * 1000)::bigint,
	       (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
	       (SELECT l.clock_ahead_ms
		FROM public.lanes_dispara_lead_saas_02 l
		WHERE l.instance_name = $1),
	       o.is_due AND b.key IS NOT NULL AND a.key IS NOT NULL,
	       b.key, a.key
	FROM chosen o
	-- Rows settled later than they were sent have that later sent_at.
	LEFT JOIN LATERAL (
		SELECT s.evolution_key AS key
		FROM public.message_logs_dispara_lead_saas_02 s
		WHERE o.is_due AND s.instance_name = $1
		  AND s.generation IS NOT NULL AND s.status = 'sent'
		  AND s.evolution_key IS NOT NULL
		  AND s.sent_at < o.claimed_at
		ORDER BY s.sent_at DESC
		LIMIT 1) b ON true
	LEFT JOIN LATERAL (
		SELECT s.evolution_key AS key
		FROM public.message_logs_dispara_lead_saas_02 s
		WHERE b.key IS NOT NULL AND s.instance_name = $1
		  AND s.generation IS NOT NULL AND s.status = 'sent'
		  AND s.evolution_key IS NOT NULL
		  AND s.sent_at > o.claimed_at AND s.claimed_at > o.claimed_at
		ORDER BY s.sent_at
		LIMIT 1) a ON true
	ORDER BY o.claimed_at, o.id
$$;

-- What send.message told and no row took, the newest first.
CREATE OR REPLACE FUNCTION disparalead.reconcile_kept(instance text,
	max_rows integer)
RETURNS TABLE (message jsonb)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT s.candidate
	FROM public.seen_sends_dispara_lead_saas_02 s
	WHERE s.instance_name = $1 AND s.candidate IS NOT NULL
	ORDER BY s.created_at DESC
	LIMIT $2
$$;

-- What is known of messages: a line for each key that is a row's, with that
-- row's phone_key, and for each @lid whose owner is known. "what" is the key
-- or the @lid.
CREATE OR REPLACE FUNCTION disparalead.reconcile_known(instance text,
	keys text[], lids text[])
RETURNS TABLE (is_key boolean, what text, phone_key text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT true, m.evolution_key, m.phone_key
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.instance_name = $1 AND m.evolution_key = ANY ($2)
	  AND m.generation IS NOT NULL
	UNION ALL
	SELECT false, k.lid, k.phone_key
	FROM public.lids_dispara_lead_saas_02 k
	WHERE k.instance_name = $1 AND k.lid = ANY ($3)
$$;

-- Keeps what a question taught: the clock, and whose the @lids are.
CREATE OR REPLACE FUNCTION disparalead.reconcile_keep(instance text,
	ahead_ms bigint, lids text[], phone_keys text[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	UPDATE public.lanes_dispara_lead_saas_02 l
	SET clock_ahead_ms = $2
	WHERE l.instance_name = $1 AND l.clock_ahead_ms IS DISTINCT FROM $2;
	PERFORM disparalead.note_lid($1, u.lid, u.phone_key)
	FROM (SELECT DISTINCT ON (x.lid) x.lid, x.phone_key
	      FROM unnest($3, $4) AS x(lid, phone_key)
	      ORDER BY x.lid) u;
END
$$;

------------------------------------------------------------------------------
-- Settling
------------------------------------------------------------------------------

-- Messages of Evolution's are these rows': each goes to sent under its key,
-- from whatever state, where the claim is still the one of "tokens". A line
-- for each input, "item" from 1:
--   sent       settled
--   duplicate  the row is being sent again: written to the journal
--   taken      the key is a row's already
--   lost       the row has moved on
-- May be run twice. The lane's lock keeps two from giving one message to two
-- rows.
CREATE OR REPLACE FUNCTION disparalead.settle_rows(instance text, ids uuid[],
	tokens uuid[], keys text[], program text)
RETURNS TABLE (item integer, result text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	r record;
	m public.message_logs_dispara_lead_saas_02;
	at timestamptz;
BEGIN
	PERFORM disparalead.lock_lanes(ARRAY[instance]);
	PERFORM disparalead.lock_campaigns(ARRAY(
		SELECT DISTINCT x.campaign_id
		FROM public.message_logs_dispara_lead_saas_02 x
		WHERE x.id = ANY (ids) AND x.generation IS NOT NULL));
	PERFORM disparalead.lock_messages(ids);
	at := clock_timestamp();
	FOR r IN SELECT u.* FROM unnest(ids, tokens, keys) WITH ORDINALITY
			AS u(id, token, key, n) LOOP
		item := r.n;
		SELECT x.* INTO m
		FROM public.message_logs_dispara_lead_saas_02 x
		JOIN public.campaigns_dispara_lead_saas_02 c
		  ON c.id = x.campaign_id AND c.engine = 1
		WHERE x.id = r.id AND x.instance_name = instance
		  AND x.generation IS NOT NULL;
		result := CASE
			WHEN EXISTS (
				SELECT
				FROM public.message_logs_dispara_lead_saas_02 x
				WHERE x.instance_name = instance
				  AND x.generation IS NOT NULL
				  AND x.evolution_key = r.key) THEN 'taken'
			WHEN m.id IS NULL OR m.status = 'sent' THEN 'lost'
			WHEN m.status = 'sending' THEN 'duplicate'
			WHEN m.claim_token IS DISTINCT FROM r.token THEN 'lost'
			ELSE 'sent' END;
		IF result = 'duplicate' THEN
			PERFORM disparalead.note_duplicate(m.id, r.key,
				program);
		ELSIF result = 'sent' THEN
			BEGIN
				UPDATE public.message_logs_dispara_lead_saas_02
					AS x
				SET status = 'sent', evolution_key = r.key,
				    error_code = NULL, error_message = NULL,
				    sent_at = coalesce(x.sent_at, at),
				    updated_at = at
				WHERE x.id = m.id;
				PERFORM disparalead.settle_receipt(m, 'sent',
					0, 0);
			EXCEPTION WHEN unique_violation THEN
				-- An outcome brought that key meanwhile.
				result := 'taken';
			END;
		END IF;
		RETURN NEXT;
	END LOOP;
END
$$;

-- These rows did not go out, which is proven: pending of a new generation,
-- one attempt less (retry_count), or failed where none is left; cancelled in a
-- cancelled campaign. Only uncertain ones of that claim, ten minutes after it.
-- Returns how many moved.
CREATE OR REPLACE FUNCTION disparalead.return_absent(ids uuid[],
	tokens uuid[], retry_limit integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	r record;
	m public.message_logs_dispara_lead_saas_02;
	campaign text;
	target text;
	moved integer := 0;
	code CONSTANT text := 'provider_unavailable';
BEGIN
	PERFORM disparalead.lock_campaigns(ARRAY(
		SELECT DISTINCT x.campaign_id
		FROM public.message_logs_dispara_lead_saas_02 x
		WHERE x.id = ANY (ids) AND x.generation IS NOT NULL));
	PERFORM disparalead.lock_messages(ids);
	FOR r IN SELECT u.* FROM unnest(ids, tokens) AS u(id, token) LOOP
		SELECT * INTO m FROM public.message_logs_dispara_lead_saas_02 x
		WHERE x.id = r.id AND x.generation IS NOT NULL
		  AND x.status = 'uncertain' AND x.claim_token = r.token
		  AND x.claimed_at <= clock_timestamp() - interval '10 min';
		SELECT c.status INTO campaign
		FROM public.campaigns_dispara_lead_saas_02 c
		WHERE c.id = m.campaign_id AND c.engine = 1;
		CONTINUE WHEN m.id IS NULL OR campaign IS NULL;
		target := CASE WHEN campaign = 'cancelled' THEN 'cancelled'
			WHEN m.retry_count < retry_limit THEN 'pending'
			ELSE 'failed' END;
		UPDATE public.message_logs_dispara_lead_saas_02 x
		SET status = target,
		    generation = x.generation + (target = 'pending')::integer,
		    retry_count = x.retry_count
			+ (target <> 'failed')::integer,
		    publish_count = 0, published_at = NULL,
		    sent_at = CASE target WHEN 'failed' THEN clock_timestamp()
			      ELSE x.sent_at END,
		    error_code = code, updated_at = clock_timestamp()
		WHERE x.id = m.id;
		PERFORM disparalead.settle_campaigns(ARRAY[m.campaign_id],
			ARRAY[0, (target = 'failed')::integer,
				(target = 'cancelled')::integer, 0, 0],
			ARRAY[CASE WHEN target = 'failed'
				THEN jsonb_build_object(code, 1)
				ELSE '{}' END], ARRAY[true]);
		moved := moved + 1;
	END LOOP;
	RETURN moved;
END
$$;

-- uncertain for deadline_s since its claim -> failed with outcome_unknown: it
-- may have gone out, so it is not sent again. First Evolution is asked once: a
-- row whose lane no sweeper has looked at since it became uncertain waits for
-- that. Returns how many.
CREATE OR REPLACE FUNCTION disparalead.sweep_uncertain_deadline(
	deadline_s integer, max_rows integer)
RETURNS integer
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT disparalead.end_messages(array_agg(d.id), ARRAY['uncertain'],
		'failed', 'outcome_unknown')
	FROM (SELECT m.id
	      FROM public.message_logs_dispara_lead_saas_02 m
	      JOIN public.campaigns_dispara_lead_saas_02 c
		ON c.id = m.campaign_id AND c.engine = 1
	      LEFT JOIN public.lanes_dispara_lead_saas_02 l
		ON l.instance_name = m.instance_name
	      WHERE m.generation IS NOT NULL AND m.status = 'uncertain'
		AND m.claimed_at < clock_timestamp()
			- make_interval(secs => deadline_s)
		AND (l.instance_name IS NULL OR l.reconciled_at >= m.updated_at)
	      ORDER BY m.claimed_at
	      LIMIT max_rows) d
$$;

------------------------------------------------------------------------------
-- What was kept: receipts for keys that are known by now, and its end
------------------------------------------------------------------------------

-- Receipts that came before their message's key was known, of that key (NULL:
-- of all whose key is a row's by now, max_rows of them).
CREATE OR REPLACE FUNCTION disparalead.kept_receipts(instance text, key text,
	max_rows integer)
RETURNS TABLE (instance_name text, evolution_key text, receipt text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT s.instance_name, s.evolution_key, u.receipt
	FROM (SELECT x.*
	      FROM public.seen_sends_dispara_lead_saas_02 x
	      JOIN public.message_logs_dispara_lead_saas_02 m
		ON m.instance_name = x.instance_name
	       AND m.evolution_key = x.evolution_key
	       AND m.generation IS NOT NULL
	      WHERE ($1 IS NULL OR x.instance_name = $1)
		AND ($2 IS NULL OR x.evolution_key = $2)
	      LIMIT $3) s
	LEFT JOIN LATERAL unnest(s.receipts) AS u(receipt) ON true
$$;

-- Forgets what was kept of these keys, and what is a day old, max_rows of it.
-- Returns how many went.
CREATE OR REPLACE FUNCTION disparalead.forget_seen_sends(instances text[],
	keys text[], max_rows integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	gone integer;
BEGIN
	WITH named AS MATERIALIZED (
		SELECT x.instance_name, x.evolution_key
		FROM public.seen_sends_dispara_lead_saas_02 x
		JOIN unnest($1, $2) AS u(instance_name, evolution_key)
		  ON x.instance_name = u.instance_name
		 AND x.evolution_key = u.evolution_key
		FOR UPDATE OF x SKIP LOCKED
	), old AS MATERIALIZED (
		SELECT x.instance_name, x.evolution_key
		FROM public.seen_sends_dispara_lead_saas_02 x
		WHERE x.created_at < clock_timestamp() - interval '1 day'
		LIMIT $3
		FOR UPDATE SKIP LOCKED
	)
	DELETE FROM public.seen_sends_dispara_lead_saas_02 s
	USING (TABLE named UNION TABLE old) AS g
	WHERE s.instance_name = g.instance_name
	  AND s.evolution_key = g.evolution_key;
	GET DIAGNOSTICS gone = ROW_COUNT;
	RETURN gone;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
