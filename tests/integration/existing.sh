# SPDX-License-Identifier: MIT
# Databases of the existing product, and a digest by which any test sees that
# none of their rows was changed. Sourced after a library that has query and
# load. A test of the sweeper, for one, does
#
#	old_database NAME "$m02"	# 10,000 rows wait in campaigns at work
#	migrate NAME ''
#	before=$(take_digests NAME)
#	... sweep ...
#	is "$(take_digests NAME)" "$before" 'sweeping changes no old row'

m02=message_logs_dispara_lead_saas_02
m03=message_logs_dispara_lead_saas_03
c02=campaigns_dispara_lead_saas_02

# The digest of every table's rows over the columns that it has now, with the
# place and the writer of each row version: a rewritten row shows.
make_digests() {
	query "$1" "
CREATE SCHEMA before;
CREATE TABLE before.digest AS
SELECT c.oid::regclass AS name, format(
	'SELECT count(*) || '':'' || md5(string_agg(x, E''\n'' ORDER BY x)) '
	'FROM (SELECT concat_ws(''|'', ctid, xmin, ROW(%s)::text) AS x '
	'FROM %s) s', string_agg(quote_ident(a.attname), ', '), c.oid::regclass)
	AS command
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relkind = 'r' AND c.relnamespace IN ('public'::regnamespace,
	'auth'::regnamespace)
GROUP BY c.oid;
CREATE FUNCTION before.take(command text) RETURNS text LANGUAGE plpgsql AS
	'DECLARE r text; BEGIN EXECUTE command INTO r; RETURN r; END';"
}

take_digests() {
	query "$1" "SELECT name, before.take(command) FROM before.digest
		ORDER BY name::text"
}

old_database() { # NAME MESSAGE-TABLE...
	db=$1; shift
	createdb "$db"
	load "$db" -f "$here/data/existing-base.sql" || exit 99
	for table; do
		load "$db" -v messages="$table" \
			-f "$here/data/existing-messages.sql" || exit 99
	done
	make_digests "$db"
}
