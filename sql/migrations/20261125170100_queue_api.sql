-- SPDX-License-Identifier: MIT
--
-- What the queue's API asks for beyond publishing: filters, the log, the
-- dead-letter queue, flow-control keys, signing keys, and the cleaning of
-- what is older than it is kept.
--
-- Filters are a JSON object: a member is an array of texts, any of which
-- fits, fromDate and toDate are unix milliseconds; all members have to fit.
-- Its names are the API's. It is turned into SQL with every value quoted, so
-- that the planner sees the values and takes the index that fits them.
--
-- Lock order: dead_letters by dlq_id, then as for publishing.

ALTER TABLE local_queue.accounts
	ADD COLUMN IF NOT EXISTS read_token text,
	ADD COLUMN IF NOT EXISTS rotated_at timestamptz;
COMMENT ON COLUMN local_queue.accounts.read_token IS 'may look, not touch';
COMMENT ON COLUMN local_queue.accounts.rotated_at IS
	'from then on the keys kept here go before those of the settings';

-- ------------------------------------------------------------------ filters

CREATE OR REPLACE FUNCTION local_queue.filter_values(filters json, name text)
RETURNS text[]
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ARRAY(SELECT json_array_elements_text(filters -> name))
$$;

-- " AND ..." about a message m (of an event e), whose id and time are these
-- columns.
CREATE OR REPLACE FUNCTION local_queue.condition(filters json,
	id_column text, time_column text)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT coalesce(string_agg(' AND ' || CASE
		WHEN c.name IN ('fromDate', 'toDate') THEN format(c.form,
			time_column, (filters ->> c.name)::bigint)
		WHEN c.name = 'messageIds' THEN format(c.form, id_column,
			local_queue.filter_values(filters, c.name))
		ELSE format(c.form, local_queue.filter_values(filters, c.name))
		END, ''), '')
	FROM (VALUES
		('messageIds', '%s = ANY (%L::text[])'),
		('dlqIds', 'm.dlq_id = ANY (%L::text[])'),
		('label', 'm.labels && %L::text[]'),
		('flowControlKey', 'm.flow_key = ANY (%L::text[])'),
		('url', 'm.url = ANY (%L::text[])'),
		('host', 'substring(m.url from ''^[^:]+://(?:[^/?#@]*@)?([^/?#]+)'')'
			' = ANY (%L::text[])'),
		('path', 'coalesce(nullif(substring(m.url from'
			' ''^[^:]+://[^/?#]*([^?#]*)''), ''''), ''/'')'
			' = ANY (%L::text[])'),
		('callerIp', 'm.caller_ip = ANY (%L::text[])'),
		('responseStatus', 'm.response_status = ANY (%L::integer[])'),
		('state', 'e.state = ANY (%L::text[])'),
		('fromDate', '%s >= to_timestamp(%s / 1000.0)'),
		('toDate', '%s < to_timestamp((%s + 1) / 1000.0)'),
		-- What no message here has.
		('topicName', 'false'), ('queueName', 'false'),
		('scheduleId', 'false')
	) AS c (name, form)
	WHERE filters -> c.name IS NOT NULL
$$;

-- A place in a list that is ordered by a time and an id.
CREATE OR REPLACE FUNCTION local_queue.cursor_of(at timestamptz, id text)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT (extract(epoch FROM at) * 1000000)::bigint || '-' || id
$$;

-- " AND ..." behind that place. A cursor that is a number alone is unix
-- milliseconds, as the vendor's client makes them up.
CREATE OR REPLACE FUNCTION local_queue.behind(place text, columns text,
	is_earliest_first boolean)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE
	WHEN place IS NULL THEN ''
	WHEN position('-' IN place) = 0 THEN format(
		' AND %s %s= to_timestamp(%s / 1000.0)',
		split_part(columns, ',', 1),
		CASE WHEN is_earliest_first THEN '>' ELSE '<' END,
		place::bigint)
	ELSE format(' AND (%s) %s (timestamptz ''epoch'''
		' + %s * interval ''1 microsecond'', %L)', columns,
		CASE WHEN is_earliest_first THEN '>' ELSE '<' END,
		split_part(place, '-', 1)::bigint,
		substr(place, position('-' IN place) + 1))
	END
$$;

-- " ORDER BY ..."
CREATE OR REPLACE FUNCTION local_queue.ordered(first_column text,
	second_column text, is_earliest_first boolean)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format(CASE WHEN is_earliest_first THEN ' ORDER BY %s, %s'
		ELSE ' ORDER BY %s DESC, %s DESC' END,
		first_column, second_column)
$$;

-- ------------------------------------------------------------------ the log

-- A page of events with the messages that they are of.
CREATE OR REPLACE FUNCTION local_queue.list_events(account integer,
	filters json, place text, max_count integer, is_earliest_first boolean)
RETURNS TABLE (place_after text, event local_queue.events,
	message local_queue.known)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE
		'SELECT local_queue.cursor_of(e.at, e.seq::text), e, m'
		' FROM local_queue.events e'
		' JOIN local_queue.known m ON m.id = e.message_id'
		' WHERE e.account_id = $1'
		|| local_queue.condition(filters, 'e.message_id', 'e.at')
		|| local_queue.behind(place, 'e.at, e.seq', is_earliest_first)
		|| local_queue.ordered('e.at', 'e.seq', is_earliest_first)
		|| ' LIMIT $2'
		USING account, max_count;
END
$$;

-- ----------------------------------------------------------------- messages

DROP FUNCTION IF EXISTS local_queue.cancel(integer, text[], text, integer);

-- Cancels at most max_count messages that fit. One whose delivery is under
-- way stays until that ends, and gets no other. How many.
CREATE OR REPLACE FUNCTION local_queue.cancel(account integer, filters json,
	max_count integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	ids text[];
	waiting text[];
	now_at timestamptz;
BEGIN
	EXECUTE 'SELECT array_agg(d.id) FROM (SELECT m.id'
		' FROM local_queue.messages m'
		' WHERE m.account_id = $1 AND m.cancelled_at IS NULL'
		|| local_queue.condition(filters, 'm.id', 'm.created_at')
		|| ' ORDER BY m.id LIMIT $2 FOR UPDATE) AS d'
	INTO ids USING account, max_count;
	now_at := clock_timestamp();
	INSERT INTO local_queue.events (account_id, at, message_id, state)
	SELECT account, now_at, id, 'CANCEL_REQUESTED'
	FROM unnest(ids) AS id;
	waiting := ARRAY(SELECT m.id FROM local_queue.messages m
		WHERE m.id = ANY (ids)
		  AND (m.lease_token IS NULL OR m.due_at <= now_at));
	UPDATE local_queue.messages m SET cancelled_at = now_at
	WHERE m.id = ANY (ids) AND m.id <> ALL (waiting);
	PERFORM local_queue.finish(waiting, 'CANCELLED');
	RETURN coalesce(cardinality(ids), 0);
END
$$;

-- Makes a message that waits due, whatever it waits for but its key's limits.
-- False: it is not there.
CREATE OR REPLACE FUNCTION local_queue.retry_now(account integer, message text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	key_name text;
BEGIN
	SELECT flow_key INTO key_name FROM local_queue.messages
	WHERE account_id = account AND id = message AND cancelled_at IS NULL;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	UPDATE local_queue.flow_keys
	SET ready_at = least(ready_at, clock_timestamp())
	WHERE account_id = account AND key = key_name;
	UPDATE local_queue.messages SET due_at = clock_timestamp()
	WHERE id = message AND lease_token IS NULL
	  AND due_at > clock_timestamp();
	RETURN true;
END
$$;

-- -------------------------------------------------------- the dead letters

CREATE OR REPLACE FUNCTION local_queue.list_dead(account integer,
	filters json, place text, max_count integer, is_earliest_first boolean)
RETURNS SETOF local_queue.dead_letters
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE
		'SELECT m.* FROM local_queue.dead_letters m'
		' WHERE m.account_id = $1'
		|| local_queue.condition(filters, 'm.id', 'm.died_at')
		|| local_queue.behind(place, 'm.died_at, m.dlq_id',
			is_earliest_first)
		|| local_queue.ordered('m.died_at', 'm.dlq_id',
			is_earliest_first)
		|| ' LIMIT $2'
		USING account, max_count;
END
$$;

-- Locks the first max_count that fit; place_after: where more follow.
CREATE OR REPLACE FUNCTION local_queue.hold_dead(account integer,
	filters json, place text, max_count integer, OUT ids text[],
	OUT place_after text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	ids := ARRAY(SELECT dlq_id FROM local_queue.list_dead(account, filters,
		place, max_count + 1, false));
	IF cardinality(ids) > max_count THEN
		ids := ids[1:max_count];
		SELECT local_queue.cursor_of(died_at, dlq_id) INTO place_after
		FROM local_queue.dead_letters WHERE dlq_id = ids[max_count];
	END IF;
	PERFORM FROM local_queue.dead_letters WHERE dlq_id = ANY (ids)
	ORDER BY dlq_id FOR UPDATE;
END
$$;

-- Takes dead letters away; their messages stay as long as the log. How many.
CREATE OR REPLACE FUNCTION local_queue.drop_dead(dlq_ids text[])
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	n integer;
BEGIN
	WITH gone AS (
		DELETE FROM local_queue.dead_letters
		WHERE dlq_id = ANY (dlq_ids)
		RETURNING *
	)
	INSERT INTO local_queue.finished (id, account_id, flow_key,
		max_retries, url, method, headers, body, caller_ip, labels,
		retry_delay, timeout_ms, callback, failure_callback,
		parallelism, rate, period_s, not_before, created_at, state,
		ended_at)
	SELECT id, account_id, flow_key, max_retries, url, method, headers,
		body, caller_ip, labels, retry_delay, timeout_ms, callback,
		failure_callback, parallelism, rate, period_s, not_before,
		created_at, 'FAILED', clock_timestamp()
	FROM gone;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

CREATE OR REPLACE FUNCTION local_queue.delete_dead(account integer,
	filters json, place text, max_count integer, OUT n integer,
	OUT place_after text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	ids text[];
BEGIN
	SELECT h.ids, h.place_after INTO ids, place_after
	FROM local_queue.hold_dead(account, filters, place, max_count) AS h;
	n := local_queue.drop_dead(ids);
END
$$;

-- A dead letter as an item of publish(), the options of the request that
-- revives it over its own. forward: headers as they are stored, to replace
-- those of the same name.
CREATE OR REPLACE FUNCTION local_queue.revived(d local_queue.dead_letters,
	place bigint, options jsonb)
RETURNS jsonb
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT jsonb_build_object(
		-- Its time, then its place, as the ids of new messages have.
		'id', 'msg_' || lpad(to_hex((extract(epoch FROM
				clock_timestamp()) * 1000)::bigint), 12, '0')
			|| '7' || lpad(to_hex(place & 4095), 3, '0')
			|| right(replace(gen_random_uuid()::text, '-', ''), 16),
		'url', d.url, 'method', d.method, 'max_retries', d.max_retries,
		'retry_delay', d.retry_delay, 'timeout_ms', d.timeout_ms,
		'caller_ip', d.caller_ip, 'labels', to_jsonb(d.labels),
		'flow_key', d.flow_key, 'parallelism', d.parallelism,
		'rate', d.rate, 'period_s', d.period_s,
		'body_hex', encode(d.body, 'hex'))
	|| CASE WHEN d.callback IS NULL THEN '{}'
		ELSE jsonb_build_object('callback', d.callback) END
	|| CASE WHEN d.failure_callback IS NULL THEN '{}' ELSE
		jsonb_build_object('failure_callback', d.failure_callback) END
	|| (options - 'forward')
	|| jsonb_build_object('headers', coalesce((
		SELECT jsonb_agg(h) FROM (
			SELECT h FROM json_array_elements(d.headers) AS o (h0),
				to_jsonb(h0) AS h
			WHERE lower(h ->> 0) NOT IN (
				SELECT lower(f ->> 0) FROM jsonb_array_elements(
					options -> 'forward') AS f)
			UNION ALL
			SELECT jsonb_array_elements(options -> 'forward')
		) AS all_headers), '[]'))
$$;

-- Publishes dead letters anew and takes them away. A row for each, and the
-- last with place_after and no id where more follow. No row: the filter
-- names dead letters and not all are there; nothing done.
CREATE OR REPLACE FUNCTION local_queue.retry_dead(account integer,
	filters json, place text, max_count integer, options json)
RETURNS TABLE (message_id text, place_after text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wanted CONSTANT text[] := local_queue.filter_values(filters, 'dlqIds');
	ids text[];
	items json;
BEGIN
	SELECT h.ids, h.place_after INTO ids, place_after
	FROM local_queue.hold_dead(account, filters, place, max_count) AS h;
	SELECT json_agg(local_queue.revived(d, o.place, options::jsonb)
			ORDER BY o.place), coalesce(array_agg(d.dlq_id), '{}')
	INTO items, ids
	FROM unnest(ids) WITH ORDINALITY AS o (dlq_id, place)
	JOIN local_queue.dead_letters d ON d.dlq_id = o.dlq_id;
	IF NOT wanted <@ ids THEN
		RETURN;
	END IF;
	IF cardinality(ids) > 0 THEN
		RETURN QUERY SELECT p.message_id, NULL::text
			FROM local_queue.publish(account, items) AS p;
		PERFORM local_queue.drop_dead(ids);
	END IF;
	RETURN QUERY SELECT NULL::text, place_after;
END
$$;

-- -------------------------------------------------------- flow-control keys

-- Pauses or resumes; a key never seen can be paused.
CREATE OR REPLACE FUNCTION local_queue.pause_key(account integer, name text,
	is_to_pause boolean)
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO local_queue.flow_keys AS k (account_id, key, is_paused)
	SELECT account, name, true WHERE is_to_pause
	ON CONFLICT (account_id, key) DO UPDATE
	SET is_paused = true, updated_at = clock_timestamp();
	UPDATE local_queue.flow_keys
	SET is_paused = false, ready_at = clock_timestamp(),
	    updated_at = clock_timestamp()
	WHERE NOT is_to_pause AND account_id = account AND key = name
	  AND is_paused;
$$;

-- Sets limits that messages do not change any more; NULL: as it was.
CREATE OR REPLACE FUNCTION local_queue.pin_key(account integer, name text,
	new_parallelism integer, new_rate integer, new_period_s integer)
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO local_queue.flow_keys AS k (account_id, key, parallelism,
		rate, period_s, is_parallelism_pinned, is_rate_pinned)
	VALUES (account, name, new_parallelism, new_rate,
		coalesce(new_period_s, 1), new_parallelism IS NOT NULL,
		new_rate IS NOT NULL)
	ON CONFLICT (account_id, key) DO UPDATE
	SET parallelism = coalesce(new_parallelism, k.parallelism),
	    rate = coalesce(new_rate, k.rate),
	    period_s = coalesce(new_period_s, k.period_s),
	    is_parallelism_pinned = k.is_parallelism_pinned
		OR new_parallelism IS NOT NULL,
	    is_rate_pinned = k.is_rate_pinned OR new_rate IS NOT NULL,
	    ready_at = clock_timestamp(), updated_at = clock_timestamp()
$$;

-- The next message's limits hold again. False: no such key.
CREATE OR REPLACE FUNCTION local_queue.unpin_key(account integer, name text,
	of_parallelism boolean, of_rate boolean)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	UPDATE local_queue.flow_keys
	SET is_parallelism_pinned = is_parallelism_pinned
		AND NOT of_parallelism,
	    is_rate_pinned = is_rate_pinned AND NOT of_rate,
	    updated_at = clock_timestamp()
	WHERE account_id = account AND key = name;
	RETURN FOUND;
END
$$;

-- Begins the rate's window anew. False: no such key.
CREATE OR REPLACE FUNCTION local_queue.reset_rate(account integer, name text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	UPDATE local_queue.flow_keys
	SET window_start = clock_timestamp(), window_count = 0,
	    ready_at = clock_timestamp(), updated_at = clock_timestamp()
	WHERE account_id = account AND key = name;
	RETURN FOUND;
END
$$;

-- -------------------------------------------------------------- the account

DROP FUNCTION IF EXISTS local_queue.open_account(text, text, text, text);

-- The account of that name, made with these credentials where it is new.
CREATE OR REPLACE FUNCTION local_queue.open_account(account_name text,
	new_token text, new_current text, new_next text, new_read_token text)
RETURNS SETOF local_queue.accounts
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	INSERT INTO local_queue.accounts (name, token, current_signing_key,
		next_signing_key, read_token)
	SELECT account_name, new_token, new_current, new_next, new_read_token
	WHERE NOT EXISTS (SELECT FROM local_queue.accounts a
			  WHERE a.name = account_name)
	ON CONFLICT DO NOTHING;
	UPDATE local_queue.accounts SET read_token = new_read_token
	WHERE name = account_name AND read_token IS NULL;
	RETURN QUERY SELECT * FROM local_queue.accounts a
		WHERE a.name = account_name;
END
$$;

-- The next signing key becomes the current one, and fresh_key the next.
-- given_next: the setting's, which holds until keys are first rotated.
CREATE OR REPLACE FUNCTION local_queue.rotate_keys(account integer,
	given_next text, fresh_key text)
RETURNS SETOF local_queue.accounts
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE local_queue.accounts
	SET current_signing_key = CASE WHEN rotated_at IS NULL
			THEN coalesce(given_next, next_signing_key)
			ELSE next_signing_key END,
	    next_signing_key = fresh_key,
	    rotated_at = clock_timestamp()
	WHERE id = account
	RETURNING *
$$;

-- ----------------------------------------------------------------- cleaning

DROP FUNCTION IF EXISTS local_queue.clean();

-- Throws away, some thousand rows at a time, what nobody can ask for any
-- more. True: there is more.
CREATE OR REPLACE FUNCTION local_queue.clean(log_keep_s integer,
	dlq_keep_s integer)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	step CONSTANT integer := 2000;
	log_from CONSTANT timestamptz := clock_timestamp()
		- make_interval(secs => log_keep_s);
	most integer := 0;
	n integer;
BEGIN
	WITH old AS MATERIALIZED (
		SELECT account_id, id FROM local_queue.deduplications
		WHERE expires_at < clock_timestamp()
		ORDER BY expires_at LIMIT step FOR UPDATE SKIP LOCKED)
	DELETE FROM local_queue.deduplications d
	USING old
	WHERE d.account_id = old.account_id AND d.id = old.id;
	GET DIAGNOSTICS n = ROW_COUNT;
	most := greatest(most, n);
	DELETE FROM local_queue.events e
	USING (SELECT a.id, old.at, old.seq FROM local_queue.accounts a,
	       LATERAL (SELECT v.at, v.seq FROM local_queue.events v
			WHERE v.account_id = a.id AND v.at < log_from
			ORDER BY v.at, v.seq LIMIT step) AS old) AS old
	WHERE e.account_id = old.id AND e.at = old.at AND e.seq = old.seq;
	GET DIAGNOSTICS n = ROW_COUNT;
	most := greatest(most, n);
	DELETE FROM local_queue.finished f
	WHERE f.id = ANY (ARRAY(
		SELECT id FROM local_queue.finished WHERE ended_at < log_from
		ORDER BY ended_at LIMIT step FOR UPDATE SKIP LOCKED));
	GET DIAGNOSTICS n = ROW_COUNT;
	most := greatest(most, n);
	DELETE FROM local_queue.dead_letters d
	WHERE d.dlq_id = ANY (ARRAY(
		SELECT dlq_id FROM local_queue.dead_letters
		WHERE died_at < clock_timestamp()
			- make_interval(secs => dlq_keep_s)
		LIMIT step FOR UPDATE SKIP LOCKED));
	GET DIAGNOSTICS n = ROW_COUNT;
	most := greatest(most, n);
	WITH idle AS MATERIALIZED (
		SELECT account_id, key FROM local_queue.flow_keys
		WHERE ready_at IS NULL AND NOT is_paused
		  AND NOT is_parallelism_pinned AND NOT is_rate_pinned
		  AND updated_at < clock_timestamp() - interval '8 days'
		LIMIT step FOR UPDATE SKIP LOCKED)
	DELETE FROM local_queue.flow_keys k
	USING idle
	WHERE k.account_id = idle.account_id AND k.key = idle.key
	  AND k.ready_at IS NULL;
	-- Cancelled while under way, and whoever had it was killed.
	PERFORM local_queue.finish(ARRAY(SELECT id FROM local_queue.messages
		WHERE cancelled_at IS NOT NULL AND due_at < clock_timestamp()
		LIMIT step FOR UPDATE SKIP LOCKED), 'CANCELLED');
	RETURN most >= step;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA local_queue FROM PUBLIC;
