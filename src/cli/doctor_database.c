/* SPDX-License-Identifier: MIT */
/* doctor: the database. */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/doctor.h"
#include "store/migrations.h"

/* Programs with a pool of DATABASE_POOL_SIZE each. */
#define N_POOLS 6
/* The sweeper's connection and an administrator's. */
#define N_SINGLE 2
/* Slots and leases are compared with it: beyond this, things go out wrongly. */
#define CLOCK_LIMIT_MS 30000

/* What DATABASE_URL says of keyword; "" where nothing. */
static const char *
conninfo(struct doctor *d, const char *keyword)
{
	struct dl_str url = d->cli.settings.database_url;
	PQconninfoOption *options = PQconninfoParse(
	    dl_arena_strndup(d->cli.arena, url.ptr, url.len), NULL);
	const char *value = "";

	for (PQconninfoOption *o = options; o && o->keyword; o++)
		if (strcmp(o->keyword, keyword) == 0 && o->val)
			value = dl_arena_strdup(d->cli.arena, o->val);
	PQconninfoFree(options);
	return value;
}

/* Not over a network. */
static bool
is_near(const char *host)
{
	return !*host || *host == '/' || strcmp(host, "localhost") == 0 ||
	       strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0;
}

void
doctor_check_tls(struct doctor *d)
{
	const char *host = conninfo(d, "host");
	const char *mode = conninfo(d, "sslmode");
	const char *ca = conninfo(d, "sslrootcert");

	if (!d->cli.settings.database_url.len)
		return;
	if (is_near(host) && strncmp(mode, "verify-", 7) != 0) {
		doctor_ok(d, "o banco está nesta máquina; TLS dispensado");
	} else if (strcmp(mode, "verify-full") != 0) {
		doctor_error(d,
			     "acrescente sslmode=verify-full e sslrootcert a "
			     "DATABASE_URL",
			     "sslmode=%s não prova que o servidor %s é o seu",
			     *mode ? mode : "(ausente)", host);
	} else if (*ca && access(ca, R_OK) != 0) {
		doctor_error(d,
			     "baixe o certificado da autoridade (no Supabase: "
			     "Database, SSL Configuration) e grave-o ali",
			     "não consigo ler sslrootcert=%s", ca);
	} else {
		doctor_ok(d, "sslmode=verify-full%s%s", *ca ? ", " : "", ca);
	}
}

static void
explain(struct doctor *d, const struct dl_error *err)
{
	const char *mend = "veja se o PostgreSQL está no ar e se DATABASE_URL "
			   "está certa";

	if (strstr(err->detail, "certificate verify failed") ||
	    strstr(err->detail, "certificate is not trusted"))
		mend = "sslrootcert não é a autoridade deste servidor: baixe "
		       "a certa";
	else if (strstr(err->detail, "does not match host name"))
		mend = "o certificado é de outro nome: use em DATABASE_URL o "
		       "nome que ele traz";
	else if (strncmp(err->sqlstate, "28", 2) == 0)
		mend = "o papel não entra: rode disparalead setup (pg_hba.conf "
		       "e pg_ident.conf), ou confira PGUSER e PGPASSFILE";
	else if (strncmp(err->sqlstate, "3D", 2) == 0)
		mend = "crie o banco: disparalead setup";
	else if (strncmp(err->sqlstate, "53", 2) == 0)
		mend = "o servidor não tem conexões livres: diminua "
		       "DATABASE_POOL_SIZE ou aumente max_connections";
	else if (strncmp(err->sqlstate, "42", 2) == 0)
		mend = "atualize o banco: disparalead setup (ou disparalead "
		       "migrate --roles)";
	doctor_error(d, mend, "o banco não responde: %s", err->detail);
}

static void
check_roles(struct doctor *d, const PGresult *rows)
{
	const char *missing = dl_db_cstr(rows, 0, "missing_roles");
	const char *unwalled = dl_db_cstr(rows, 0, "unwalled_roles");

	if (missing)
		doctor_error(d, "disparalead setup, ou migrate --roles",
			     "faltam papéis: %s", missing);
	if (unwalled)
		doctor_error(d, "ALTER ROLE ... NOSUPERUSER NOBYPASSRLS",
			     "papéis que passam por cima das políticas de cada "
			     "empresa: %s",
			     unwalled);
	if (!missing && !unwalled)
		doctor_ok(d, "os oito papéis existem e obedecem às políticas");
}

static void
check_budget(struct doctor *d, const PGresult *rows)
{
	int64_t limit = dl_db_int(rows, 0, "max_connections", 0);
	int64_t need = N_POOLS * d->cli.settings.database_pool_size + N_SINGLE;
	const char *mend = "diminua DATABASE_POOL_SIZE, aumente "
			   "max_connections ou use um pooler";

	if (need > limit)
		doctor_error(d, mend,
			     "uma máquina pode abrir %" PRId64
			     " conexões; o servidor aceita %" PRId64,
			     need, limit);
	else if (need * 2 > limit)
		doctor_warning(d, mend,
			       "uma máquina pode abrir %" PRId64 " das %" PRId64
			       " conexões do servidor: não cabem duas",
			       need, limit);
	else
		doctor_ok(d,
			  "uma máquina abre até %" PRId64 " das %" PRId64
			  " conexões do servidor",
			  need, limit);
}

void
doctor_check_database(struct doctor *d)
{
	struct dl_error err = {0};
	PGresult *rows;

	if (!d->cli.pool)
		return;
	if (dl_db_call(d->cli.pool, d->cli.arena, NULL, true,
		       DL_SQL_DOCTOR_FACTS, NULL, &rows, &err) != DL_OK) {
		explain(d, &err);
		return;
	}
	d->has_database = true;
	doctor_ok(d, "PostgreSQL %s responde a %s",
		  dl_db_cstr(rows, 0, "version"), dl_db_cstr(rows, 0, "role"));
	doctor_clock(d, "do banco", dl_db_int(rows, 0, "now_ms", 0),
		     CLOCK_LIMIT_MS);
	check_roles(d, rows);
	check_budget(d, rows);
}

void
doctor_check_pooler(struct doctor *d)
{
	bool uses_names = d->cli.settings.database_prepared_statements;
	const char *port = conninfo(d, "port");
	const char *host = conninfo(d, "host");

	if (strcmp(port, "6543") == 0 && uses_names)
		doctor_error(d,
			     "ponha DATABASE_PREPARED_STATEMENTS=off em "
			     "disparalead.conf",
			     "a porta 6543 é de um pooler de transações, que "
			     "não guarda instruções preparadas");
	else if (strstr(host, ".pooler.supabase.com") &&
		 !d->cli.settings.database_user_suffix.len)
		doctor_error(d,
			     "ponha DATABASE_USER_SUFFIX=.PROJETO em "
			     "disparalead.conf",
			     "o pooler do Supabase só conhece papel.PROJETO");
	else
		doctor_ok(d, "instruções preparadas: %s",
			  uses_names ? "sim" : "não");
}

void
doctor_check_migrations(struct doctor *d)
{
	const char *dir =
	    dl_arena_printf(d->cli.arena, "%s/migrations", d->sql_dir);
	struct dl_migration_list list;
	struct dl_error err = {0};
	struct dl_db *db;
	enum dl_code code;
	int n_missing = 0;

	if (!d->has_database)
		return;
	code = dl_db_acquire(d->cli.pool, &db, &err);
	if (code == DL_OK) {
		code = dl_migrations_list(db, d->cli.arena, dir, &list, &err);
		dl_db_release(db);
	}
	if (code != DL_OK) {
		doctor_error(d, "disparalead setup, ou migrate --roles",
			     "não consigo ver as migrações: %s", err.detail);
		return;
	}
	for (size_t i = 0; i < list.n; i++)
		n_missing += list.items[i].state == DL_MIGRATION_PENDING;
	if (n_missing)
		doctor_error(d, "disparalead setup, ou migrate --roles",
			     "faltam %d de %zu migrações", n_missing, list.n);
	else
		doctor_ok(d, "as %zu migrações estão aplicadas", list.n);
}
