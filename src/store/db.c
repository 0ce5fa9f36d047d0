/* SPDX-License-Identifier: MIT */
/*
 * Running statements: one on a borrowed connection, one in a transaction of
 * its own in a single round trip, and transactions around several.
 */
#include "config.h"

#include "store/db.h"

#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "store/db_internal.h"

/* 40001 and 40P01 are run again so many times. */
#define MAX_TRIES 5
/* BEGIN, the tenant, the statement, both prepared before, COMMIT */
#define MAX_STEPS 6

/* One command of a pipeline. */
struct step {
	const char *name; /* the prepared statement's; "" for none */
	const char *sql;  /* NULL: run what name stands for */
	bool is_prepare;  /* prepare sql under name, do not run it */
	int n_params;
	const char *const *params;
};

static void
clear_deferred(void *result)
{
	PQclear(result);
}

/* Hands result over to the arena and *out, or drops it where out is NULL. */
static void
keep(struct dl_arena *arena, PGresult *result, PGresult **out)
{
	if (!out) {
		PQclear(result);
		return;
	}
	dl_arena_defer(arena, clear_deferred, result);
	*out = result;
}

static bool
is_good(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static const char *
sqlstate_of(const PGresult *result)
{
	const char *text =
	    result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	return text ? text : "";
}

static bool
is_lost(const struct dl_db *db)
{
	return !db->conn || PQstatus(db->conn) != CONNECTION_OK;
}

/*
 * Whether the failure is one of names: a name unknown (26000) or taken
 * (42P05) as behind a pooler, or a plan that a migration made stale (0A000,
 * "cached plan must not change result type").  The connection then goes on
 * without names, and the statement is worth another try.
 */
static bool
give_names_up(struct dl_db *db, const char *sqlstate)
{
	if (!db->uses_names ||
	    (strcmp(sqlstate, "26000") != 0 && strcmp(sqlstate, "42P05") != 0 &&
	     strcmp(sqlstate, "0A000") != 0))
		return false;
	db->uses_names = false;
	dl_log(DL_LOG_NOTICE, "db.names",
	       "this connection goes on without prepared statements",
	       DL_F_TEXT("sqlstate", sqlstate));
	return true;
}

static bool
send_step(PGconn *conn, const struct step *step)
{
	if (step->is_prepare)
		return PQsendPrepare(conn, step->name, step->sql, 0, NULL);
	if (step->sql)
		return PQsendQueryParams(conn, step->sql, step->n_params, NULL,
					 step->params, NULL, NULL, 0);
	return PQsendQueryPrepared(conn, step->name, step->n_params,
				   step->params, NULL, NULL, 0);
}

/* ------------------------------------------------------------- pipelines */

/* Reads the n results and the sync; false when the connection went. */
static bool
read_pipeline(struct dl_db *db, size_t n, PGresult **results)
{
	int64_t deadline_ms = dl_db_until(db->pool, DL_DB_ANSWER_MS);

	for (size_t i = 0; i < n; i++) {
		results[i] = dl_db_next_result(db, deadline_ms);
		if (!results[i] || is_lost(db))
			return false;
		/* NULL stands between the results of two commands. */
		PQclear(dl_db_next_result(db, deadline_ms));
	}
	PQclear(dl_db_next_result(db, deadline_ms));
	return !is_lost(db);
}

/*
 * Sends the steps in one go and reads their results.  Returns the number of
 * the first that was not answered well, n when all were.  The caller clears
 * the results, which may be NULL from the failure on.  point names it for the
 * fault tests.
 */
static size_t
run_pipeline(struct dl_db *db, const char *point, const struct step *steps,
	     size_t n, PGresult **results)
{
	size_t i;
	bool is_whole;

	dl_db_point_before(db, point);
	is_whole = PQenterPipelineMode(db->conn);
	memset(results, 0, n * sizeof(*results));
	for (i = 0; i < n && is_whole; i++)
		is_whole = send_step(db->conn, &steps[i]);
	is_whole = is_whole && PQpipelineSync(db->conn);
	dl_db_point_answered(db, point);
	is_whole = is_whole && read_pipeline(db, n, results) &&
		   PQexitPipelineMode(db->conn);
	for (i = 0; i < n && results[i] && is_good(results[i]); i++)
		continue;
	/* A connection in the middle of something is of no further use. */
	if (!is_whole && db->conn && PQstatus(db->conn) == CONNECTION_OK)
		dl_db_disconnect(db);
	dl_db_point_done(point);
	return i;
}

static void
clear_all(PGresult **results, size_t n)
{
	for (size_t i = 0; i < n; i++)
		PQclear(results[i]);
}

/* --------------------------------------------------------- one statement */

/* The steps that run statement: prepare where needed, then execute. */
static size_t
add_statement(const struct dl_db *db, enum dl_statement statement,
	      const char *const *params, struct step *steps)
{
	const struct dl_statement_text *text = &dl_statements[statement];
	size_t n = 0;

	if (!db->uses_names) {
		steps[n++] =
		    (struct step){"", text->sql, false, text->n_params, params};
		return n;
	}
	if (!db->is_prepared[statement])
		steps[n++] =
		    (struct step){text->name, text->sql, true, 0, NULL};
	steps[n++] =
	    (struct step){text->name, NULL, false, text->n_params, params};
	return n;
}

/*
 * Sends one step and reads all of its results: the last, or a failed one.
 * *was_done: the command had been carried out before anything failed, as when
 * its commit does.  point names it for the fault tests, NULL for none.
 */
static PGresult *
run_step(struct dl_db *db, const char *point, const struct step *step,
	 bool *was_done)
{
	int64_t deadline_ms = dl_db_until(db->pool, DL_DB_ANSWER_MS);
	PGresult *kept = NULL;
	PGresult *next;

	*was_done = false;
	dl_db_point_before(db, point);
	if (is_lost(db) || !send_step(db->conn, step))
		return NULL;
	dl_db_point_answered(db, point);
	while ((next = dl_db_next_result(db, deadline_ms))) {
		if (kept && !is_good(kept)) {
			PQclear(next);
			continue;
		}
		*was_done |= is_good(next);
		PQclear(kept);
		kept = next;
	}
	dl_db_point_done(point);
	return kept;
}

/* Runs the statement step by step; the result of the last one run. */
static PGresult *
run_statement(struct dl_db *db, enum dl_statement statement,
	      const char *const *params, bool *was_done)
{
	struct step steps[2];
	size_t n = add_statement(db, statement, params, steps);
	PGresult *result = NULL;

	*was_done = false;
	for (size_t i = 0; i < n; i++) {
		PQclear(result);
		result = run_step(
		    db,
		    steps[i].is_prepare ? NULL : dl_statements[statement].name,
		    &steps[i], was_done);
		if (!result || !is_good(result))
			break;
		db->is_prepared[statement] |= steps[i].is_prepare;
	}
	return result;
}

enum dl_code
dl_db_exec(struct dl_db *db, struct dl_arena *arena,
	   enum dl_statement statement, const char *const *params,
	   PGresult **result, struct dl_error *err)
{
	bool is_alone = PQtransactionStatus(db->conn) == PQTRANS_IDLE;
	bool was_done;
	PGresult *got = run_statement(db, statement, params, &was_done);
	enum dl_code code;

	if (result)
		*result = NULL;
	if (give_names_up(db, sqlstate_of(got)) && is_alone) {
		PQclear(got);
		got = run_statement(db, statement, params, &was_done);
	}
	if (got && is_good(got)) {
		keep(arena, got, result);
		return DL_OK;
	}
	code =
	    dl_db_fail(db, got, "db.exec", dl_statements[statement].name, err);
	if (err && is_alone && is_lost(db) && (was_done || !*sqlstate_of(got)))
		err->uncertain = true;
	PQclear(got);
	return code;
}

/* -------------------------------------------- one call on its own */

static const struct step begin_step = {"", "BEGIN", false, 0, NULL};
static const struct step commit_step = {"", "COMMIT", false, 0, NULL};

static const char *
plan_mode_of(enum dl_statement statement)
{
	return dl_statements[statement].is_generic ? "force_generic_plan"
						   : "auto";
}

/* BEGIN, and for a tenant (NULL: none) what its statements run under. */
static size_t
add_begin(const struct dl_db *db, const char *tenant_id, const char *plan_mode,
	  const char **params, struct step *steps)
{
	steps[0] = begin_step;
	if (!tenant_id)
		return 1;
	params[0] = tenant_id;
	params[1] = plan_mode;
	return 1 + add_statement(db, DL_SQL_SET_TENANT, params, steps + 1);
}

/* Steps up to this one were answered well: what they prepared is there. */
static void
note_prepared(struct dl_db *db, enum dl_statement statement, bool is_done)
{
	if (is_done && db->conn)
		db->is_prepared[statement] |= db->uses_names;
}

/* What dl_db_call() was asked for. */
struct call {
	struct dl_arena *arena;
	const char *tenant_id;
	enum dl_statement statement;
	const char *const *params;
	PGresult **result;
};

/*
 * One try with a tenant.  *err is this try's own.  A connection that goes
 * after COMMIT went out, with no word on it, leaves the outcome uncertain.
 */
static enum dl_code
call_as_tenant(struct dl_db *db, const struct call *call, struct dl_error *err)
{
	struct step steps[MAX_STEPS];
	PGresult *results[MAX_STEPS];
	const char *tenant[2];
	size_t n = add_begin(db, call->tenant_id, plan_mode_of(call->statement),
			     tenant, steps);
	size_t begun = n - 1;
	size_t run, bad;
	enum dl_code code = DL_OK;

	n += add_statement(db, call->statement, call->params, steps + n);
	run = n - 1;
	steps[n++] = commit_step;
	bad = run_pipeline(db, dl_statements[call->statement].name, steps, n,
			   results);
	note_prepared(db, DL_SQL_SET_TENANT, bad >= begun);
	note_prepared(db, call->statement, bad >= run);
	if (bad == n) {
		keep(call->arena, results[run], call->result);
		results[run] = NULL;
	} else {
		code = dl_db_fail(db, results[bad], "db.call",
				  dl_statements[call->statement].name, err);
		err->uncertain = is_lost(db) &&
				 (bad == n - 1 || !*sqlstate_of(results[bad]));
	}
	clear_all(results, n);
	return code;
}

/* One try on a borrowed connection; for nobody no transaction is needed. */
static enum dl_code
call_on(struct dl_db *db, const struct call *call, struct dl_error *err)
{
	enum dl_code code;

	if (!call->tenant_id)
		return dl_db_exec(db, call->arena, call->statement,
				  call->params, call->result, err);
	code = call_as_tenant(db, call, err);
	if (code == DL_OK || !give_names_up(db, err->sqlstate))
		return code;
	dl_error_clear(err);
	dl_db_rollback(db);
	return call_as_tenant(db, call, err);
}

/*
 * Whether a failed try is worth another.  A connection that broke is tried
 * once more where nothing can have been committed or the caller allows it.
 */
static bool
is_worth_it(const struct dl_error *err, bool is_broken, bool is_repeatable,
	    bool *was_broken)
{
	if (strcmp(err->sqlstate, "40001") == 0 ||
	    strcmp(err->sqlstate, "40P01") == 0)
		return true;
	if (!is_broken || *was_broken)
		return false;
	*was_broken = true;
	return is_repeatable || !err->uncertain;
}

/* Tries until it is done or not worth another try. */
static enum dl_code
run_call(struct dl_db_pool *pool, const struct call *call, bool is_repeatable,
	 struct dl_error *err)
{
	struct dl_error last;
	bool was_broken = false;
	bool is_broken;
	enum dl_code code;
	struct dl_db *db;

	if (call->result)
		*call->result = NULL;
	for (int try = 1;; try++) {
		code = dl_db_acquire(pool, &db, err);
		if (code != DL_OK)
			return code;
		dl_error_clear(&last);
		code = call_on(db, call, &last);
		is_broken = is_lost(db);
		dl_db_release(db);
		if (code == DL_OK || try == MAX_TRIES ||
		    !is_worth_it(&last, is_broken, is_repeatable, &was_broken))
			break;
		dl_clock_sleep_ms(dl_random_between(1, 10 << try));
	}
	return dl_fail_as(err, code, &last);
}

enum dl_code
dl_db_call(struct dl_db_pool *pool, struct dl_arena *arena,
	   const char *tenant_id, bool is_repeatable,
	   enum dl_statement statement, const char *const *params,
	   PGresult **result, struct dl_error *err)
{
	const struct call call = {.arena = arena,
				  .tenant_id = tenant_id,
				  .statement = statement,
				  .params = params,
				  .result = result};

	return run_call(pool, &call, is_repeatable, err);
}

/* ---------------------------------------------------------- transactions */

static enum dl_code
begin_once(struct dl_db *db, const char *tenant_id, struct dl_error *err)
{
	struct step steps[MAX_STEPS];
	PGresult *results[MAX_STEPS];
	const char *tenant[2];
	size_t n = add_begin(db, tenant_id, "auto", tenant, steps);
	size_t bad = run_pipeline(db, "BEGIN", steps, n, results);
	enum dl_code code = DL_OK;

	if (bad < n)
		code = dl_db_fail(db, results[bad], "db.begin", "BEGIN", err);
	else
		note_prepared(db, DL_SQL_SET_TENANT, tenant_id != NULL);
	clear_all(results, n);
	return code;
}

enum dl_code
dl_db_begin(struct dl_db *db, const char *tenant_id, struct dl_error *err)
{
	struct dl_error first = {0};
	enum dl_code code = begin_once(db, tenant_id, &first);

	if (code != DL_OK && give_names_up(db, first.sqlstate)) {
		dl_db_rollback(db);
		return begin_once(db, tenant_id, err);
	}
	return dl_fail_as(err, code, &first);
}

enum dl_code
dl_db_commit(struct dl_db *db, struct dl_error *err)
{
	PGresult *result;
	bool was_done;
	enum dl_code code;

	if (is_lost(db))
		return dl_fail(err, DL_TRY_LATER, "db.commit",
			       "the connection was lost before");
	result = run_step(db, "COMMIT", &commit_step, &was_done);
	if (!result || !is_good(result)) {
		code = dl_db_fail(db, result, "db.commit", "COMMIT", err);
		if (err && is_lost(db))
			err->uncertain = true;
	} else if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
		/* A failed statement had ended the transaction already. */
		code = dl_fail(err, DL_INTERNAL, "db.commit",
			       "the transaction had failed");
	} else {
		code = DL_OK;
	}
	PQclear(result);
	return code;
}

void
dl_db_rollback(struct dl_db *db)
{
	static const struct step step = {"", "ROLLBACK", false, 0, NULL};
	PGresult *result;
	bool was_done;

	if (is_lost(db)) {
		dl_db_disconnect(db);
		return;
	}
	if (PQtransactionStatus(db->conn) == PQTRANS_IDLE)
		return;
	result = run_step(db, "ROLLBACK", &step, &was_done);
	if (!result || !is_good(result))
		dl_db_disconnect(db);
	PQclear(result);
}
