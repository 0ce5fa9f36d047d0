/* SPDX-License-Identifier: MIT */
/*
 * setup: the database.  This machine's own is made over the local socket, as
 * the system user postgres where root runs this; one elsewhere is reached by
 * the address given, whose user must be able to create tables and roles.
 */
#include "config.h"

#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/migrate.h"
#include "cli/setup.h"
#include "store/cluster.h"

/* A file of migrations or an answer, several times over. */
#define ARENA_CAP     (64u << 20)
#define DEFAULT_HOST  "/var/run/postgresql"
#define DEFAULT_NAME  "disparalead"
#define SUPERUSER     "postgres"
#define SUPABASE_POOL ".pooler.supabase.com"

/* DATABASE_URL taken apart; "" where it says nothing. */
struct target {
	const char *url; /* as given */
	const char *host;
	const char *port;
	const char *name;
	const char *user;
	const char *password;
	const char *sslmode;
	const char *ca;
	const char *rest; /* every other keyword, ready to be appended */
};

/* A keyword and its value as a connection string has them. */
static void
put(struct dl_buf *out, const char *keyword, const char *value)
{
	if (!*value)
		return;
	if (out->len)
		dl_buf_append_c(out, ' ');
	dl_buf_appendf(out, "%s='", keyword);
	for (; *value; value++) {
		if (*value == '\'' || *value == '\\')
			dl_buf_append_c(out, '\\');
		dl_buf_append_c(out, *value);
	}
	dl_buf_append_c(out, '\'');
}

static void
take(struct target *to, struct dl_buf *rest, const PQconninfoOption *option)
{
	struct {
		const char *keyword;
		const char **field;
	} fields[] = {
	    {"host", &to->host},         {"port", &to->port},
	    {"dbname", &to->name},       {"user", &to->user},
	    {"password", &to->password}, {"sslmode", &to->sslmode},
	    {"sslrootcert", &to->ca},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(option->keyword, fields[i].keyword) == 0) {
			*fields[i].field = option->val;
			return;
		}
	put(rest, option->keyword, option->val);
}

static void
free_options(void *options)
{
	PQconninfoFree(options);
}

static int
parse(struct setup *s, const char *url, struct target *to)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &message);
	struct dl_buf *rest = dl_buf_create(s->arena, 8192);

	*to = (struct target){url, "", "", "", "", "", "", "", ""};
	if (!options) {
		/* The message may quote the password. */
		cli_say("DATABASE_URL não é um endereço do PostgreSQL");
		PQfreemem(message);
		return CLI_CONFIG;
	}
	dl_arena_defer(s->arena, free_options, options);
	for (PQconninfoOption *o = options; o->keyword; o++)
		if (o->val && *o->val)
			take(to, rest, o);
	to->rest = dl_buf_cstr(rest);
	return CLI_OK;
}

static bool
is_here(const struct target *to)
{
	return !*to->host || *to->host == '/';
}

/* What the programs connect with: no user, no password. */
static const char *
for_programs(struct setup *s, const struct target *to)
{
	struct dl_buf *out = dl_buf_create(s->arena, 8192);

	put(out, "host", to->host);
	put(out, "port", to->port);
	put(out, "dbname", to->name);
	put(out, "sslmode", to->sslmode);
	put(out, "sslrootcert", to->ca);
	if (*to->rest)
		dl_buf_appendf(out, " %s", to->rest);
	return dl_buf_cstr(out);
}

/* The same with whoever sets it up, for database name. */
static const char *
for_administrator(struct setup *s, const struct target *to, const char *name)
{
	struct target mine = *to;
	struct dl_buf *out = dl_buf_create(s->arena, 8192);

	mine.name = name;
	dl_buf_puts(out, for_programs(s, &mine));
	put(out, "user", to->user);
	put(out, "password", to->password);
	return dl_buf_cstr(out);
}

/* ----------------------------------------------------------------- tables */

static int
migrate(struct setup *s, const char *url)
{
	struct cli cli = {.arena = dl_arena_create(ARENA_CAP)};
	struct cli_migration options = {
	    .dir = s->sql_dir, .wants_roles = true, .is_status = s->is_dry};
	int status;

	cli.settings.database_url = dl_str(url);
	cli.settings.database_pool_size = 1;
	cli.settings.database_timeout_ms = 10000;
	cli.pool = dl_db_pool_create(&cli.settings, "disparalead");
	status = cli_migrate_with(&cli, &options);
	dl_arena_destroy(cli.arena);
	dl_db_pool_destroy(cli.pool);
	return status;
}

/* ----------------------------------------------------- on this machine */

static int
create(struct setup *s, struct dl_cluster *cluster, const struct target *to,
       bool *is_there)
{
	struct dl_error err = {0};

	if (dl_cluster_has_database(cluster, to->name, is_there, &err) != DL_OK)
		return cli_fail(&err);
	if (*is_there) {
		setup_say(s, SETUP_KEPT, "o banco %s", to->name);
		return CLI_OK;
	}
	setup_say(s, SETUP_DONE, "criar o banco %s", to->name);
	if (s->is_dry)
		return CLI_OK;
	if (dl_cluster_create_database(cluster, to->name, &err) != DL_OK)
		return cli_fail(&err);
	*is_there = true;
	return CLI_OK;
}

static int
set_up_here(struct setup *s, const struct target *to)
{
	struct dl_cluster *cluster;
	struct dl_error err = {0};
	bool is_there;
	int status;

	if (dl_cluster_connect(s->arena, for_administrator(s, to, "postgres"),
			       &cluster, &err) != DL_OK) {
		cli_say("não chego ao PostgreSQL local: %s", err.detail);
		cli_say("instale-o (apt install postgresql) ou dê "
			"--database-url");
		return CLI_UNAVAILABLE;
	}
	status = create(s, cluster, to, &is_there);
	if (status == CLI_OK && is_there)
		status = migrate(s, for_administrator(s, to, to->name));
	else if (status == CLI_OK)
		setup_say(s, SETUP_DONE, "aplicar as migrações e os papéis");
	if (status == CLI_OK)
		status = setup_access(s, cluster, to->name);
	dl_cluster_close(cluster);
	return status;
}

static void
become_superuser(void)
{
	const struct passwd *user = getpwnam(SUPERUSER);

	if (!user || initgroups(SUPERUSER, user->pw_gid) != 0 ||
	    setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0) {
		cli_say("não há o usuário %s: instale o PostgreSQL (apt "
			"install postgresql) ou dê --database-url",
			SUPERUSER);
		exit(CLI_UNAVAILABLE);
	}
	setenv("HOME", user->pw_dir, 1);
}

/*
 * root is nobody to PostgreSQL: a child does the work as its superuser, whom
 * the socket lets in.  Whoever names a PGUSER comes in as that.
 */
static int
set_up_as_superuser(struct setup *s, const struct target *to)
{
	int state;
	pid_t pid;

	if (geteuid() != 0 || getenv("PGUSER") || *to->user)
		return set_up_here(s, to);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		become_superuser();
		exit(set_up_here(s, to));
	}
	if (pid < 0 || waitpid(pid, &state, 0) != pid || !WIFEXITED(state)) {
		cli_say("o passo do banco foi interrompido");
		return CLI_FAILED;
	}
	return WEXITSTATUS(state);
}

/* -------------------------------------------------------------- elsewhere */

/* Nothing but a proven server: there is no other default. */
static int
demand_proof(struct setup *s, struct target *to)
{
	const char *ca =
	    dl_arena_printf(s->arena, "%s/database-ca.crt", s->etc);

	if (!*to->sslmode)
		to->sslmode = "verify-full";
	if (strcmp(to->sslmode, "verify-full") != 0)
		setup_say(s, SETUP_NOTE,
			  "sslmode=%s não prova que o servidor é o seu; use "
			  "verify-full",
			  to->sslmode);
	if (!*to->ca)
		to->ca = ca;
	if (access(to->ca, R_OK) == 0 ||
	    strncmp(to->sslmode, "verify-", 7) != 0)
		return CLI_OK;
	cli_say("falta a autoridade certificadora do banco: baixe-a (no "
		"Supabase: Database, SSL Configuration) e grave-a em %s",
		to->ca);
	return CLI_CONFIG;
}

/* Supabase's pooler serves many projects: role.PROJECT. */
static void
note_pooler(struct setup *s, const struct target *to)
{
	const char *suffix = strchr(to->user, '.');

	if (suffix && strstr(to->host, SUPABASE_POOL))
		setup_set(s, "DATABASE_USER_SUFFIX", suffix);
	if (strcmp(to->port, "6543") == 0)
		setup_set(s, "DATABASE_PREPARED_STATEMENTS", "off");
}

static int
set_up_elsewhere(struct setup *s, struct target *to)
{
	struct dl_cluster *cluster;
	struct dl_error err = {0};
	const char *url;
	int status = demand_proof(s, to);

	if (status != CLI_OK)
		return status;
	url = for_administrator(s, to, to->name);
	if (dl_cluster_connect(s->arena, url, &cluster, &err) != DL_OK) {
		cli_say("não chego ao banco: %s", err.detail);
		return CLI_UNAVAILABLE;
	}
	status = migrate(s, url);
	note_pooler(s, to);
	if (status == CLI_OK)
		status = setup_passwords(s, cluster, to->host,
					 *to->port ? to->port : "5432");
	dl_cluster_close(cluster);
	return status;
}

/* The socket's folder as libpq is told to find it, else Debian's. */
static const char *
default_url(struct setup *s)
{
	struct target to = {.name = DEFAULT_NAME, .rest = ""};
	const char *host = getenv("PGHOST");
	const char *port = getenv("PGPORT");

	to.host = host && *host == '/' ? host : DEFAULT_HOST;
	to.port = port ? port : "";
	to.sslmode = to.ca = "";
	return for_programs(s, &to);
}

int
setup_database(struct setup *s)
{
	const char *given = dl_settings_file_get(&s->given, "DATABASE_URL");
	const char *url = setup_value(s, "DATABASE_URL");
	struct target to;
	int status;

	setup_section("Banco de dados");
	status = parse(s, url ? url : default_url(s), &to);
	if (status != CLI_OK)
		return status;
	if (!*to.name)
		to.name = DEFAULT_NAME;
	if (is_here(&to)) {
		status = set_up_as_superuser(s, &to);
	} else if (!given) {
		setup_say(s, SETUP_KEPT,
			  "o banco em %s; dê --database-url com quem o "
			  "administra para atualizar as tabelas",
			  to.host);
		return CLI_OK;
	} else {
		status = set_up_elsewhere(s, &to);
	}
	if (status == CLI_OK)
		setup_set(s, "DATABASE_URL", for_programs(s, &to));
	return status;
}
