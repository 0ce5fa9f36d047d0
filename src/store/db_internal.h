/* SPDX-License-Identifier: MIT */
/*
 * What the files of db share: one connection, how it is opened, how an answer
 * is read before a deadline, how a failure becomes a dl_error.  Included by
 * src/store/db*.c alone.
 */
#ifndef DL_STORE_DB_INTERNAL_H
#define DL_STORE_DB_INTERNAL_H

#include "store/db.h"

/*
 * How long an answer is waited for, milliseconds: twice the longest
 * statement_timeout of sql/roles.sql.  Only a server or pooler that fell
 * silent lets it pass.
 */
#ifndef DL_FAILPOINTS
#define DL_DB_ANSWER_MS 120000
#else
#define DL_DB_ANSWER_MS 6000 /* the fault tests can't wait so long */
#endif

struct dl_db {
	struct dl_db_pool *pool;
	PGconn *conn; /* NULL while not connected */
	bool is_busy; /* borrowed; under the pool's lock */
	int64_t lent_boot_ms;
	/*
	 * Named statements are used on this connection.  Given up, until the
	 * next connect, when the server turns out not to know a name that was
	 * prepared: a pooler stands between.
	 */
	bool uses_names;
	bool is_prepared[DL_SQL__COUNT];
};

/* What a connection is opened with; the texts outlive it. */
struct dl_db_target {
	const char *url;
	const char *program;
	const char *user; /* NULL: libpq's own choice */
	bool uses_names;
};

/*
 * Opens db's connection, trying again until deadline_ms (of dl_clock_boot_ms)
 * as a restarting server wants it.  DL_TRY_LATER when there is still none, and
 * at once when the server refuses (no such role, no such database) or is full.
 */
enum dl_code dl_db_connect(struct dl_db *db, const struct dl_db_target *target,
			   int64_t deadline_ms,
			   struct dl_error *err) DL_MUST_CHECK;
void dl_db_disconnect(struct dl_db *db);

/*
 * Whether db has a connection that the server has not closed, as far as can
 * be seen without asking it.
 */
bool dl_db_is_alive(struct dl_db *db);

/* ms from now, on dl_clock_boot_ms(), or the pool's own end if that is first.
 */
int64_t dl_db_until(const struct dl_db_pool *pool, int64_t ms);

/*
 * The next result of what was sent, as PQgetResult; when deadline_ms passes
 * the connection is closed and the answer is NULL.  The caller clears it.
 */
PGresult *dl_db_next_result(struct dl_db *db, int64_t deadline_ms);

/* Whether it says that the server has no room for another connection. */
bool dl_db_is_full(const char *sqlstate);

/* The code of an SQLSTATE; "" (a lost connection) is DL_TRY_LATER. */
enum dl_code dl_db_sqlstate_code(const char *sqlstate);

/*
 * Fills *err from a failed result, or from the connection where result is
 * NULL.  what names the statement.
 */
enum dl_code dl_db_fail(struct dl_db *db, const PGresult *result,
			const char *op, const char *what, struct dl_error *err);

#ifdef DL_FAILPOINTS

/* db.before.NAME: nothing was sent yet. error: the connection breaks. */
void dl_db_point_before(struct dl_db *db, const char *name);

/*
 * db.answered.NAME: the server has done it and answered, and nobody has heard.
 * error: the answer is lost with the connection.
 */
void dl_db_point_answered(struct dl_db *db, const char *name);

/* db.done.NAME: the answer was read. */
void dl_db_point_done(const char *name);

#else

#define dl_db_point_before(db, name)   ((void)(name))
#define dl_db_point_answered(db, name) ((void)(name))
#define dl_db_point_done(name)         ((void)(name))

#endif

#endif
