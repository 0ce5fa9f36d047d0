-- SPDX-License-Identifier: MIT
--
-- The embedded queue, in a schema of its own: what was accepted for delivery,
-- in which order its keys may go on, what ended in the dead-letter queue.
--
-- A message that waits has its next time in due_at. One that is being
-- delivered has a lease: lease_token is set and due_at is the lease's end, so
-- that "due_at has passed" means "deliver it" in either case, and a copy that
-- was killed loses nothing. Whoever delivers renews the lease while the
-- request lasts, and only the holder of lease_token ends it.
--
-- Lock order: deduplications by id, flow_keys by key, messages by id. Times
-- are clock_timestamp() read after the locks are held.

CREATE SCHEMA IF NOT EXISTS local_queue;

CREATE TABLE IF NOT EXISTS local_queue.accounts (
	id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	token text NOT NULL,
	current_signing_key text NOT NULL,
	next_signing_key text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE local_queue.accounts IS
	'a token and the signing keys that belong to it, made at first start';

CREATE TABLE IF NOT EXISTS local_queue.flow_keys (
	account_id integer NOT NULL
		REFERENCES local_queue.accounts ON DELETE CASCADE,
	key text NOT NULL,
	parallelism integer,
	rate integer,
	period_s integer NOT NULL DEFAULT 1,
	window_start timestamptz,
	window_count integer NOT NULL DEFAULT 0,
	ready_at timestamptz,
	last_dispatch_at timestamptz,
	updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (account_id, key)
) WITH (fillfactor = 50);
COMMENT ON TABLE local_queue.flow_keys IS
	'a flow-control key and its limits; the key '''' is of messages without one';
COMMENT ON COLUMN local_queue.flow_keys.parallelism IS 'NULL: any number';
COMMENT ON COLUMN local_queue.flow_keys.rate IS 'NULL: any number';
COMMENT ON COLUMN local_queue.flow_keys.window_start IS
	'the first dispatch of the fixed window that rate counts in';
COMMENT ON COLUMN local_queue.flow_keys.ready_at IS
	'no message of the key can go before; may be too early, never too late; '
	'NULL: nothing waits';

CREATE TABLE IF NOT EXISTS local_queue.messages (
	id text PRIMARY KEY,
	account_id integer NOT NULL
		REFERENCES local_queue.accounts ON DELETE CASCADE,
	flow_key text NOT NULL DEFAULT '',
	due_at timestamptz NOT NULL,
	lease_token uuid,
	retried integer NOT NULL DEFAULT 0,
	max_retries integer NOT NULL,
	url text NOT NULL,
	method text NOT NULL,
	headers json NOT NULL,
	body bytea NOT NULL,
	caller_ip text NOT NULL,
	labels text[] NOT NULL DEFAULT '{}',
	retry_delay text,
	timeout_ms integer,
	failure_callback json,
	parallelism integer,
	rate integer,
	period_s integer,
	not_before timestamptz NOT NULL,
	created_at timestamptz NOT NULL
) WITH (fillfactor = 85);
COMMENT ON TABLE local_queue.messages IS
	'accepted and not yet delivered, cancelled or dead';
COMMENT ON COLUMN local_queue.messages.due_at IS
	'when to deliver it; while lease_token is set: when the lease ends';
COMMENT ON COLUMN local_queue.messages.headers IS
	'what goes to the destination: [[name, value], ...], Content-Type included';
COMMENT ON COLUMN local_queue.messages.failure_callback IS
	'the message that is published when this one dies, but for its body';
CREATE INDEX IF NOT EXISTS messages_due ON local_queue.messages
	(account_id, flow_key, due_at, id);
CREATE INDEX IF NOT EXISTS messages_leased ON local_queue.messages
	(account_id, flow_key, due_at) WHERE lease_token IS NOT NULL;
CREATE INDEX IF NOT EXISTS messages_labels ON local_queue.messages
	USING gin (labels);

CREATE TABLE IF NOT EXISTS local_queue.deduplications (
	account_id integer NOT NULL
		REFERENCES local_queue.accounts ON DELETE CASCADE,
	id text NOT NULL,
	message_id text NOT NULL,
	expires_at timestamptz NOT NULL,
	PRIMARY KEY (account_id, id)
);
CREATE INDEX IF NOT EXISTS deduplications_expires
	ON local_queue.deduplications (expires_at);

CREATE TABLE IF NOT EXISTS local_queue.dead_letters (
	LIKE local_queue.messages,
	dlq_id text PRIMARY KEY,
	response_status integer NOT NULL,
	response_headers json NOT NULL,
	response_body bytea NOT NULL,
	died_at timestamptz NOT NULL
);
COMMENT ON TABLE local_queue.dead_letters IS
	'messages whose attempts are spent, with the last answer; kept 7 days';
CREATE INDEX IF NOT EXISTS dead_letters_order ON local_queue.dead_letters
	(account_id, died_at DESC, dlq_id DESC);

-- The account of that name, made with these credentials where it is new.
CREATE OR REPLACE FUNCTION local_queue.open_account(account_name text,
	new_token text, new_current text, new_next text)
RETURNS SETOF local_queue.accounts
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	INSERT INTO local_queue.accounts
		(name, token, current_signing_key, next_signing_key)
	SELECT account_name, new_token, new_current, new_next
	WHERE NOT EXISTS (SELECT FROM local_queue.accounts a
			  WHERE a.name = account_name)
	ON CONFLICT DO NOTHING;
	RETURN QUERY SELECT * FROM local_queue.accounts a
		WHERE a.name = account_name;
END
$$;

-- Which of the deduplication ids were free for their ten minutes and are now
-- taken; "ids" and "message_ids" belong together.
CREATE OR REPLACE FUNCTION local_queue.take_deduplication_ids(account integer,
	ids text[], message_ids text[])
RETURNS text[]
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	WITH taken AS (
		INSERT INTO local_queue.deduplications AS d
		SELECT DISTINCT ON (i.id) account, i.id, i.message_id,
			clock_timestamp() + interval '10 minutes'
		FROM unnest(ids, message_ids) WITH ORDINALITY
			AS i (id, message_id, place)
		ORDER BY i.id, i.place
		ON CONFLICT (account_id, id) DO UPDATE
		SET message_id = EXCLUDED.message_id,
		    expires_at = EXCLUDED.expires_at
		WHERE d.expires_at <= clock_timestamp()
		RETURNING d.message_id
	)
	SELECT coalesce(array_agg(message_id), '{}') FROM taken
$$;

-- Stores messages, all or none. items is an array of objects, one a message;
-- its members are the columns of local_queue.messages but body_hex,
-- not_before_ms (NULL: now), deduplication_id.
-- A row for each, in their order: the id that it has in the queue, which is
-- another message's where it was a duplicate.
CREATE OR REPLACE FUNCTION local_queue.publish(account integer, items json)
RETURNS TABLE (message_id text, is_duplicate boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	now_at timestamptz;
	fresh text[];
BEGIN
	SELECT local_queue.take_deduplication_ids(account,
			array_agg(i.deduplication_id), array_agg(i.id))
	INTO fresh
	FROM json_to_recordset(items) AS i (id text, deduplication_id text)
	WHERE i.deduplication_id IS NOT NULL;

	-- The limits of the latest message hold.
	INSERT INTO local_queue.flow_keys AS k
		(account_id, key, parallelism, rate, period_s, ready_at)
	SELECT account, w.flow_key, w.parallelism, w.rate, w.period_s,
		to_timestamp(w.first_ms / 1000.0)
	FROM (
		SELECT DISTINCT ON (i.flow_key) i.flow_key, i.parallelism,
			i.rate, coalesce(i.period_s, 1) AS period_s,
			min(coalesce(i.not_before_ms, 0))
				OVER (PARTITION BY i.flow_key) AS first_ms
		FROM ROWS FROM (json_to_recordset(items) AS (id text,
				deduplication_id text, flow_key text,
				parallelism integer, rate integer,
				period_s integer, not_before_ms bigint))
			WITH ORDINALITY AS i (id, deduplication_id, flow_key,
				parallelism, rate, period_s, not_before_ms,
				place)
		WHERE i.deduplication_id IS NULL OR i.id = ANY (fresh)
		ORDER BY i.flow_key, i.place DESC
	) AS w
	ORDER BY w.flow_key
	ON CONFLICT (account_id, key) DO UPDATE
	SET parallelism = EXCLUDED.parallelism, rate = EXCLUDED.rate,
	    period_s = EXCLUDED.period_s,
	    ready_at = least(k.ready_at, EXCLUDED.ready_at),
	    updated_at = clock_timestamp();

	now_at := clock_timestamp();
	INSERT INTO local_queue.messages (id, account_id, flow_key, due_at,
		max_retries, url, method, headers, body, caller_ip, labels,
		retry_delay, timeout_ms, failure_callback, parallelism, rate,
		period_s, not_before, created_at)
	SELECT i.id, account, i.flow_key,
		coalesce(to_timestamp(i.not_before_ms / 1000.0), now_at),
		i.max_retries, i.url, i.method, i.headers,
		decode(i.body_hex, 'hex'), i.caller_ip,
		ARRAY(SELECT json_array_elements_text(i.labels)),
		i.retry_delay, i.timeout_ms, i.failure_callback, i.parallelism,
		i.rate, i.period_s,
		coalesce(to_timestamp(i.not_before_ms / 1000.0), now_at), now_at
	FROM json_to_recordset(items) AS i (id text, deduplication_id text,
		flow_key text, not_before_ms bigint, max_retries integer,
		url text, method text, headers json, body_hex text,
		caller_ip text, labels json, retry_delay text,
		timeout_ms integer, failure_callback json, parallelism integer,
		rate integer, period_s integer)
	WHERE i.deduplication_id IS NULL OR i.id = ANY (fresh);

	RETURN QUERY
	SELECT coalesce(d.message_id, i.id),
		d.message_id IS NOT NULL AND d.message_id <> i.id
	FROM ROWS FROM (json_to_recordset(items) AS (id text,
			deduplication_id text))
		WITH ORDINALITY AS i (id, deduplication_id, place)
	LEFT JOIN local_queue.deduplications d
		ON d.account_id = account AND d.id = i.deduplication_id
	ORDER BY i.place;
END
$$;

-- How many more messages the key may begin to deliver at now_at.
CREATE OR REPLACE FUNCTION local_queue.room_of(k local_queue.flow_keys,
	now_at timestamptz)
RETURNS integer
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT greatest(0, least(
		k.parallelism - CASE WHEN k.parallelism IS NOT NULL THEN (
			SELECT count(*) FROM local_queue.messages m
			WHERE m.account_id = k.account_id
			  AND m.flow_key = k.key
			  AND m.lease_token IS NOT NULL
			  AND m.due_at > now_at)::integer END,
		k.rate - CASE WHEN k.window_start + make_interval(
					secs => k.period_s) > now_at
			 THEN k.window_count ELSE 0 END,
		1000000))
$$;

-- When the key is worth another look: its first message's time, no earlier
-- than its rate allows; where its parallelism is used up, when the first
-- lease ends (a delivery that ends before looks again itself).
CREATE OR REPLACE FUNCTION local_queue.next_look(k local_queue.flow_keys,
	now_at timestamptz)
RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE
	WHEN k.parallelism <= (SELECT count(*) FROM local_queue.messages m
			WHERE m.account_id = k.account_id
			  AND m.flow_key = k.key
			  AND m.lease_token IS NOT NULL AND m.due_at > now_at)
	THEN (SELECT min(m.due_at) FROM local_queue.messages m
		WHERE m.account_id = k.account_id AND m.flow_key = k.key
		  AND m.lease_token IS NOT NULL AND m.due_at > now_at)
	ELSE (SELECT CASE WHEN k.window_count >= k.rate
			  THEN greatest(first.due_at, k.window_start
				+ make_interval(secs => k.period_s))
			  ELSE first.due_at END
		FROM (SELECT m.due_at FROM local_queue.messages m
			WHERE m.account_id = k.account_id
			  AND m.flow_key = k.key
			ORDER BY m.due_at, m.id LIMIT 1) AS first)
	END
$$;

-- Leases up to "room" due messages, the keys in turn, each its share; a key
-- or message that somebody else has locked is left to him.
CREATE OR REPLACE FUNCTION local_queue.claim(account integer, room integer,
	lease_ms integer)
RETURNS SETOF local_queue.messages
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	ready text[];
	share integer;
	left_over integer := room;
	name text;
	k local_queue.flow_keys;
	now_at timestamptz;
	claimed integer;
BEGIN
	ready := ARRAY(SELECT f.key FROM local_queue.flow_keys f
		WHERE f.account_id = account AND f.ready_at <= clock_timestamp()
		ORDER BY f.last_dispatch_at NULLS FIRST, f.key
		LIMIT room FOR UPDATE SKIP LOCKED);
	share := ceil(room::numeric / greatest(cardinality(ready), 1));
	FOREACH name IN ARRAY ready LOOP
		EXIT WHEN left_over <= 0;
		SELECT * INTO k FROM local_queue.flow_keys f
		WHERE f.account_id = account AND f.key = name;
		now_at := clock_timestamp();
		RETURN QUERY
		UPDATE local_queue.messages m
		SET lease_token = gen_random_uuid(),
		    due_at = now_at + make_interval(secs => lease_ms / 1000.0)
		FROM (
			SELECT d.id FROM local_queue.messages d
			WHERE d.account_id = account AND d.flow_key = name
			  AND d.due_at <= now_at
			ORDER BY d.due_at, d.id
			LIMIT least(share, left_over,
				    local_queue.room_of(k, now_at))
			FOR UPDATE SKIP LOCKED
		) AS due
		WHERE m.id = due.id
		RETURNING m.*;
		GET DIAGNOSTICS claimed = ROW_COUNT;
		left_over := left_over - claimed;
		IF claimed > 0 THEN
			k.last_dispatch_at := now_at;
			IF k.window_start IS NULL OR k.window_start
			   + make_interval(secs => k.period_s) <= now_at THEN
				k.window_start := now_at;
				k.window_count := 0;
			END IF;
			k.window_count := k.window_count + claimed;
		END IF;
		UPDATE local_queue.flow_keys f
		SET window_start = k.window_start,
		    window_count = k.window_count,
		    last_dispatch_at = k.last_dispatch_at,
		    ready_at = local_queue.next_look(k, now_at)
		WHERE f.account_id = account AND f.key = name;
	END LOOP;
END
$$;

-- Keeps the leases of deliveries under way. How many it still found.
CREATE OR REPLACE FUNCTION local_queue.renew(ids text[], tokens uuid[],
	lease_ms integer)
RETURNS integer
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	WITH held AS (
		SELECT m.id FROM local_queue.messages m
		JOIN unnest(ids, tokens) AS h (id, token)
			ON h.id = m.id AND h.token = m.lease_token
		ORDER BY m.id FOR UPDATE OF m
	), renewed AS (
		UPDATE local_queue.messages m
		SET due_at = clock_timestamp()
			+ make_interval(secs => lease_ms / 1000.0)
		FROM held WHERE m.id = held.id
		RETURNING 1
	)
	SELECT count(*)::integer FROM renewed
$$;

-- After a delivery: its key is worth a look at retry_at (NULL: no retry), or
-- now where the end makes room under its parallelism.
CREATE OR REPLACE FUNCTION local_queue.look_again(account integer, name text,
	retry_at timestamptz)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE local_queue.flow_keys k
	SET ready_at = least(k.ready_at,
		CASE WHEN k.parallelism IS NULL THEN retry_at
		     ELSE clock_timestamp() END)
	WHERE k.account_id = account AND k.key = name
	  AND (k.parallelism IS NOT NULL OR retry_at < k.ready_at
	       OR (retry_at IS NOT NULL AND k.ready_at IS NULL))
$$;

-- The three ends of a delivery. False: the lease was another's, or the
-- message was cancelled meanwhile; nothing done.

CREATE OR REPLACE FUNCTION local_queue.end_delivered(message text, token uuid)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM local_queue.look_again(m.account_id, m.flow_key, NULL)
	FROM local_queue.messages m WHERE m.id = message;
	DELETE FROM local_queue.messages
	WHERE id = message AND lease_token = token;
	RETURN FOUND;
END
$$;

CREATE OR REPLACE FUNCTION local_queue.end_for_now(message text, token uuid,
	delay_ms bigint)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	next_at CONSTANT timestamptz := clock_timestamp()
		+ make_interval(secs => delay_ms / 1000.0);
BEGIN
	PERFORM local_queue.look_again(m.account_id, m.flow_key, next_at)
	FROM local_queue.messages m WHERE m.id = message;
	UPDATE local_queue.messages
	SET retried = retried + 1, lease_token = NULL, due_at = next_at
	WHERE id = message AND lease_token = token;
	RETURN FOUND;
END
$$;

-- callback is the failure callback as publish() takes it, or NULL.
CREATE OR REPLACE FUNCTION local_queue.end_dead(message text, token uuid,
	dlq text, status integer, answer_headers json, answer_body bytea,
	callback json)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	m local_queue.messages;
BEGIN
	SELECT * INTO m FROM local_queue.messages
	WHERE id = message AND lease_token = token;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF callback IS NOT NULL THEN
		PERFORM local_queue.publish(m.account_id,
			json_build_array(callback));
	END IF;
	PERFORM local_queue.look_again(m.account_id, m.flow_key, NULL);
	DELETE FROM local_queue.messages
	WHERE id = message AND lease_token = token;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the lease of % was lost', message
			USING ERRCODE = 'serialization_failure';
	END IF;
	INSERT INTO local_queue.dead_letters
	SELECT m.*, dlq, status, answer_headers, answer_body,
		clock_timestamp();
	RETURN true;
END
$$;

-- Cancels messages by their ids, or those with a label, at most max_count
-- (NULL: all). How many.
CREATE OR REPLACE FUNCTION local_queue.cancel(account integer,
	message_ids text[], wanted_label text, max_count integer)
RETURNS integer
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	WITH doomed AS (
		SELECT m.id FROM local_queue.messages m
		WHERE m.account_id = account
		  AND (m.id = ANY (message_ids)
		       OR m.labels @> ARRAY[wanted_label])
		ORDER BY m.id LIMIT max_count FOR UPDATE
	), gone AS (
		DELETE FROM local_queue.messages m USING doomed
		WHERE m.id = doomed.id
		RETURNING 1
	)
	SELECT count(*)::integer FROM gone
$$;

-- Throws away what nobody can ask for any more.
CREATE OR REPLACE FUNCTION local_queue.clean()
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	DELETE FROM local_queue.deduplications d
	USING (SELECT account_id, id FROM local_queue.deduplications
	       WHERE expires_at < clock_timestamp()
	       ORDER BY expires_at LIMIT 10000 FOR UPDATE SKIP LOCKED) AS old
	WHERE d.account_id = old.account_id AND d.id = old.id;
	DELETE FROM local_queue.dead_letters
	WHERE died_at < clock_timestamp() - interval '7 days';
	DELETE FROM local_queue.flow_keys k
	USING (SELECT account_id, key FROM local_queue.flow_keys
	       WHERE ready_at IS NULL
		 AND updated_at < clock_timestamp() - interval '8 days'
	       FOR UPDATE SKIP LOCKED) AS idle
	WHERE k.account_id = idle.account_id AND k.key = idle.key
	  AND k.ready_at IS NULL;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA local_queue FROM PUBLIC;
