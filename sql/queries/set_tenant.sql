-- What holds until the end of the transaction: the tenant that row-level
-- security lets through, and how plans are chosen.
-- $1 text: tenant; $2 text: plan_cache_mode.
-- One row of no meaning.  No locks.
SELECT pg_catalog.set_config('app.tenant_id', $1::text, true),
       pg_catalog.set_config('plan_cache_mode', $2::text, true);
