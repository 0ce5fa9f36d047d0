/* SPDX-License-Identifier: MIT */
/* Migrations: what is there, what is recorded, applying one. */
#include "config.h"

#include "store/migrations.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/db_internal.h"

/* A migration is text that people read; far above the longest one. */
#define MAX_FILE  (4 << 20)
#define MAX_FILES 1000

/* As Supabase's tool makes it. */
static const char make_table[] =
    "CREATE SCHEMA IF NOT EXISTS supabase_migrations;"
    "CREATE TABLE IF NOT EXISTS supabase_migrations.schema_migrations"
    " (version text NOT NULL PRIMARY KEY);"
    "ALTER TABLE supabase_migrations.schema_migrations"
    " ADD COLUMN IF NOT EXISTS statements text[],"
    " ADD COLUMN IF NOT EXISTS name text";
static const char lock_all[] =
    "SELECT pg_catalog.pg_advisory_xact_lock(5493146201447293017)";
static const char has_table[] =
    "SELECT 1 WHERE pg_catalog.to_regclass("
    "'supabase_migrations.schema_migrations') IS NOT NULL";
static const char read_all[] = "SELECT version, to_jsonb(m) ->> 'name' AS name"
			       " FROM supabase_migrations.schema_migrations m"
			       " ORDER BY version COLLATE \"C\"";
static const char read_one[] =
    "SELECT 1 FROM supabase_migrations.schema_migrations WHERE version = $1";
static const char record_one[] =
    "INSERT INTO supabase_migrations.schema_migrations"
    " (version, name, statements) VALUES ($1, $2, ARRAY[$3])";

static void
clear_deferred(void *result)
{
	PQclear(result);
}

/*
 * One statement, as long as it takes: a migration of a large table knows no
 * deadline.  The result belongs to the arena.
 */
static enum dl_code
run(struct dl_db *db, struct dl_arena *arena, const char *sql, int n_params,
    const char *const *params, PGresult **result, struct dl_error *err)
{
	ExecStatusType status;

	*result = n_params ? PQexecParams(db->conn, sql, n_params, NULL, params,
					  NULL, NULL, 0)
			   : PQexec(db->conn, sql);
	dl_arena_defer(arena, clear_deferred, *result);
	status = PQresultStatus(*result);
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return DL_OK;
	return dl_db_fail(db, *result, "migrations", "migration", err);
}

static enum dl_code
run_plain(struct dl_db *db, struct dl_arena *arena, const char *sql,
	  struct dl_error *err)
{
	PGresult *result;

	return run(db, arena, sql, 0, NULL, &result, err);
}

/* ------------------------------------------------------------------ files */

static enum dl_code
read_file(struct dl_arena *arena, const char *path, char **text,
	  struct dl_error *err)
{
	struct stat st;
	ssize_t got = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size > MAX_FILE)
		goto out;
	*text = dl_arena_alloc(arena, (size_t)st.st_size + 1);
	if (*text)
		got = read(fd, *text, (size_t)st.st_size);
out:
	if (fd >= 0)
		close(fd);
	if (got < 0 || got != st.st_size)
		return dl_fail(err, DL_NOT_FOUND, "migrations", "%s: %s", path,
			       errno ? strerror(errno) : "cut short");
	if (memchr(*text, '\0', (size_t)got))
		return dl_fail(err, DL_BAD_REQUEST, "migrations",
			       "%s holds a NUL", path);
	return DL_OK;
}

/* "<digits>_<name>.sql" */
static bool
is_migration(const char *file)
{
	size_t digits = strspn(file, "0123456789");
	size_t len = strlen(file);

	return digits >= 1 && file[digits] == '_' && len > digits + 5 &&
	       strcmp(file + len - 4, ".sql") == 0;
}

static int
by_version(const void *a, const void *b)
{
	const struct dl_migration *left = a;
	const struct dl_migration *right = b;

	return strcmp(left->version, right->version);
}

static void
take_file(struct dl_arena *arena, const char *dir, const char *file,
	  struct dl_migration_list *list)
{
	size_t digits = strspn(file, "0123456789");

	list->items[list->n++] = (struct dl_migration){
	    .version = dl_arena_strndup(arena, file, digits),
	    .name = dl_arena_strndup(arena, file + digits + 1,
				     strlen(file) - digits - 5),
	    .path = dl_arena_printf(arena, "%s/%s", dir, file),
	    .state = DL_MIGRATION_PENDING,
	};
}

static enum dl_code
list_files(struct dl_arena *arena, const char *dir,
	   struct dl_migration_list *list, struct dl_error *err)
{
	struct dirent *entry;
	DIR *stream = opendir(dir);

	if (!stream)
		return dl_fail(err, DL_NOT_FOUND, "migrations", "%s: %s", dir,
			       strerror(errno));
	while (list->n < MAX_FILES && (entry = readdir(stream)))
		if (is_migration(entry->d_name))
			take_file(arena, dir, entry->d_name, list);
	closedir(stream);
	if (!list->n)
		return dl_fail(err, DL_NOT_FOUND, "migrations",
			       "%s holds no migration", dir);
	return DL_OK;
}

/* --------------------------------------------------------------- database */

/* Marks what the table knows, and adds what it alone knows. */
static void
mark(struct dl_arena *arena, const PGresult *rows,
     struct dl_migration_list *list)
{
	size_t n_files = list->n;

	for (int row = 0; row < PQntuples(rows); row++) {
		const char *version = PQgetvalue(rows, row, 0);
		size_t i = 0;

		while (i < n_files &&
		       strcmp(list->items[i].version, version) != 0)
			i++;
		if (i < n_files)
			list->items[i].state = DL_MIGRATION_APPLIED;
		else if (list->n < 2 * MAX_FILES)
			list->items[list->n++] = (struct dl_migration){
			    .version = dl_arena_strdup(arena, version),
			    .name = dl_arena_strdup(arena,
						    PQgetvalue(rows, row, 1)),
			    .state = DL_MIGRATION_UNKNOWN,
			};
	}
}

enum dl_code
dl_migrations_list(struct dl_db *db, struct dl_arena *arena, const char *dir,
		   struct dl_migration_list *list, struct dl_error *err)
{
	PGresult *result;
	enum dl_code code;

	list->n = 0;
	list->items =
	    dl_arena_array(arena, 2 * MAX_FILES, sizeof(*list->items));
	code = list_files(arena, dir, list, err);
	if (code != DL_OK)
		return code;
	code = run(db, arena, has_table, 0, NULL, &result, err);
	if (code == DL_OK && PQntuples(result) > 0) {
		code = run(db, arena, read_all, 0, NULL, &result, err);
		if (code == DL_OK)
			mark(arena, result, list);
	}
	qsort(list->items, list->n, sizeof(*list->items), by_version);
	return code;
}

/* The line of the file in which the server saw the error. */
static int
line_of(const char *text, const char *position)
{
	long at = position ? strtol(position, NULL, 10) : 0;
	int line = 1;

	if (at <= 0)
		return 0;
	/* The position counts characters. */
	for (; *text && at > 1; text++) {
		if (*text == '\n')
			line++;
		if ((*text & 0xc0) != 0x80)
			at--;
	}
	return line;
}

static const char *
field(struct dl_arena *arena, const PGresult *result, int name)
{
	const char *text = PQresultErrorField(result, name);

	return dl_arena_strdup(arena, text ? text : "");
}

/* Runs the file's text inside the transaction that is open. */
static enum dl_code
run_text(struct dl_db *db, struct dl_arena *arena, const char *path,
	 const char *text, struct dl_migration_fault *fault,
	 struct dl_error *err)
{
	PGresult *result;
	enum dl_code code = run(db, arena, text, 0, NULL, &result, err);

	if (code == DL_OK && PQtransactionStatus(db->conn) != PQTRANS_INTRANS)
		return dl_fail(err, DL_INTERNAL, "migrations",
			       "%s ends the transaction that it runs in", path);
	if (code == DL_OK || !PQresultErrorField(result, PG_DIAG_SQLSTATE))
		return code;
	*fault = (struct dl_migration_fault){
	    .path = path,
	    .line = line_of(
		text, PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION)),
	    .message = field(arena, result, PG_DIAG_MESSAGE_PRIMARY),
	    .detail = field(arena, result, PG_DIAG_MESSAGE_DETAIL),
	    .hint = field(arena, result, PG_DIAG_MESSAGE_HINT),
	    .context = field(arena, result, PG_DIAG_CONTEXT),
	};
	return DL_REJECTED;
}

/* Opens a transaction that no other run of this program is in. */
static enum dl_code
begin(struct dl_db *db, struct dl_arena *arena, struct dl_error *err)
{
	enum dl_code code = dl_db_begin(db, NULL, err);

	return code == DL_OK ? run_plain(db, arena, lock_all, err) : code;
}

/* Applies and records, in the transaction that is open. */
static enum dl_code
apply(struct dl_db *db, struct dl_arena *arena,
      const struct dl_migration *migration, const char *text, bool *was_applied,
      struct dl_migration_fault *fault, struct dl_error *err)
{
	const char *params[] = {migration->version, migration->name, text};
	PGresult *result;
	enum dl_code code = run_plain(db, arena, make_table, err);

	if (code == DL_OK)
		code = run(db, arena, read_one, 1, params, &result, err);
	if (code != DL_OK || PQntuples(result) > 0)
		return code;
	code = run_text(db, arena, migration->path, text, fault, err);
	if (code == DL_OK)
		code = run(db, arena, record_one, 3, params, &result, err);
	*was_applied = code == DL_OK;
	return code;
}

enum dl_code
dl_migration_apply(struct dl_db *db, struct dl_arena *arena,
		   const struct dl_migration *migration, bool *was_applied,
		   struct dl_migration_fault *fault, struct dl_error *err)
{
	char *text;
	enum dl_code code = read_file(arena, migration->path, &text, err);

	*was_applied = false;
	if (code != DL_OK)
		return code;
	code = begin(db, arena, err);
	if (code == DL_OK)
		code =
		    apply(db, arena, migration, text, was_applied, fault, err);
	if (code == DL_OK)
		code = dl_db_commit(db, err);
	dl_db_rollback(db);
	return code;
}

enum dl_code
dl_migration_run_file(struct dl_db *db, struct dl_arena *arena,
		      const char *path, struct dl_migration_fault *fault,
		      struct dl_error *err)
{
	char *text;
	enum dl_code code = read_file(arena, path, &text, err);

	if (code != DL_OK)
		return code;
	code = begin(db, arena, err);
	if (code == DL_OK)
		code = run_text(db, arena, path, text, fault, err);
	if (code == DL_OK)
		code = dl_db_commit(db, err);
	dl_db_rollback(db);
	return code;
}

static void
receive(void *ctx, const PGresult *notice)
{
	const struct dl_migration_listener *listener = ctx;
	const char *state = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

	/* "already exists, skipping" has a state of class 42. */
	if (state && strncmp(state, "42", 2) != 0)
		listener->notify(text ? text : "");
}

void
dl_migrations_listen(struct dl_db *db, struct dl_migration_listener *listener)
{
	PQsetNoticeReceiver(db->conn, receive, listener);
}
