-- What the database says of itself.  No parameters.  One row: now_ms,
-- max_connections (without those reserved for superusers), version, role,
-- missing_roles and unwalled_roles (those that no policy binds): text, NULL
-- where there is none.
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms,
	current_setting('max_connections')::integer
	- current_setting('superuser_reserved_connections')::integer
		AS max_connections,
	current_setting('server_version') AS version,
	current_user AS role,
	(SELECT string_agg('disparalead_' || r.name, ', ' ORDER BY r.name)
	 FROM unnest(ARRAY['launch', 'process', 'status', 'control', 'events',
			   'sweep', 'queue', 'admin']) AS r (name)
	 WHERE NOT EXISTS (SELECT FROM pg_roles p
			   WHERE p.rolname = 'disparalead_' || r.name))
		AS missing_roles,
	(SELECT string_agg(p.rolname, ', ' ORDER BY p.rolname)
	 FROM pg_roles p
	 WHERE p.rolname LIKE 'disparalead\_%'
	   AND (p.rolsuper OR p.rolbypassrls)) AS unwalled_roles;
