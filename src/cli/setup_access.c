/* SPDX-License-Identifier: MIT */
/*
 * setup: who may come in as which role.  Over the local socket the system
 * user is mapped to the roles (pg_hba.conf, pg_ident.conf); elsewhere each
 * role has a password, in a pgpass file that the programs alone can read.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "cli/config_files.h"
#include "cli/files.h"
#include "cli/managed_block.h"
#include "cli/setup.h"
#include "store/cluster.h"

#define MAP         "disparalead"
#define PGPASS_FILE "pgpass"

static const struct {
	const char *name;
	bool is_roots; /* root's, too: what disparalead itself works as */
} roles[] = {
    {"disparalead_launch", false}, {"disparalead_process", false},
    {"disparalead_status", false}, {"disparalead_control", false},
    {"disparalead_events", false}, {"disparalead_sweep", true},
    {"disparalead_queue", false},  {"disparalead_admin", true},
};
#define N_ROLES (sizeof(roles) / sizeof(roles[0]))

/* ------------------------------------------------------- the local socket */

static struct dl_str
hba_lines(struct setup *s, const char *database)
{
	struct dl_buf *out = dl_buf_create(s->arena, 4096);

	dl_buf_appendf(out, "local \"%s\" ", database);
	for (size_t i = 0; i < N_ROLES; i++)
		dl_buf_appendf(out, "%s%s", i ? "," : "", roles[i].name);
	dl_buf_puts(out, " peer map=" MAP "\n");
	return dl_buf_str(out);
}

static struct dl_str
ident_lines(struct setup *s)
{
	struct dl_buf *out = dl_buf_create(s->arena, 4096);

	for (size_t i = 0; i < N_ROLES; i++) {
		dl_buf_appendf(out, MAP " %s %s\n", s->system_user,
			       roles[i].name);
		if (roles[i].is_roots && strcmp(s->system_user, "root") != 0)
			dl_buf_appendf(out, MAP " root %s\n", roles[i].name);
	}
	return dl_buf_str(out);
}

/* One of the two files: as it was, and as it is to be. */
struct access_file {
	const char *path;
	struct dl_str old;
	struct dl_str new;
};

static int
look(struct setup *s, struct dl_cluster *cluster, const char *setting,
     struct dl_str lines, struct access_file *file)
{
	struct dl_error err = {0};

	if (dl_cluster_show(cluster, setting, &file->path, &err) != DL_OK ||
	    cli_file_read(s->arena, file->path, &file->old, &err) != DL_OK)
		return cli_fail(&err);
	file->new = cli_managed_block(s->arena, file->old, lines);
	return CLI_OK;
}

static int
put_back(struct setup *s, const struct access_file *files, const char *fault)
{
	struct dl_error err = {0};

	cli_say("o PostgreSQL não entende o que eu escreveria: %s", fault);
	for (size_t i = 0; i < 2; i++)
		if (cli_file_update(s->arena, files[i].path, files[i].old,
				    &err) != DL_OK)
			return cli_fail(&err);
	cli_say("os dois arquivos ficaram como estavam");
	return CLI_FAILED;
}

static int
replace(struct setup *s, struct dl_cluster *cluster,
	const struct access_file *files)
{
	struct dl_error err = {0};
	const char *fault;

	for (size_t i = 0; i < 2; i++)
		if (cli_file_update(s->arena, files[i].path, files[i].new,
				    &err) != DL_OK)
			return cli_fail(&err);
	if (dl_cluster_check_access(cluster, &fault, &err) != DL_OK)
		return cli_fail(&err);
	if (fault)
		return put_back(s, files, fault);
	if (dl_cluster_reload(cluster, &err) != DL_OK)
		return cli_fail(&err);
	return CLI_OK;
}

int
setup_access(struct setup *s, struct dl_cluster *cluster, const char *database)
{
	struct access_file files[2] = {0};
	int status =
	    look(s, cluster, "hba_file", hba_lines(s, database), &files[0]);

	if (status == CLI_OK)
		status =
		    look(s, cluster, "ident_file", ident_lines(s), &files[1]);
	if (status != CLI_OK)
		return status;
	if (dl_str_eq(files[0].old, files[0].new) &&
	    dl_str_eq(files[1].old, files[1].new)) {
		setup_say(s, SETUP_KEPT, "o acesso de %s e root aos papéis",
			  s->system_user);
		return CLI_OK;
	}
	setup_say(s, SETUP_DONE, "dar a %s e root acesso aos papéis (%s, %s)",
		  s->system_user, files[0].path, files[1].path);
	return s->is_dry ? CLI_OK : replace(s, cluster, files);
}

/* --------------------------------------------------------------- elsewhere */

/*
 * The password that pgpass has for the role there, or NULL.  Hosts and roles
 * that we write hold no ':' or '\\'.
 */
static const char *
kept_password(struct setup *s, struct dl_str pgpass, const char *prefix)
{
	while (pgpass.ptr) {
		struct dl_str line = dl_str_cut(&pgpass, '\n');
		size_t len = strlen(prefix);

		if (dl_str_starts_with(line, dl_str(prefix)))
			return dl_arena_strndup(s->arena, line.ptr + len,
						line.len - len);
	}
	return NULL;
}

/* One role's line; its password is set anew, so that the two agree. */
static enum dl_code
give_password(struct setup *s, struct dl_cluster *cluster, const char *prefix,
	      const char *role, struct dl_str old, struct dl_buf *pgpass,
	      struct dl_error *err)
{
	const char *suffix = setup_value(s, "DATABASE_USER_SUFFIX");
	const char *start = dl_arena_printf(s->arena, "%s%s%s:", prefix, role,
					    suffix ? suffix : "");
	const char *password = kept_password(s, old, start);

	if (!password)
		password = dl_random_secret(s->arena, "");
	dl_buf_appendf(pgpass, "%s%s\n", start, password);
	return s->is_dry
		   ? DL_OK
		   : dl_cluster_set_password(cluster, role, password, err);
}

int
setup_passwords(struct setup *s, struct dl_cluster *cluster, const char *host,
		const char *port)
{
	struct dl_buf *pgpass = dl_buf_create(s->arena, 16 * 1024);
	const char *path = dl_arena_printf(s->arena, "%s/" PGPASS_FILE, s->etc);
	const char *prefix = dl_arena_printf(s->arena, "%s:%s:*:", host, port);
	struct dl_error err = {0}, unread = {0};
	struct dl_str old = {NULL, 0};
	int status;

	if (cli_file_read(s->arena, path, &old, &unread) != DL_OK)
		old = (struct dl_str){NULL, 0};
	for (size_t i = 0; i < N_ROLES; i++)
		if (give_password(s, cluster, prefix, roles[i].name, old,
				  pgpass, &err) != DL_OK)
			return cli_fail(&err);
	status = setup_write_file(s, PGPASS_FILE, dl_buf_str(pgpass), true);
	setup_set(s, "PGPASSFILE", path);
	return status;
}
