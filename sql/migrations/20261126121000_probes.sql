-- SPDX-License-Identifier: MIT
--
-- Lanes that open again: the probe of a number that WhatsApp refused is waited
-- for, and a number that was gone comes back whatever its breaker says.

-- The first message of a lane that was parked because WhatsApp refused what
-- Evolution accepted is its probe. Its answer says nothing; an ERROR receipt
-- comes within seconds if at all. So the others wait for a minute, unless a
-- receipt comes before (heal_refused_lane, refuse_lane).
CREATE OR REPLACE FUNCTION disparalead.await_probe()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	NEW.probe_until := NEW.last_start_at + interval '1 min';
	NEW.parked_until := NEW.probe_until;
	RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER lanes_02_await_probe
BEFORE UPDATE OF breaker_state ON public.lanes_dispara_lead_saas_02
FOR EACH ROW
WHEN (OLD.breaker_state = 'open' AND NEW.breaker_state = 'half_open'
      AND NEW.parked_reason = 'sends_refused')
EXECUTE FUNCTION disparalead.await_probe();

-- What Evolution said of an instance. "open" opens a lane that was parked for
-- its connection: one that was gone until it opens; and any other, unless its
-- breaker is open and it never said otherwise (a dead socket says open too, so
-- then the parking runs its course and one message is the probe), or it is
-- parked for what WhatsApp refuses. An open breaker stays so: the next message
-- is its probe. Any other word keeps a parked lane parked. Returns whether the
-- lane was opened.
CREATE OR REPLACE FUNCTION disparalead.set_lane_state(name text,
	new_state text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	l public.lanes_dispara_lead_saas_02;
	at timestamptz;
	opens boolean;
BEGIN
	PERFORM disparalead.lock_lanes(ARRAY[name]);
	at := clock_timestamp();
	SELECT * INTO l FROM public.lanes_dispara_lead_saas_02 x
	WHERE x.instance_name = name;
	IF l.instance_name IS NULL THEN
		RETURN false;
	END IF;
	opens := new_state = 'open' AND l.parked_until > at
		AND (l.parked_until = 'infinity'
		     OR (coalesce(l.parked_reason, '') NOT IN ('rate_limited',
				'instance_refused', 'sends_refused')
			 AND (l.breaker_state <> 'open'
			      OR coalesce(l.state, 'open') <> 'open')));
	UPDATE public.lanes_dispara_lead_saas_02 x
	SET state = new_state, state_at = at,
	    parked_until = CASE
		WHEN opens THEN NULL
		WHEN new_state <> 'open' AND x.parked_until > at
			THEN greatest(x.parked_until, at + interval '2 min')
		ELSE x.parked_until END,
	    parked_reason = CASE WHEN opens THEN NULL
				 ELSE x.parked_reason END,
	    updated_at = at
	WHERE x.instance_name = name;
	IF opens OR l.state IS DISTINCT FROM new_state THEN
		PERFORM disparalead.touch_live_campaigns(ARRAY[name]);
	END IF;
	RETURN opens;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
