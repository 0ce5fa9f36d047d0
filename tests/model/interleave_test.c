/* SPDX-License-Identifier: MIT */
/*
 * Deliveries on three connections while a fourth one pauses, resumes,
 * reschedules or cancels the same campaigns, in random orders; after each the
 * invariants must hold.  On a database that interleave.sql was loaded into.
 */
#include "config.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "step.h"
#include "store/statements.h"

#define TENANT     "eeeeeeee-0000-4000-8000-000000000000"
#define USER       "ffffffff-0000-4000-8000-000000000000"
#define WORKERS    3
#define MAX_ROWS   12
#define MAX_PARAMS 10

struct row {
	char id[40], campaign[40], token[40];
	char status[16];
	char phase[16]; /* of its campaign */
	int generation;
};

/* A statement on its way. */
struct worker {
	PGconn *conn;
	enum dl_statement statement;
	struct model_text params[MAX_PARAMS];
	bool is_sent;
};

struct run {
	struct dice dice;
	PGconn *control;
	struct worker workers[WORKERS];
	struct row rows[MAX_ROWS];
	int n_rows;
	long round;
	int64_t serials;
	long claimed; /* since the campaigns began */
	long n_claimed, n_actions[4];
};

static void
fail(const struct run *run, const char *what, const char *why)
{
	printf("# interleaving %ld: %s: %s\n", run->round, what, why);
	printf("not ok\n");
	exit(1);
}

static int
below(struct run *run, int n)
{
	return dice_below(&run->dice, n);
}

static PGresult *
query(struct run *run, const char *sql, int n, const char *const *params)
{
	PGresult *result =
	    PQexecParams(run->control, sql, n, NULL, params, NULL, NULL, 0);

	if (PQresultStatus(result) != PGRES_TUPLES_OK &&
	    PQresultStatus(result) != PGRES_COMMAND_OK)
		fail(run, sql, PQerrorMessage(run->control));
	return result;
}

static PGresult *
statement(struct run *run, enum dl_statement statement,
	  const char *const *params)
{
	const struct dl_statement_text *text = &dl_statements[statement];

	return query(run, text->sql, text->n_params, params);
}

static void
command(struct run *run, const char *sql)
{
	PQclear(query(run, sql, 0, NULL));
}

/* ------------------------------------------------------------------- rows */

static void
take_text(char *out, size_t max, const PGresult *result, int row, int column)
{
	snprintf(out, max, "%s", PQgetvalue(result, row, column));
}

static void
read_rows(struct run *run)
{
	PGresult *result = query(
	    run,
	    "SELECT m.id, m.campaign_id, m.claim_token, m.status, c.status, "
	    "m.generation FROM public.message_logs_dispara_lead_saas_02 m "
	    "JOIN public.campaigns_dispara_lead_saas_02 c "
	    "ON c.id = m.campaign_id ORDER BY m.id",
	    0, NULL);

	run->n_rows = PQntuples(result);
	for (int i = 0; i < run->n_rows && i < MAX_ROWS; i++) {
		struct row *row = &run->rows[i];

		take_text(row->id, sizeof(row->id), result, i, 0);
		take_text(row->campaign, sizeof(row->campaign), result, i, 1);
		take_text(row->token, sizeof(row->token), result, i, 2);
		take_text(row->status, sizeof(row->status), result, i, 3);
		take_text(row->phase, sizeof(row->phase), result, i, 4);
		row->generation =
		    (int)strtol(PQgetvalue(result, i, 5), NULL, 10);
	}
	PQclear(result);
}

static int
count_open(const struct run *run)
{
	int n = 0;

	for (int i = 0; i < run->n_rows; i++)
		n += strcmp(run->rows[i].status, "pending") == 0 ||
		     strcmp(run->rows[i].status, "queued") == 0 ||
		     strcmp(run->rows[i].status, "sending") == 0 ||
		     strcmp(run->rows[i].status, "uncertain") == 0;
	return n;
}

/* A row in that state, if there is one; else any. */
static const struct row *
row_in(struct run *run, const char *status)
{
	int first = below(run, run->n_rows);

	for (int i = 0; i < run->n_rows; i++) {
		const struct row *row = &run->rows[(first + i) % run->n_rows];

		if (strcmp(row->status, status) == 0)
			return row;
	}
	return &run->rows[first];
}

/* -------------------------------------------------------------- deliveries */

static struct model_text *
param(struct worker *worker, int i)
{
	return &worker->params[i];
}

static void
add(struct model_text *list, const char *element)
{
	model_say(list, "%s%s", list->text[0] ? "," : "{", element);
}

static void
add_serial(struct run *run, struct model_text *list)
{
	struct model_text id = {""};

	model_say(&id, "dddddddd-0000-4000-8000-%012" PRIx64, ++run->serials);
	add(list, id.text);
}

static void
end(struct worker *worker, int n)
{
	for (int i = 0; i < n; i++)
		model_say(param(worker, i), "}");
}

static void
add_number(struct model_text *list, int n)
{
	struct model_text text = {""};

	model_say(&text, "%d", n);
	add(list, text.text);
}

static void
plan_claim(struct run *run, struct worker *worker)
{
	int n = 1 + below(run, 3);

	worker->statement = DL_SQL_CLAIM_MESSAGES;
	for (int i = 0; i < n; i++) {
		const struct row *row =
		    row_in(run, below(run, 2) ? "queued" : "pending");

		add(param(worker, 0), row->id);
		add(param(worker, 1), row->campaign);
		add_number(param(worker, 2), row->generation);
		add_serial(run, param(worker, 3));
	}
	end(worker, 4);
	/* Now and then the lease is over at once. */
	for (int i = 4; i < 6; i++)
		model_say(param(worker, i), "%d", below(run, 8) ? 60 : 0);
	model_say(param(worker, 6), "0");
}

static void
plan_record(struct run *run, struct worker *worker)
{
	static const char *const outcomes[] = {
	    "sent",  "sent",       "sent",   "failed",         "transient",
	    "fault", "given_back", "absent", "transient_last", "unknown"};
	int n = 1 + below(run, 2);

	worker->statement = DL_SQL_RECORD_OUTCOMES;
	for (int i = 0; i < n; i++) {
		const struct row *row =
		    row_in(run, below(run, 5) ? "sending" : "uncertain");
		const char *outcome = outcomes[below(run, 10)];

		add(param(worker, 0), row->id);
		add(param(worker, 1), *row->token ? row->token : "NULL");
		add_number(param(worker, 2), row->generation);
		add(param(worker, 3), outcome);
		add(param(worker, 4),
		    strcmp(outcome, "sent") == 0 ? "NULL" : "some_code");
		add(param(worker, 5), "NULL");
		add(param(worker, 6), "NULL");
		if (strcmp(outcome, "sent") == 0)
			add_serial(run, param(worker, 7));
		else
			add(param(worker, 7), "NULL");
		add_number(param(worker, 8), 0);
	}
	end(worker, 9);
	model_say(param(worker, 9), "2");
}

static void
plan_mark(struct run *run, struct worker *worker, bool is_lost)
{
	worker->statement =
	    is_lost ? DL_SQL_SWEEP_RETURN_LOST : DL_SQL_MARK_PUBLISHED;
	for (int i = 0; i < 4; i++) {
		const struct row *row =
		    row_in(run, is_lost ? "queued" : "pending");

		if (strstr(param(worker, 0)->text, row->id))
			continue;
		add(param(worker, 0), row->id);
		add_number(param(worker, 1), row->generation);
		add(param(worker, 2), "q");
	}
	end(worker, 3);
}

static void
plan_one_row(struct run *run, struct worker *worker)
{
	const struct row *row = row_in(run, "queued");
	int at = 0;

	model_say(param(worker, at++), "%s", row->id);
	worker->statement = DL_SQL_RESERVE_LANE_SLOT;
	if (below(run, 2)) {
		worker->statement = DL_SQL_FAILURE_CALLBACK;
		model_say(param(worker, at++), "%s", row->campaign);
	}
	model_say(param(worker, at++), "%d", row->generation);
	model_say(param(worker, at++), "%d", below(run, 3));
	model_say(param(worker, at), "500");
}

static void
plan_sweep(struct run *run, struct worker *worker)
{
	static const enum dl_statement sweeps[] = {
	    DL_SQL_SWEEP_EXPIRED_LEASES, DL_SQL_SWEEP_EXPIRED_LEASES,
	    DL_SQL_SWEEP_UNSENT_ENDS,    DL_SQL_SWEEP_NOT_DELIVERING,
	    DL_SQL_SWEEP_LANE_GAPS,      DL_SQL_SWEEP_STARTS,
	    DL_SQL_SWEEP_ENDS,           DL_SQL_SWEEP_LEDGER};

	switch (below(run, 4)) {
	case 0:
		worker->statement = DL_SQL_SWEEP_STALE_PENDING;
		model_say(param(worker, 0), "0");
		model_say(param(worker, 1), "604800");
		model_say(param(worker, 2), "100");
		break;
	case 1:
		worker->statement = DL_SQL_SWEEP_UNCERTAIN_DEADLINE;
		model_say(param(worker, 0), "1");
		model_say(param(worker, 1), "100");
		break;
	default:
		worker->statement = sweeps[below(run, 8)];
		model_say(param(worker, 0), "100");
		break;
	}
}

static void
plan(struct run *run, struct worker *worker)
{
	int roll = below(run, 100);

	worker->is_sent = false;
	memset(worker->params, 0, sizeof(worker->params));
	if (roll < 45)
		plan_claim(run, worker);
	else if (roll < 70)
		plan_record(run, worker);
	else if (roll < 82)
		plan_mark(run, worker, roll > 79);
	else if (roll < 88)
		plan_one_row(run, worker);
	else
		plan_sweep(run, worker);
}

/* Sends what the next worker planned, unless all have. */
static void
send_next(struct run *run)
{
	const char *params[MAX_PARAMS];

	for (int i = 0; i < WORKERS; i++) {
		struct worker *worker = &run->workers[i];
		const struct dl_statement_text *text =
		    &dl_statements[worker->statement];

		if (worker->is_sent)
			continue;
		for (int p = 0; p < MAX_PARAMS; p++)
			params[p] = worker->params[p].text;
		worker->is_sent = true;
		if (!PQsendQueryParams(worker->conn, text->sql, text->n_params,
				       NULL, params, NULL, NULL, 0))
			fail(run, text->name, PQerrorMessage(worker->conn));
		if (below(run, 2))
			usleep((useconds_t)below(run, 400));
		return;
	}
}

static void
gather(struct run *run)
{
	for (int i = 0; i < WORKERS; i++) {
		struct worker *worker = &run->workers[i];
		const char *name = dl_statements[worker->statement].name;
		PGresult *result;

		while ((result = PQgetResult(worker->conn))) {
			int column = PQfnumber(result, "result");

			if (PQresultStatus(result) != PGRES_TUPLES_OK)
				fail(run, name, PQerrorMessage(worker->conn));
			for (int r = 0; r < PQntuples(result) && column >= 0;
			     r++)
				run->claimed +=
				    strcmp(PQgetvalue(result, r, column),
					   "claimed") == 0;
			PQclear(result);
		}
	}
}

/* ----------------------------------------------------------------- control */

/* One statement of an action, and maybe a delivery behind it. */
static PGresult *
act(struct run *run, enum dl_statement what, const char *const *params)
{
	PGresult *result;

	if (below(run, 2))
		send_next(run);
	result = statement(run, what, params);
	if (below(run, 2))
		send_next(run);
	return result;
}

static void
stop(struct run *run, const char *campaign, const char *action, bool is_pause)
{
	PQclear(act(run,
		    is_pause ? DL_SQL_CONTROL_PAUSE : DL_SQL_CONTROL_CANCEL,
		    (const char *[]){TENANT, campaign, USER, action, "request",
				     "127.0.0.1"}));
}

static bool
may_lay(const char *phase, const char *action)
{
	if (strcmp(action, "resume") == 0)
		return strcmp(phase, "paused") == 0;
	return strcmp(phase, "paused") == 0 || strcmp(phase, "pending") == 0 ||
	       strcmp(phase, "processing") == 0;
}

static void
lay(struct run *run, const char *campaign, const char *action, const char *name)
{
	struct model_text ids = {""}, slots = {""}, moved = {""}, now = {""};
	PGresult *rows;
	bool is_allowed;

	command(run, "BEGIN");
	rows = act(run, DL_SQL_CONTROL_OPEN,
		   (const char *[]){TENANT, campaign, action,
				    below(run, 2) ? "t" : "f"});
	/* Something else may have come first. */
	is_allowed = may_lay(PQgetvalue(rows, 0, 0), name);
	PQclear(rows);
	if (!is_allowed) {
		command(run, "ROLLBACK");
		return;
	}
	rows = act(run, DL_SQL_CONTROL_WAITING,
		   (const char *[]){TENANT, campaign, NULL, "5000"});
	model_say(&moved, "%d", PQntuples(rows));
	model_say(&now, "%" PRId64, (int64_t)time(NULL));
	for (int i = 0; i < PQntuples(rows); i++) {
		add(&ids, PQgetvalue(rows, i, 0));
		add(&slots, now.text);
	}
	model_say(&ids, ids.text[0] ? "}" : "{}");
	model_say(&slots, slots.text[0] ? "}" : "{}");
	PQclear(rows);
	PQclear(act(run, DL_SQL_CONTROL_LAY,
		    (const char *[]){TENANT, campaign, ids.text, slots.text}));
	PQclear(act(run, DL_SQL_CONTROL_SEAL,
		    (const char *[]){TENANT, campaign, name, moved.text, "{}",
				     USER, action, "request", "127.0.0.1"}));
	command(run, "COMMIT");
}

/* One action on the campaign of some row. */
static void
control(struct run *run)
{
	const struct row *row = &run->rows[below(run, run->n_rows)];
	struct model_text action = {""};
	int roll = below(run, 100);

	model_say(&action, "bbbbbbbb-0000-4000-8000-%012" PRIx64,
		  ++run->serials);
	if (strcmp(row->phase, "paused") == 0 && roll < 75) {
		run->n_actions[0]++;
		lay(run, row->campaign, action.text, "resume");
	} else if ((strcmp(row->phase, "pending") == 0 ||
		    strcmp(row->phase, "processing") == 0) &&
		   roll < 40) {
		run->n_actions[1]++;
		lay(run, row->campaign, action.text, "reschedule");
	} else {
		run->n_actions[roll < 95 ? 2 : 3]++;
		stop(run, row->campaign, action.text, roll < 95);
	}
}

/* --------------------------------------------------------------------- run */

/* Nobody is at work: what must hold. */
static void
check(struct run *run)
{
	PGresult *result =
	    query(run, "SELECT * FROM public.what_is_wrong()", 0, NULL);

	if (PQntuples(result) > 0)
		fail(run, "does not hold", PQgetvalue(result, 0, 0));
	PQclear(result);
	result = query(run,
		       "SELECT coalesce(sum(attempt), 0) "
		       "FROM public.message_logs_dispara_lead_saas_02",
		       0, NULL);
	if (strtol(PQgetvalue(result, 0, 0), NULL, 10) != run->claimed)
		fail(run, "claims that were answered, attempts",
		     PQgetvalue(result, 0, 0));
	PQclear(result);
}

static void
interleave(struct run *run)
{
	read_rows(run);
	if (count_open(run) < 3) {
		run->n_claimed += run->claimed;
		run->claimed = 0;
		command(run, "SELECT public.begin_again()");
		read_rows(run);
	}
	for (int i = 0; i < WORKERS; i++)
		plan(run, &run->workers[i]);
	for (int i = below(run, WORKERS + 1); i > 0; i--)
		send_next(run);
	control(run);
	for (int i = 0; i < WORKERS; i++)
		send_next(run);
	gather(run);
	check(run);
}

static PGconn *
open_connection(const struct run *run)
{
	PGconn *conn = PQconnectdb(getenv("DATABASE_URL"));

	if (PQstatus(conn) != CONNECTION_OK)
		fail(run, "connect", PQerrorMessage(conn));
	return conn;
}

/* interleave-test ROUNDS SEED, on DATABASE_URL */
int
main(int argc, char **argv)
{
	static struct run run;
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 0;

	if (argc != 3 || rounds <= 0) {
		fputs("usage: interleave-test ROUNDS SEED\n", stderr);
		return 64;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	run.dice.state = strtoull(argv[2], NULL, 10);
	run.control = open_connection(&run);
	for (int i = 0; i < WORKERS; i++)
		run.workers[i].conn = open_connection(&run);
	for (run.round = 0; run.round < rounds; run.round++)
		interleave(&run);
	for (int i = 0; i < WORKERS; i++)
		PQfinish(run.workers[i].conn);
	PQfinish(run.control);
	printf("# %ld interleavings: %ld resume, %ld reschedule, %ld pause, "
	       "%ld cancel; %ld claims\n",
	       rounds, run.n_actions[0], run.n_actions[1], run.n_actions[2],
	       run.n_actions[3], run.n_claimed + run.claimed);
	return 0;
}
