/* SPDX-License-Identifier: MIT */
/*
 * Applies the files of sql/migrations, as Supabase's own tool does and in the
 * table that it keeps (supabase_migrations.schema_migrations), so that either
 * sees what the other applied.  Forward only; one transaction a file, under a
 * lock that lets two administrators start it at once.
 */
#ifndef DL_STORE_MIGRATIONS_H
#define DL_STORE_MIGRATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "store/db.h"

enum dl_migration_state {
	DL_MIGRATION_APPLIED, /* recorded, by us or by Supabase's tool */
	DL_MIGRATION_PENDING, /* a file that is not recorded */
	DL_MIGRATION_UNKNOWN  /* recorded, but there is no such file */
};

struct dl_migration {
	const char *version; /* "20261124100000" */
	const char *name;    /* "tables"; "" where the table has none */
	const char *path;    /* NULL when DL_MIGRATION_UNKNOWN */
	enum dl_migration_state state;
};

/* In the order of their versions; all of it lives in the arena. */
struct dl_migration_list {
	struct dl_migration *items;
	size_t n;
};

/* What a failing statement of a file said, for a person. */
struct dl_migration_fault {
	const char *path; /* the file; the rest is in the arena */
	int line;         /* from 1; 0 where the server named no place */
	const char *message;
	const char *detail; /* "" where there is none, as the next two */
	const char *hint;
	const char *context;
};

/*
 * Reads dir and the database's table.  DL_NOT_FOUND: dir can't be read, or
 * holds no migration.  Makes nothing.
 */
enum dl_code dl_migrations_list(struct dl_db *db, struct dl_arena *arena,
				const char *dir, struct dl_migration_list *list,
				struct dl_error *err) DL_MUST_CHECK;

/*
 * Applies one file and records it, unless somebody has meanwhile: *was_applied
 * tells whether this call did.  DL_REJECTED: a statement failed, *fault says
 * where, and nothing of the file stands.
 */
enum dl_code dl_migration_apply(struct dl_db *db, struct dl_arena *arena,
				const struct dl_migration *migration,
				bool *was_applied,
				struct dl_migration_fault *fault,
				struct dl_error *err) DL_MUST_CHECK;

/* Runs a file that may be run again (roles.sql) and records nothing. */
enum dl_code dl_migration_run_file(struct dl_db *db, struct dl_arena *arena,
				   const char *path,
				   struct dl_migration_fault *fault,
				   struct dl_error *err) DL_MUST_CHECK;

/* Hears the notices and warnings of a file's statements. */
struct dl_migration_listener {
	void (*notify)(const char *text);
};

/* listener must stand as long as db is borrowed. */
void dl_migrations_listen(struct dl_db *db,
			  struct dl_migration_listener *listener);

#endif
