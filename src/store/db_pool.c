/* SPDX-License-Identifier: MIT */
/*
 * The pool: a fixed number of connections, lent to one thread at a time.  The
 * lock guards who has which; connecting happens outside it.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/die.h"
#include "metrics/metrics.h"
#include "store/db_internal.h"

/* A server without room is not asked for a connection so long, milliseconds. */
#define FULL_PAUSE_MS 200

struct dl_db_pool {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct dl_db_target target;
	char *url;
	char *user; /* NULL without DATABASE_USER_SUFFIX */
	int64_t timeout_ms;
	int64_t until_boot_ms;      /* dl_db_pool_end_by() */
	int64_t full_until_boot_ms; /* under the lock */
	int n;
	struct dl_db dbs[];
};

/* PGUSER as a pooler that serves many databases wants it, or NULL. */
static char *
suffixed_user(struct dl_str suffix)
{
	const char *user = getenv("PGUSER");
	char *text = NULL;

	if (user && suffix.len &&
	    asprintf(&text, "%s%.*s", user, (int)suffix.len, suffix.ptr) < 0)
		dl_die("db.pool", "out of memory");
	return text;
}

struct dl_db_pool *
dl_db_pool_create(const struct dl_settings *settings, const char *program)
{
	size_t n = (size_t)settings->database_pool_size;
	struct dl_db_pool *pool =
	    dl_must(calloc(1, sizeof(*pool) + n * sizeof(pool->dbs[0])));
	char *url = dl_must(strndup(
	    settings->database_url.ptr ? settings->database_url.ptr : "",
	    settings->database_url.len));

	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->freed, NULL);
	pool->url = url;
	pool->user = suffixed_user(settings->database_user_suffix);
	pool->target = (struct dl_db_target){
	    .url = url,
	    .program = program,
	    .user = pool->user,
	    .uses_names = settings->database_prepared_statements,
	};
	pool->timeout_ms = settings->database_timeout_ms;
	pool->until_boot_ms = INT64_MAX;
	pool->n = (int)n;
	for (int i = 0; i < pool->n; i++)
		pool->dbs[i].pool = pool;
	dl_metrics_database_pool(pool->n);
	return pool;
}

void
dl_db_pool_destroy(struct dl_db_pool *pool)
{
	if (!pool)
		return;
	for (int i = 0; i < pool->n; i++) {
		assert(!pool->dbs[i].is_busy);
		dl_db_disconnect(&pool->dbs[i]);
	}
	pthread_cond_destroy(&pool->freed);
	pthread_mutex_destroy(&pool->lock);
	free(pool->url);
	free(pool->user);
	free(pool);
}

void
dl_db_pool_end_by(struct dl_db_pool *pool, int64_t boot_ms)
{
	pool->until_boot_ms = boot_ms;
}

int64_t
dl_db_until(const struct dl_db_pool *pool, int64_t ms)
{
	int64_t until_ms = dl_clock_boot_ms() + ms;

	return until_ms < pool->until_boot_ms ? until_ms : pool->until_boot_ms;
}

/*
 * A free one, with a connection if any has; NULL when all are lent.  While the
 * server has no room only those count that have one: what another thread gives
 * back comes sooner than room does.
 */
static struct dl_db *
find_free(struct dl_db_pool *pool)
{
	bool is_full = dl_clock_boot_ms() < pool->full_until_boot_ms;
	struct dl_db *found = NULL;

	for (int i = 0; i < pool->n; i++) {
		struct dl_db *db = &pool->dbs[i];

		if (!db->is_busy && (db->conn || !is_full) &&
		    (!found || (!found->conn && db->conn)))
			found = db;
	}
	return found;
}

/* Marks one as lent, waiting for it; NULL at the deadline. */
static struct dl_db *
borrow(struct dl_db_pool *pool, int64_t deadline_ms)
{
	struct timespec until;
	struct dl_db *db;
	int64_t left_ms;

	pthread_mutex_lock(&pool->lock);
	while (!(db = find_free(pool)) &&
	       (left_ms = deadline_ms - dl_clock_boot_ms()) > 0) {
		/* Nobody tells when there may be room again. */
		dl_clock_after(
		    left_ms < FULL_PAUSE_MS ? left_ms : FULL_PAUSE_MS, &until);
		pthread_cond_clockwait(&pool->freed, &pool->lock,
				       CLOCK_MONOTONIC, &until);
	}
	if (db)
		db->is_busy = true;
	pthread_mutex_unlock(&pool->lock);
	return db;
}

static void
give_back(struct dl_db *db)
{
	struct dl_db_pool *pool = db->pool;
	int64_t busy_ms = dl_clock_boot_ms() - db->lent_boot_ms;

	pthread_mutex_lock(&pool->lock);
	db->is_busy = false;
	pthread_cond_signal(&pool->freed);
	pthread_mutex_unlock(&pool->lock);
	dl_metrics_database_busy(busy_ms);
}

static void
note_full(struct dl_db_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->full_until_boot_ms = dl_clock_boot_ms() + FULL_PAUSE_MS;
	pthread_mutex_unlock(&pool->lock);
}

/* Borrows one and mends it; *err keeps the first reason that it was given. */
static enum dl_code
acquire_once(struct dl_db_pool *pool, int64_t deadline_ms, struct dl_db **db,
	     struct dl_error *err)
{
	int64_t began_ms = dl_clock_boot_ms();
	int64_t lent_ms;
	enum dl_code code;

	*db = borrow(pool, deadline_ms);
	lent_ms = dl_clock_boot_ms();
	dl_metrics_database_wait(lent_ms - began_ms, *db != NULL);
	if (!*db)
		return dl_fail(err, DL_TRY_LATER, "db.acquire",
			       "all %d connections busy for %lld ms", pool->n,
			       (long long)pool->timeout_ms);
	(*db)->lent_boot_ms = lent_ms;
	if (dl_db_is_alive(*db))
		return DL_OK;
	dl_db_disconnect(*db);
	code = dl_db_connect(*db, &pool->target, deadline_ms, err);
	if (code != DL_OK) {
		give_back(*db);
		*db = NULL;
	}
	return code;
}

enum dl_code
dl_db_acquire(struct dl_db_pool *pool, struct dl_db **db, struct dl_error *err)
{
	int64_t deadline_ms = dl_db_until(pool, pool->timeout_ms);
	struct dl_error why = {0};
	enum dl_code code;

	for (;;) {
		code = acquire_once(pool, deadline_ms, db, &why);
		if (code == DL_OK || !dl_db_is_full(why.sqlstate) ||
		    dl_clock_boot_ms() >= deadline_ms)
			return dl_fail_as(err, code, &why);
		note_full(pool);
	}
}

void
dl_db_release(struct dl_db *db)
{
	if (!db)
		return;
	dl_db_rollback(db);
	give_back(db);
}
