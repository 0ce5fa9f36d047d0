# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Many rows at once, for tests and measurements of large tables.
#
#	bulk_sql TABLE INSERT   prints a transaction that runs this INSERT with
#	                        the table's indexes built behind it, its foreign
#	                        keys and triggers left out

bulk_sql() {
	cat <<-SQL
		BEGIN;
		SET LOCAL session_replication_role = replica;
		SET LOCAL maintenance_work_mem = '512MB';
		SET LOCAL client_min_messages = error;
		CREATE TEMP TABLE defs ON COMMIT DROP AS
		SELECT i.indexrelid::regclass AS name, pg_get_indexdef(i.indexrelid) AS def
		FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
		WHERE i.indrelid = '$1'::regclass AND c.oid IS NULL;
		DO \$\$ DECLARE d record; BEGIN
			FOR d IN SELECT * FROM defs LOOP
				EXECUTE 'DROP INDEX ' || d.name;
			END LOOP;
		END \$\$;
		$2;
		DO \$\$ DECLARE d record; BEGIN
			FOR d IN SELECT * FROM defs LOOP EXECUTE d.def; END LOOP;
		END \$\$;
		COMMIT
	SQL
}
