/* SPDX-License-Identifier: MIT */
/* A cluster's database, passwords and doors. */
#include "config.h"

#include "store/cluster.h"

#include <string.h>

#include "store/db_internal.h"

struct dl_cluster {
	struct dl_arena *arena;
	PGconn *conn;
};

static void
ignore_notice(void *ctx, const PGresult *notice)
{
	(void)ctx;
	(void)notice;
}

enum dl_code
dl_cluster_connect(struct dl_arena *arena, const char *conninfo,
		   struct dl_cluster **cluster, struct dl_error *err)
{
	const char *keywords[] = {"connect_timeout", "dbname",
				  "application_name", "client_encoding", NULL};
	const char *values[] = {"10", conninfo, "disparalead", "UTF8", NULL};

	*cluster = dl_arena_alloc(arena, sizeof(**cluster));
	(*cluster)->arena = arena;
	(*cluster)->conn = PQconnectdbParams(keywords, values, 1);
	if (PQstatus((*cluster)->conn) == CONNECTION_OK) {
		PQsetNoticeReceiver((*cluster)->conn, ignore_notice, NULL);
		return DL_OK;
	}
	dl_fail(err, DL_TRY_LATER, "cluster.connect", "%s",
		PQerrorMessage((*cluster)->conn));
	dl_cluster_close(*cluster);
	*cluster = NULL;
	return DL_TRY_LATER;
}

void
dl_cluster_close(struct dl_cluster *cluster)
{
	if (!cluster)
		return;
	PQfinish(cluster->conn);
	cluster->conn = NULL;
}

static void
clear_deferred(void *result)
{
	PQclear(result);
}

/* sql with at most one parameter; *rows belongs to the arena. */
static enum dl_code
run(struct dl_cluster *cluster, const char *sql, const char *param,
    PGresult **rows, struct dl_error *err)
{
	PGresult *result = PQexecParams(cluster->conn, sql, param ? 1 : 0, NULL,
					&param, NULL, NULL, 0);
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	ExecStatusType status = PQresultStatus(result);

	dl_arena_defer(cluster->arena, clear_deferred, result);
	if (rows)
		*rows = result;
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return DL_OK;
	if (err && err->code == DL_OK && state)
		memcpy(err->sqlstate, state, sizeof(err->sqlstate));
	return dl_fail(err, dl_db_sqlstate_code(state ? state : ""), "cluster",
		       "%s", PQerrorMessage(cluster->conn));
}

enum dl_code
dl_cluster_has_database(struct dl_cluster *cluster, const char *name, bool *has,
			struct dl_error *err)
{
	PGresult *rows;
	enum dl_code code =
	    run(cluster, "SELECT 1 FROM pg_database WHERE datname = $1", name,
		&rows, err);

	*has = code == DL_OK && PQntuples(rows) > 0;
	return code;
}

/* name in double quotes, in the arena. */
static const char *
quote(struct dl_cluster *cluster, const char *name)
{
	char *quoted = PQescapeIdentifier(cluster->conn, name, strlen(name));
	const char *kept = dl_arena_strdup(cluster->arena, quoted);

	PQfreemem(quoted);
	return kept;
}

enum dl_code
dl_cluster_create_database(struct dl_cluster *cluster, const char *name,
			   struct dl_error *err)
{
	return run(cluster,
		   dl_arena_printf(cluster->arena,
				   "CREATE DATABASE %s TEMPLATE template0"
				   " ENCODING 'UTF8' LOCALE 'C.UTF-8'",
				   quote(cluster, name)),
		   NULL, NULL, err);
}

enum dl_code
dl_cluster_show(struct dl_cluster *cluster, const char *setting,
		const char **value, struct dl_error *err)
{
	PGresult *rows;
	enum dl_code code =
	    run(cluster, "SELECT current_setting($1)", setting, &rows, err);

	*value = code == DL_OK ? PQgetvalue(rows, 0, 0) : NULL;
	return code;
}

enum dl_code
dl_cluster_check_access(struct dl_cluster *cluster, const char **fault,
			struct dl_error *err)
{
	PGresult *rows;
	enum dl_code code =
	    run(cluster,
		"SELECT 'pg_hba.conf, ' || line_number || ': ' || error"
		" FROM pg_hba_file_rules WHERE error IS NOT NULL"
		" UNION ALL"
		" SELECT 'pg_ident.conf, ' || line_number || ': ' || error"
		" FROM pg_ident_file_mappings WHERE error IS NOT NULL LIMIT 1",
		NULL, &rows, err);

	*fault = code == DL_OK && PQntuples(rows) > 0 ? PQgetvalue(rows, 0, 0)
						      : NULL;
	return code;
}

enum dl_code
dl_cluster_reload(struct dl_cluster *cluster, struct dl_error *err)
{
	return run(cluster, "SELECT pg_reload_conf()", NULL, NULL, err);
}

enum dl_code
dl_cluster_set_password(struct dl_cluster *cluster, const char *role,
			const char *password, struct dl_error *err)
{
	/* A verifier holds base64, '$' and ':': nothing to be quoted. */
	char *verifier = PQencryptPasswordConn(cluster->conn, password, role,
					       "scram-sha-256");
	const char *sql;

	if (!verifier)
		return dl_fail(err, DL_INTERNAL, "cluster.password", "%s",
			       PQerrorMessage(cluster->conn));
	sql = dl_arena_printf(cluster->arena, "ALTER ROLE %s PASSWORD '%s'",
			      quote(cluster, role), verifier);
	PQfreemem(verifier);
	return run(cluster, sql, NULL, NULL, err);
}
