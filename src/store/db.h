/* SPDX-License-Identifier: MIT */
/*
 * PostgreSQL behind the embedded statements (sql/queries): a pool of
 * connections, one call to run one statement, transactions where several
 * belong together.  The only module that maps SQLSTATE to enum dl_code:
 * 40001, 40P01, 08xxx, 25006, 25P03, 53xxx, 55P03, 57014, 57P0x ->
 * DL_TRY_LATER; 23505 -> DL_CONFLICT; 22xxx, other 23xxx -> DL_BAD_REQUEST;
 * the rest DL_INTERNAL.
 *
 * No session state is used, so that everything works behind a transaction
 * pooler.  Never hold a connection across an HTTP call.
 */
#ifndef DL_STORE_DB_H
#define DL_STORE_DB_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/str.h"
#include "store/statements.h"

struct dl_db_pool;
struct dl_db; /* one connection, borrowed from a pool */

/*
 * A pool of settings->database_pool_size connections, opened when first
 * needed.  program becomes the application_name.  Thread-safe afterwards.
 * Never NULL; a bad DATABASE_URL shows at the first use.
 */
struct dl_db_pool *dl_db_pool_create(const struct dl_settings *settings,
				     const char *program);
void dl_db_pool_destroy(struct dl_db_pool *pool);

/*
 * No connection and no answer is waited for after boot_ms (of
 * dl_clock_boot_ms): for a program that must end in time.  The statement that
 * was then running may have counted, as after any lost connection.  Called
 * before the pool is shared among threads.
 */
void dl_db_pool_end_by(struct dl_db_pool *pool, int64_t boot_ms);

/*
 * Borrows a connection, waiting up to DATABASE_TIMEOUT_MS for a free one and
 * mending a broken one.  DL_TRY_LATER when there is none, at once where the
 * server refuses us (28xxx: role or password; 3D000).  Give it back with
 * dl_db_release() from the same thread, which rolls an open transaction back.
 */
enum dl_code dl_db_acquire(struct dl_db_pool *pool, struct dl_db **db,
			   struct dl_error *err) DL_MUST_CHECK;
void dl_db_release(struct dl_db *db);

/*
 * Runs one statement on a borrowed connection.  params are NUL-terminated
 * text, NULL for SQL NULL, as many as the statement's file declares.  *result
 * belongs to the arena and holds rows (or none); result may be NULL.  Outside
 * a transaction a lost connection sets err->uncertain.
 */
enum dl_code dl_db_exec(struct dl_db *db, struct dl_arena *arena,
			enum dl_statement statement, const char *const *params,
			PGresult **result, struct dl_error *err) DL_MUST_CHECK;

/*
 * The same on a connection of its own, with the tenant (NULL for none) set by
 * set_config('app.tenant_id', ..., true) in the same round trip and
 * transaction (libpq's pipeline mode).  40001 and 40P01 are run again, at
 * most 5 times with jitter.  With is_repeatable a lost connection is tried
 * once more as well: only for reads and for statements that may run twice;
 * without it err->uncertain tells whether the statement may have counted.
 */
enum dl_code dl_db_call(struct dl_db_pool *pool, struct dl_arena *arena,
			const char *tenant_id, bool is_repeatable,
			enum dl_statement statement, const char *const *params,
			PGresult **result, struct dl_error *err) DL_MUST_CHECK;

/*
 * A transaction on a borrowed connection, for the tenant (NULL: none).  A
 * commit whose answer was lost gives DL_TRY_LATER with err->uncertain.
 */
enum dl_code dl_db_begin(struct dl_db *db, const char *tenant_id,
			 struct dl_error *err) DL_MUST_CHECK;
enum dl_code dl_db_commit(struct dl_db *db, struct dl_error *err) DL_MUST_CHECK;
void dl_db_rollback(struct dl_db *db);

/* ------------------------------------------------------------ values out */

/* The column's text, {NULL, 0} for SQL NULL; valid while the result is. */
struct dl_str dl_db_text(const PGresult *result, int row, const char *column);
/* The same as a NUL-terminated string, NULL for SQL NULL. */
const char *dl_db_cstr(const PGresult *result, int row, const char *column);
/* A whole number; fallback for SQL NULL. */
int64_t dl_db_int(const PGresult *result, int row, const char *column,
		  int64_t fallback);
bool dl_db_bool(const PGresult *result, int row, const char *column);

/* ------------------------------------------------------------- values in */

/* n as text in the arena; NULL at its cap. */
const char *dl_db_from_int(struct dl_arena *arena, int64_t n);
/* at_ms as a timestamptz; NULL at the arena's cap. */
const char *dl_db_from_time(struct dl_arena *arena, int64_t at_ms);

/* Builds an array literal: begin, one append an element, end. */
struct dl_db_array {
	struct dl_buf *buf;
};
/* max: ceiling of the literal in bytes. */
void dl_db_array_begin(struct dl_db_array *array, struct dl_arena *arena,
		       size_t max);
/* A text element, quoted; {NULL, 0} becomes NULL; one with a NUL spoils all. */
void dl_db_array_str(struct dl_db_array *array, struct dl_str element);
void dl_db_array_text(struct dl_db_array *array, const char *element);
void dl_db_array_int(struct dl_db_array *array, int64_t element);
/* The literal, as long as the arena; NULL when the ceiling was passed. */
const char *dl_db_array_end(struct dl_db_array *array);

#endif
