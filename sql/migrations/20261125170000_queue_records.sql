-- SPDX-License-Identifier: MIT
--
-- The queue's records: an event for each change of a message's state, and
-- what has ended, so that the log and a message can still be shown. A message
-- is in one of three tables: messages while it waits or is being delivered,
-- dead_letters, finished. With them the states that the API can set: a key
-- that is paused or pinned, a message that is cancelled while its delivery is
-- under way.
--
-- Lock order: deduplications by id, flow_keys by key, messages by id. Events
-- and finished are only appended to; clean() takes from them.

ALTER TABLE local_queue.flow_keys
	ADD COLUMN IF NOT EXISTS is_paused boolean NOT NULL DEFAULT false,
	ADD COLUMN IF NOT EXISTS is_parallelism_pinned boolean
		NOT NULL DEFAULT false,
	ADD COLUMN IF NOT EXISTS is_rate_pinned boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN local_queue.flow_keys.is_paused IS
	'nothing of it is delivered; its rate''s window goes on';
COMMENT ON COLUMN local_queue.flow_keys.is_parallelism_pinned IS
	'the limit stays as it is, whatever messages bring';

ALTER TABLE local_queue.messages
	ADD COLUMN IF NOT EXISTS callback json,
	ADD COLUMN IF NOT EXISTS cancelled_at timestamptz;
COMMENT ON COLUMN local_queue.messages.callback IS
	'the message that is published after each attempt, but for its body';
COMMENT ON COLUMN local_queue.messages.cancelled_at IS
	'cancelled while its delivery was under way: no other follows';
CREATE INDEX IF NOT EXISTS messages_cancelled ON local_queue.messages (due_at)
	WHERE cancelled_at IS NOT NULL;
ALTER TABLE local_queue.dead_letters ADD COLUMN IF NOT EXISTS callback json;

CREATE TABLE IF NOT EXISTS local_queue.finished (
	id text PRIMARY KEY,
	account_id integer NOT NULL
		REFERENCES local_queue.accounts ON DELETE CASCADE,
	flow_key text NOT NULL,
	max_retries integer NOT NULL,
	url text NOT NULL,
	method text NOT NULL,
	headers json NOT NULL,
	body bytea NOT NULL,
	caller_ip text NOT NULL,
	labels text[] NOT NULL,
	retry_delay text,
	timeout_ms integer,
	callback json,
	failure_callback json,
	parallelism integer,
	rate integer,
	period_s integer,
	not_before timestamptz NOT NULL,
	created_at timestamptz NOT NULL,
	state text NOT NULL CHECK (state IN ('DELIVERED', 'CANCELLED', 'FAILED')),
	ended_at timestamptz NOT NULL
);
COMMENT ON TABLE local_queue.finished IS
	'messages delivered, cancelled, or taken out of the dead-letter queue; '
	'kept as long as the log';
CREATE INDEX IF NOT EXISTS finished_ended ON local_queue.finished (ended_at);

CREATE TABLE IF NOT EXISTS local_queue.events (
	account_id integer NOT NULL
		REFERENCES local_queue.accounts ON DELETE CASCADE,
	at timestamptz NOT NULL,
	seq bigint GENERATED ALWAYS AS IDENTITY,
	message_id text NOT NULL,
	state text NOT NULL CHECK (state IN ('CREATED', 'ACTIVE', 'RETRY',
		'ERROR', 'DELIVERED', 'FAILED', 'CANCEL_REQUESTED',
		'CANCELLED')),
	next_at timestamptz,
	response_status integer,
	response_headers json,
	response_body bytea,
	PRIMARY KEY (account_id, at, seq)
);
COMMENT ON TABLE local_queue.events IS
	'the log: a row for each change of a message''s state, append-only';
COMMENT ON COLUMN local_queue.events.response_status IS
	'0: no answer, and response_body says why; NULL: no attempt ended';
CREATE INDEX IF NOT EXISTS events_message ON local_queue.events (message_id);

-- Every message that is still known, whatever became of it.
CREATE OR REPLACE VIEW local_queue.known AS
	SELECT id, account_id, flow_key, max_retries, url, method, headers,
		body, caller_ip, labels, retry_delay, timeout_ms, callback,
		failure_callback, parallelism, rate, period_s, not_before,
		created_at
	FROM local_queue.messages
	UNION ALL
	SELECT id, account_id, flow_key, max_retries, url, method, headers,
		body, caller_ip, labels, retry_delay, timeout_ms, callback,
		failure_callback, parallelism, rate, period_s, not_before,
		created_at
	FROM local_queue.finished
	UNION ALL
	SELECT id, account_id, flow_key, max_retries, url, method, headers,
		body, caller_ip, labels, retry_delay, timeout_ms, callback,
		failure_callback, parallelism, rate, period_s, not_before,
		created_at
	FROM local_queue.dead_letters;

-- What publish() is given, read once.
DO $$
BEGIN
	IF to_regtype('local_queue.item') IS NULL THEN
		CREATE TYPE local_queue.item AS (
			place bigint, id text, deduplication_id text,
			flow_key text, not_before timestamptz,
			max_retries integer, url text, method text,
			headers json, body bytea, caller_ip text,
			labels text[], retry_delay text, timeout_ms integer,
			callback json, failure_callback json,
			parallelism integer, rate integer, period_s integer);
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION local_queue.read_items(items json)
RETURNS local_queue.item[]
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ARRAY(SELECT ROW(i.place, i.id, i.deduplication_id, i.flow_key,
		to_timestamp(i.not_before_ms / 1000.0), i.max_retries, i.url,
		i.method, i.headers, decode(i.body_hex, 'hex'), i.caller_ip,
		ARRAY(SELECT json_array_elements_text(i.labels)),
		i.retry_delay, i.timeout_ms, i.callback, i.failure_callback,
		i.parallelism, i.rate, i.period_s)::local_queue.item
	FROM ROWS FROM (json_to_recordset(items) AS (id text,
			deduplication_id text, flow_key text,
			not_before_ms bigint, max_retries integer, url text,
			method text, headers json, body_hex text,
			caller_ip text, labels json, retry_delay text,
			timeout_ms integer, callback json,
			failure_callback json, parallelism integer,
			rate integer, period_s integer))
		WITH ORDINALITY AS i (id, deduplication_id, flow_key,
			not_before_ms, max_retries, url, method, headers,
			body_hex, caller_ip, labels, retry_delay, timeout_ms,
			callback, failure_callback, parallelism, rate,
			period_s, place))
$$;

-- The limits of the latest message of each key hold, but those that are
-- pinned; the key is looked at when its first message is due.
CREATE OR REPLACE FUNCTION local_queue.set_limits(account integer,
	items local_queue.item[])
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO local_queue.flow_keys AS k
		(account_id, key, parallelism, rate, period_s, ready_at)
	SELECT account, w.flow_key, w.parallelism, w.rate, w.period_s,
		w.first_at
	FROM (
		SELECT DISTINCT ON (i.flow_key) i.flow_key, i.parallelism,
			i.rate, coalesce(i.period_s, 1) AS period_s,
			min(coalesce(i.not_before, to_timestamp(0)))
				OVER (PARTITION BY i.flow_key) AS first_at
		FROM unnest(items) AS i
		ORDER BY i.flow_key, i.place DESC
	) AS w
	ORDER BY w.flow_key
	ON CONFLICT (account_id, key) DO UPDATE
	SET parallelism = CASE WHEN k.is_parallelism_pinned THEN k.parallelism
			       ELSE EXCLUDED.parallelism END,
	    rate = CASE WHEN k.is_rate_pinned THEN k.rate
			ELSE EXCLUDED.rate END,
	    period_s = CASE WHEN k.is_rate_pinned THEN k.period_s
			    ELSE EXCLUDED.period_s END,
	    ready_at = least(k.ready_at, EXCLUDED.ready_at),
	    updated_at = clock_timestamp()
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
	given CONSTANT local_queue.item[] := local_queue.read_items(items);
	fresh local_queue.item[] := given;
	now_at timestamptz;
	taken text[];
	may_repeat boolean;
BEGIN
	SELECT local_queue.take_deduplication_ids(account,
			array_agg(i.deduplication_id), array_agg(i.id))
	INTO taken
	FROM unnest(given) AS i
	WHERE i.deduplication_id IS NOT NULL
	HAVING count(*) > 0;
	may_repeat := FOUND;
	IF may_repeat THEN
		fresh := ARRAY(SELECT i FROM unnest(given) AS i
			WHERE i.deduplication_id IS NULL OR i.id = ANY (taken)
			ORDER BY i.place);
	END IF;
	PERFORM local_queue.set_limits(account, fresh);
	now_at := clock_timestamp();
	WITH stored AS (
		INSERT INTO local_queue.messages (id, account_id, flow_key,
			due_at, max_retries, url, method, headers, body,
			caller_ip, labels, retry_delay, timeout_ms, callback,
			failure_callback, parallelism, rate, period_s,
			not_before, created_at)
		SELECT i.id, account, i.flow_key, coalesce(i.not_before, now_at),
			i.max_retries, i.url, i.method, i.headers, i.body,
			i.caller_ip, i.labels, i.retry_delay, i.timeout_ms,
			i.callback, i.failure_callback, i.parallelism, i.rate,
			i.period_s, coalesce(i.not_before, now_at), now_at
		FROM unnest(fresh) AS i
		RETURNING id
	)
	INSERT INTO local_queue.events (account_id, at, message_id, state)
	SELECT account, now_at, id, 'CREATED' FROM stored;
	IF NOT may_repeat THEN
		RETURN QUERY SELECT i.id, false FROM unnest(given) AS i
			ORDER BY i.place;
		RETURN;
	END IF;
	RETURN QUERY
	SELECT coalesce(d.message_id, i.id),
		d.message_id IS NOT NULL AND d.message_id <> i.id
	FROM unnest(given) AS i
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
	SELECT CASE WHEN k.is_paused THEN 0 ELSE greatest(0, least(
		k.parallelism - CASE WHEN k.parallelism IS NOT NULL THEN (
			SELECT count(*) FROM local_queue.messages m
			WHERE m.account_id = k.account_id
			  AND m.flow_key = k.key
			  AND m.lease_token IS NOT NULL
			  AND m.due_at > now_at)::integer END,
		k.rate - CASE WHEN k.window_start + make_interval(
					secs => k.period_s) > now_at
			 THEN k.window_count ELSE 0 END,
		1000000)) END
$$;

-- When the key is worth another look: its first message's time, no earlier
-- than its rate allows; where its parallelism is used up, when the first
-- lease ends (a delivery that ends before looks again itself); while it is
-- paused, never (resuming looks itself).
CREATE OR REPLACE FUNCTION local_queue.next_look(k local_queue.flow_keys,
	now_at timestamptz)
RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE
	WHEN k.is_paused THEN NULL
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
			  AND m.cancelled_at IS NULL
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
		-- Not a subquery: where the planner takes the table for empty
		-- it would run that for each message, past its limit.
		WITH due AS MATERIALIZED (
			SELECT d.id FROM local_queue.messages d
			WHERE d.account_id = account
			  AND d.flow_key = name AND d.due_at <= now_at
			  AND d.cancelled_at IS NULL
			ORDER BY d.due_at, d.id
			LIMIT least(share, left_over,
				    local_queue.room_of(k, now_at))
			FOR UPDATE SKIP LOCKED
		), leased AS (
			UPDATE local_queue.messages m
			SET lease_token = gen_random_uuid(),
			    due_at = now_at
				+ make_interval(secs => lease_ms / 1000.0)
			FROM due
			WHERE m.id = due.id
			RETURNING m.*
		), logged AS (
			INSERT INTO local_queue.events
				(account_id, at, message_id, state)
			SELECT account, now_at, l.id, 'ACTIVE' FROM leased l
		)
		SELECT * FROM leased;
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

-- Puts messages that have ended without an answer among the finished.
CREATE OR REPLACE FUNCTION local_queue.finish(message_ids text[],
	new_state text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	now_at CONSTANT timestamptz := clock_timestamp();
BEGIN
	WITH gone AS (
		DELETE FROM local_queue.messages m
		WHERE m.id = ANY (message_ids)
		RETURNING m.*
	), kept AS (
		INSERT INTO local_queue.finished (id, account_id, flow_key,
			max_retries, url, method, headers, body, caller_ip,
			labels, retry_delay, timeout_ms, callback,
			failure_callback, parallelism, rate, period_s,
			not_before, created_at, state, ended_at)
		SELECT id, account_id, flow_key, max_retries, url, method,
			headers, body, caller_ip, labels, retry_delay,
			timeout_ms, callback, failure_callback, parallelism,
			rate, period_s, not_before, created_at, new_state,
			now_at
		FROM gone
		RETURNING id, account_id
	)
	INSERT INTO local_queue.events (account_id, at, message_id, state)
	SELECT account_id, now_at, id, new_state FROM kept;
END
$$;

-- What the ends of a delivery have in common: publishes the callbacks (items
-- of publish(), or NULL), has the key looked at (see look_again()), and gives
-- the message, locked. An empty row: the lease was another's; nothing done.
CREATE OR REPLACE FUNCTION local_queue.take_back(message text, token uuid,
	callbacks json, retry_at timestamptz)
RETURNS local_queue.messages
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	m local_queue.messages;
BEGIN
	SELECT * INTO m FROM local_queue.messages
	WHERE id = message AND lease_token = token;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	IF callbacks IS NOT NULL AND m.cancelled_at IS NULL THEN
		PERFORM local_queue.publish(m.account_id, callbacks);
	END IF;
	PERFORM local_queue.look_again(m.account_id, m.flow_key, retry_at);
	SELECT * INTO m FROM local_queue.messages
	WHERE id = message AND lease_token = token FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the lease of % was lost', message
			USING ERRCODE = 'serialization_failure';
	END IF;
	RETURN m;
END
$$;

-- The three ends of a delivery. False: the lease was another's; nothing done.
-- callbacks (end_dead: callback) as above; the answer's status is 0 where none
-- came. One that failed after it was cancelled ends there.
DROP FUNCTION IF EXISTS local_queue.end_delivered(text, uuid);
DROP FUNCTION IF EXISTS local_queue.end_for_now(text, uuid, bigint);

-- Many at once: the arrays belong together. A row for each, item from 1.
CREATE OR REPLACE FUNCTION local_queue.end_delivered(message_ids text[],
	tokens uuid[], statuses integer[], answer_headers json[],
	answer_bodies bytea[], callbacks json[])
RETURNS TABLE (item integer, is_ended boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	now_at timestamptz;
BEGIN
	PERFORM local_queue.publish(c.account_id, c.items)
	FROM (
		SELECT m.account_id, json_agg(i.value) AS items
		FROM unnest(message_ids, tokens, callbacks)
			AS g (id, token, callbacks)
		JOIN local_queue.messages m
			ON m.id = g.id AND m.lease_token = g.token
		CROSS JOIN json_array_elements(g.callbacks) AS i
		WHERE g.callbacks IS NOT NULL AND m.cancelled_at IS NULL
		GROUP BY m.account_id ORDER BY m.account_id
	) AS c;
	UPDATE local_queue.flow_keys k
	SET ready_at = least(k.ready_at, clock_timestamp())
	FROM (
		SELECT f.account_id, f.key FROM local_queue.flow_keys f
		WHERE f.parallelism IS NOT NULL AND (f.account_id, f.key) IN (
			SELECT m.account_id, m.flow_key
			FROM local_queue.messages m
			WHERE m.id = ANY (message_ids))
		ORDER BY f.account_id, f.key FOR UPDATE
	) AS freed
	WHERE k.account_id = freed.account_id AND k.key = freed.key;
	now_at := clock_timestamp();
	RETURN QUERY
	WITH given AS (
		SELECT * FROM unnest(message_ids, tokens, statuses,
			answer_headers, answer_bodies) WITH ORDINALITY
			AS g (id, token, status, headers, body, place)
	), held AS (
		SELECT m.id FROM local_queue.messages m
		JOIN given g ON g.id = m.id AND g.token = m.lease_token
		ORDER BY m.id FOR UPDATE OF m
	), gone AS (
		DELETE FROM local_queue.messages m USING held h
		WHERE m.id = h.id
		RETURNING m.*
	), kept AS (
		INSERT INTO local_queue.finished AS f (id, account_id, flow_key,
			max_retries, url, method, headers, body, caller_ip,
			labels, retry_delay, timeout_ms, callback,
			failure_callback, parallelism, rate, period_s,
			not_before, created_at, state, ended_at)
		SELECT m.id, m.account_id, m.flow_key, m.max_retries, m.url,
			m.method, m.headers, m.body, m.caller_ip, m.labels,
			m.retry_delay, m.timeout_ms, m.callback,
			m.failure_callback, m.parallelism, m.rate, m.period_s,
			m.not_before, m.created_at, 'DELIVERED', now_at
		FROM gone m
		RETURNING f.id, f.account_id
	), logged AS (
		INSERT INTO local_queue.events AS e (account_id, at,
			message_id, state, response_status, response_headers,
			response_body)
		SELECT k.account_id, now_at, k.id, 'DELIVERED', g.status,
			g.headers, g.body
		FROM kept k JOIN given g ON g.id = k.id
		RETURNING e.message_id
	)
	SELECT g.place::integer, l.message_id IS NOT NULL
	FROM given g LEFT JOIN logged l ON l.message_id = g.id
	ORDER BY g.place;
END
$$;

-- The event of an attempt that failed.
CREATE OR REPLACE FUNCTION local_queue.log_error(m local_queue.messages,
	status integer, answer_headers json, answer_body bytea)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO local_queue.events (account_id, at, message_id, state,
		response_status, response_headers, response_body)
	VALUES (m.account_id, clock_timestamp(), m.id, 'ERROR', status,
		answer_headers, answer_body)
$$;

CREATE OR REPLACE FUNCTION local_queue.end_for_now(message text, token uuid,
	delay_ms bigint, status integer, answer_headers json,
	answer_body bytea, callbacks json)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	next_at CONSTANT timestamptz := clock_timestamp()
		+ make_interval(secs => delay_ms / 1000.0);
	m local_queue.messages;
BEGIN
	m := local_queue.take_back(message, token, callbacks, next_at);
	IF m.id IS NULL THEN
		RETURN false;
	END IF;
	PERFORM local_queue.log_error(m, status, answer_headers, answer_body);
	IF m.cancelled_at IS NOT NULL THEN
		PERFORM local_queue.finish(ARRAY[m.id], 'CANCELLED');
		RETURN true;
	END IF;
	INSERT INTO local_queue.events
		(account_id, at, message_id, state, next_at)
	VALUES (m.account_id, clock_timestamp(), m.id, 'RETRY', next_at);
	UPDATE local_queue.messages
	SET retried = retried + 1, lease_token = NULL, due_at = next_at
	WHERE id = m.id;
	RETURN true;
END
$$;

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
	m := local_queue.take_back(message, token, callback, NULL);
	IF m.id IS NULL THEN
		RETURN false;
	END IF;
	PERFORM local_queue.log_error(m, status, answer_headers, answer_body);
	IF m.cancelled_at IS NOT NULL THEN
		PERFORM local_queue.finish(ARRAY[m.id], 'CANCELLED');
		RETURN true;
	END IF;
	DELETE FROM local_queue.messages WHERE id = m.id;
	INSERT INTO local_queue.dead_letters (id, account_id, flow_key, due_at,
		retried, max_retries, url, method, headers, body, caller_ip,
		labels, retry_delay, timeout_ms, callback, failure_callback,
		parallelism, rate, period_s, not_before, created_at, dlq_id,
		response_status, response_headers, response_body, died_at)
	VALUES (m.id, m.account_id, m.flow_key, m.due_at, m.retried,
		m.max_retries, m.url, m.method, m.headers, m.body, m.caller_ip,
		m.labels, m.retry_delay, m.timeout_ms, m.callback,
		m.failure_callback, m.parallelism, m.rate, m.period_s,
		m.not_before, m.created_at, dlq, status, answer_headers,
		answer_body, clock_timestamp());
	INSERT INTO local_queue.events (account_id, at, message_id, state,
		response_status)
	VALUES (m.account_id, clock_timestamp(), m.id, 'FAILED', status);
	RETURN true;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA local_queue FROM PUBLIC;
