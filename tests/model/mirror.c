/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "mirror.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db.h"

#define TENANT "eeeeeeee-0000-4000-8000-000000000000"
#define USER   "ffffffff-0000-4000-8000-000000000000"

struct mirror {
	struct dl_settings settings;
	struct dl_db_pool *pool;
	struct dl_db *db;
	struct dl_arena *arena;
	PGconn *plain;   /* for what no program does */
	int64_t now;     /* what the clock there shows */
	int64_t actions; /* of control, so far */
};

/* Adds one element to an array: format is printf's. */
#define ADD(list, ...)                                                         \
	do {                                                                   \
		model_say((list), (list)->text[0] ? "," : "{");                \
		model_say((list), __VA_ARGS__);                                \
	} while (0)

static const char *
end(struct model_text *list)
{
	model_say(list, list->text[0] ? "}" : "{}");
	return list->text;
}

static void
set_id(struct model_text *text, char kind, int64_t serial)
{
	text->text[0] = 0;
	model_say(text, "%c%c%c%c%c%c%c%c-0000-4000-8000-%012" PRIx64, kind,
		  kind, kind, kind, kind, kind, kind, kind, serial);
}

static void
add_id(struct model_text *list, char kind, int64_t serial)
{
	struct model_text id;

	set_id(&id, kind, serial);
	ADD(list, "%.64s", id.text);
}

static int64_t
message_serial(const struct model *model, int message)
{
	return message < 0 ? 0 : model->messages[message].serial;
}

static int64_t
campaign_serial(const struct model *model, int campaign)
{
	return model->campaigns[campaign].serial;
}

/* -------------------------------------------------------------- statements */

static void
fail(const char *what, const char *why)
{
	printf("not ok: %s: %s\n", what, why);
	exit(2);
}

static PGresult *
run(struct mirror *mirror, enum dl_statement statement,
    const char *const *params)
{
	struct dl_error err = {0};
	PGresult *result = NULL;

	if (dl_db_exec(mirror->db, mirror->arena, statement, params, &result,
		       &err) != DL_OK)
		fail(dl_statements[statement].name, err.detail);
	return result;
}

static PGresult *
query(struct mirror *mirror, const char *sql, const char *param)
{
	PGresult *result = PQexecParams(mirror->plain, sql, param ? 1 : 0, NULL,
					&param, NULL, NULL, 0);

	if (PQresultStatus(result) != PGRES_TUPLES_OK &&
	    PQresultStatus(result) != PGRES_COMMAND_OK)
		fail(sql, PQerrorMessage(mirror->plain));
	return result;
}

static void
command(struct mirror *mirror, const char *sql, const char *param)
{
	PQclear(query(mirror, sql, param));
}

struct mirror *
mirror_open(void)
{
	struct mirror *mirror = calloc(1, sizeof(*mirror));
	struct dl_error err = {0};

	if (!mirror || dl_settings_load(&mirror->settings, 0, stdout) != DL_OK)
		exit(2);
	mirror->now = -1;
	mirror->pool = dl_db_pool_create(&mirror->settings, "model");
	mirror->arena = dl_arena_create(1 << 20);
	if (dl_db_acquire(mirror->pool, &mirror->db, &err) != DL_OK)
		fail("connect", err.detail);
	mirror->plain = PQconnectdb(getenv("DATABASE_URL"));
	if (PQstatus(mirror->plain) != CONNECTION_OK)
		fail("connect", PQerrorMessage(mirror->plain));
	return mirror;
}

void
mirror_close(struct mirror *mirror)
{
	dl_db_release(mirror->db);
	PQfinish(mirror->plain);
	dl_arena_destroy(mirror->arena);
	dl_db_pool_destroy(mirror->pool);
	dl_settings_clear(&mirror->settings);
	free(mirror);
}

/* A single value as the answer; NULL is what the programs take it for. */
static void
answer_value(PGresult *result, struct model_text *answer)
{
	model_say(answer, "%s",
		  PQgetisnull(result, 0, 0) ? "f" : PQgetvalue(result, 0, 0));
}

/* ------------------------------------------------------------------ launch */

/* The times of model_clock(): seconds since the epoch of its zero. */
#define EPOCH_S INT64_C(1767614400)

static void
launch_campaign(struct mirror *mirror, const struct model *model,
		const struct model_campaign *c)
{
	struct model_text id, lanes = {""}, delay = {""}, total = {""};
	struct model_text suppressed = {""}, expires = {""};

	set_id(&id, 'c', c->serial);
	for (int i = 0; i < MODEL_LANES; i++)
		if (c->lanes[i])
			ADD(&lanes, "lane-%d", i);
	model_say(&delay, "%d", c->delay_s);
	model_say(&total, "%d", c->n_rows);
	model_say(
	    &suppressed, "%d",
	    model_count(model, (int)(c - model->campaigns), MODEL_SUPPRESSED));
	if (c->expires_at != MODEL_NEVER)
		model_say(&expires, "%s",
			  dl_db_from_time(mirror->arena,
					  EPOCH_S * 1000 + c->expires_at));
	run(mirror, DL_SQL_LAUNCH_INSERT_CAMPAIGN,
	    (const char *[]){id.text, TENANT, NULL, "modelo", NULL, NULL,
			     end(&lanes), delay.text, delay.text, NULL,
			     total.text, suppressed.text, "campaign", NULL,
			     *expires.text ? expires.text : NULL, "reject",
			     "braces", NULL, NULL});
	run(mirror, DL_SQL_LAUNCH_INSERT_TEMPLATES,
	    (const char *[]){TENANT, id.text, "{texto}", "{oi}", "{NULL}",
			     "{NULL}"});
}

static void
launch_messages(struct mirror *mirror, const struct model *model, int campaign,
		bool is_sweepers)
{
	struct model_text id, ids = {""}, indexes = {""}, phones = {""};
	struct model_text contents = {""}, lanes = {""}, slots = {""};
	struct model_text contacts = {""}, keys = {""};

	set_id(&id, 'c', campaign_serial(model, campaign));
	for (int i = 0; i < model->campaigns[campaign].n_rows; i++) {
		const struct model_message *row =
		    &model->messages[campaign * MODEL_ROWS + i];

		add_id(&ids, 'a', row->serial);
		ADD(&indexes, "0");
		ADD(&phones, "551198888000%d", row->phone);
		ADD(&keys, "551198888000%d", row->phone);
		ADD(&contents, "oi");
		ADD(&contacts, "{}");
		if (row->lane < 0) {
			ADD(&lanes, "NULL");
			ADD(&slots, "NULL");
			continue;
		}
		ADD(&lanes, "lane-%d", row->lane);
		ADD(&slots, "%" PRId64, EPOCH_S + row->slot / 1000);
	}
	run(mirror, DL_SQL_LAUNCH_INSERT_MESSAGES,
	    (const char *[]){TENANT, id.text, end(&ids), end(&indexes),
			     end(&phones), end(&keys), end(&contents),
			     end(&lanes), end(&slots), NULL,
			     is_sweepers ? "t" : "f"});
}

static void
launch(struct mirror *mirror, struct model *model, const struct step *step)
{
	int campaign = step->launch.campaign;
	struct dl_error err = {0};
	struct model_text id;

	set_id(&id, 'c', campaign_serial(model, campaign));
	if (dl_db_begin(mirror->db, TENANT, &err) != DL_OK)
		fail("begin", err.detail);
	launch_campaign(mirror, model, &model->campaigns[campaign]);
	launch_messages(mirror, model, campaign, step->launch.is_sweepers);
	run(mirror, DL_SQL_LAUNCH_SEAL, (const char *[]){TENANT, id.text});
	if (dl_db_commit(mirror->db, &err) != DL_OK)
		fail("commit", err.detail);
}

static void
forget(struct mirror *mirror, const struct step *step)
{
	struct model_text id;

	set_id(&id, 'c', step->serial);
	command(mirror,
		"DELETE FROM public.campaigns_dispara_lead_saas_02 "
		"WHERE id = $1",
		id.text);
}

/* -------------------------------------------------------------- deliveries */

/* The items as the arrays that statements take. */
struct arrays {
	struct model_text ids, campaigns, generations, tokens, queue_ids,
	    outcomes;
	struct model_text codes, keys, parks, nulls;
};

static void
add_item(const struct model *model, const struct model_item *item,
	 struct arrays *a)
{
	add_id(&a->ids, 'a', message_serial(model, item->message));
	add_id(&a->campaigns, 'c', campaign_serial(model, item->campaign));
	ADD(&a->generations, "%d", item->generation);
	add_id(&a->tokens, 'd', item->token);
	ADD(&a->queue_ids, "q%012" PRIx64, item->token);
	ADD(&a->outcomes, "%s", model_outcome_name(item->outcome));
	ADD(&a->codes, "%s", item->code ? item->code : "NULL");
	if (item->key)
		ADD(&a->keys, "k%012" PRIx64, item->key);
	else
		ADD(&a->keys, "NULL");
	ADD(&a->parks, "%d", item->park_s);
	ADD(&a->nulls, "NULL");
}

static void
set_arrays(const struct model *model, const struct step *step, struct arrays *a)
{
	*a = (struct arrays){0};
	for (int i = 0; i < step->n; i++)
		add_item(model, &step->items[i], a);
	end(&a->ids);
	end(&a->campaigns);
	end(&a->generations);
	end(&a->tokens);
	end(&a->queue_ids);
	end(&a->outcomes);
	end(&a->codes);
	end(&a->keys);
	end(&a->parks);
	end(&a->nulls);
}

/* Lines come in any order: that of the n-th input, from 1. */
static int
row_of_item(const PGresult *result, int item)
{
	for (int row = 0; row < PQntuples(result); row++)
		if (dl_db_int(result, row, "item", 0) == item)
			return row;
	fail("a batch", "an input has no line");
	return 0;
}

static void
claim(struct mirror *mirror, const struct arrays *a, struct model_text *answer)
{
	struct model_text lease = {""}, margin = {""};
	PGresult *result;

	model_say(&lease, "%d", MODEL_LEASE_S);
	model_say(&margin, "%d", MODEL_MARGIN_MS);
	result = run(mirror, DL_SQL_CLAIM_MESSAGES,
		     (const char *[]){a->ids.text, a->campaigns.text,
				      a->generations.text, a->tokens.text,
				      lease.text, lease.text, margin.text});
	for (int item = 1; item <= PQntuples(result); item++) {
		int row = row_of_item(result, item);
		const char *what = dl_db_cstr(result, row, "result");

		model_say(answer, "%s ", what);
		if (strcmp(what, "lane_busy") == 0)
			model_say(answer, "%" PRId64 " ",
				  dl_db_int(result, row, "wait_ms", -1));
	}
}

static void
record(struct mirror *mirror, const struct arrays *a, struct model_text *answer)
{
	struct model_text retries = {""};
	PGresult *result;

	model_say(&retries, "%d", MODEL_RETRIES);
	result =
	    run(mirror, DL_SQL_RECORD_OUTCOMES,
		(const char *[]){a->ids.text, a->tokens.text,
				 a->generations.text, a->outcomes.text,
				 a->codes.text, a->nulls.text, a->nulls.text,
				 a->keys.text, a->parks.text, retries.text});
	for (int item = 1; item <= PQntuples(result); item++) {
		int row = row_of_item(result, item);

		model_say(answer, "%s/%s ", dl_db_cstr(result, row, "result"),
			  dl_db_cstr(result, row, "status"));
	}
}

static void
reserve(struct mirror *mirror, const struct model *model,
	const struct model_item *item, struct model_text *answer)
{
	struct model_text id, generation = {""}, margin = {""};
	PGresult *result;

	set_id(&id, 'a', message_serial(model, item->message));
	model_say(&generation, "%d", item->generation);
	model_say(&margin, "%d", MODEL_MARGIN_MS);
	result = run(mirror, DL_SQL_RESERVE_LANE_SLOT,
		     (const char *[]){id.text, generation.text, margin.text});
	if (PQntuples(result) == 0)
		model_say(answer, "none");
	else
		model_say(answer, "%" PRId64,
			  dl_db_int(result, 0, "generation", -1));
}

static void
give_up(struct mirror *mirror, const struct model *model,
	const struct model_item *item, struct model_text *answer)
{
	struct model_text id, campaign, generation = {""}, retries = {""};
	PGresult *result;

	set_id(&id, 'a', message_serial(model, item->message));
	set_id(&campaign, 'c', campaign_serial(model, item->campaign));
	model_say(&generation, "%d", item->generation);
	model_say(&retries, "%d", MODEL_RETRIES);
	result = run(mirror, DL_SQL_FAILURE_CALLBACK,
		     (const char *[]){id.text, campaign.text, generation.text,
				      retries.text, "500"});
	model_say(answer, "%s",
		  PQgetisnull(result, 0, 0) ? "nothing"
					    : PQgetvalue(result, 0, 0));
}

static void
start(struct mirror *mirror, const struct model *model, const struct step *step,
      struct model_text *answer)
{
	struct model_text ids = {""};
	PGresult *result;

	add_id(&ids, 'c', campaign_serial(model, step->campaign));
	result = run(mirror, DL_SQL_START_QUEUED_CAMPAIGNS,
		     (const char *[]){end(&ids)});
	model_say(answer, "%s", dl_db_cstr(result, 0, "status"));
}

static void
receipt(struct mirror *mirror, const struct model *model,
	const struct step *step, struct model_text *answer)
{
	const struct model_message *row =
	    &model->messages[step->items[0].message];
	struct model_text lane = {""}, key = {""};

	model_say(&lane, "lane-%d", row->lane);
	model_say(&key, "k%012" PRIx64, row->key);
	answer_value(
	    run(mirror, DL_SQL_NOTE_RECEIPT,
		(const char *[]){lane.text, key.text, step->word, NULL}),
	    answer);
}

/* -------------------------------------------------------- lanes, the sweeper
 */

static void
lanes(struct mirror *mirror, const struct step *step, struct model_text *answer)
{
	struct model_text lane = {""}, reason = {""};
	bool is_in[MODEL_LANES] = {false};
	PGresult *result;

	model_say(&lane, "lane-%d", step->lane);
	model_say(&reason, "%d", step->number);
	if (step->kind == STEP_LANE_STATE) {
		answer_value(run(mirror, DL_SQL_SET_LANE_STATE,
				 (const char *[]){lane.text, step->word}),
			     answer);
		return;
	}
	if (step->kind == STEP_CONNECTION) {
		answer_value(
		    run(mirror, DL_SQL_NOTE_CONNECTION,
			(const char *[]){lane.text, step->word, reason.text}),
		    answer);
		return;
	}
	result = run(mirror, DL_SQL_LANES_TO_PROBE, (const char *[]){"100"});
	for (int i = 0; i < PQntuples(result); i++) {
		const char *name = dl_db_cstr(result, i, "instance_name");

		is_in[name[strlen(name) - 1] - '0'] = true;
	}
	for (int i = 0; i < MODEL_LANES; i++)
		if (is_in[i])
			model_say(answer, "%d ", i);
}

/* The rows that a sweep took, by their places. */
static void
answer_rows(const struct model *model, PGresult *result,
	    struct model_text *answer)
{
	for (int i = 0; i < MODEL_MESSAGES; i++) {
		struct model_text id;

		set_id(&id, 'a', message_serial(model, i));
		for (int r = 0; r < PQntuples(result); r++)
			if (strcmp(dl_db_cstr(result, r, "id"), id.text) == 0)
				model_say(
				    answer, "%d:%" PRId64 " ", i,
				    dl_db_int(result, r, "generation", -1));
	}
}

static void
sweep_rows(struct mirror *mirror, const struct model *model,
	   const struct step *step, struct model_text *answer)
{
	struct model_text a = {""}, b = {""};

	if (step->kind == STEP_OVERDUE) {
		model_say(&a, "%d", step->number);
		answer_rows(model,
			    run(mirror, DL_SQL_SWEEP_OVERDUE_QUEUED,
				(const char *[]){a.text, "100"}),
			    answer);
		return;
	}
	model_say(&a, "%d", MODEL_STALE_S);
	model_say(&b, "%d", MODEL_MAX_DELAY_S);
	answer_rows(model,
		    run(mirror, DL_SQL_SWEEP_STALE_PENDING,
			(const char *[]){a.text, b.text, "100"}),
		    answer);
}

static void
sweep(struct mirror *mirror, const struct step *step, struct model_text *answer)
{
	static const enum dl_statement statements[STEP__COUNT] = {
	    [STEP_LEASES] = DL_SQL_SWEEP_EXPIRED_LEASES,
	    [STEP_UNSENT] = DL_SQL_SWEEP_UNSENT_ENDS,
	    [STEP_NOT_DELIVERING] = DL_SQL_SWEEP_NOT_DELIVERING,
	    [STEP_GAPS] = DL_SQL_SWEEP_LANE_GAPS,
	    [STEP_STARTS] = DL_SQL_SWEEP_STARTS,
	    [STEP_ENDS] = DL_SQL_SWEEP_ENDS,
	};
	struct model_text deadline = {""};
	PGresult *result;

	/* Nothing is closed that Evolution was not asked for. */
	if (step->kind == STEP_DEADLINE)
		run(mirror, DL_SQL_LANES_TO_RECONCILE,
		    (const char *[]){"0", "100"});
	model_say(&deadline, "%d", MODEL_DEADLINE_S);
	result =
	    step->kind == STEP_DEADLINE
		? run(mirror, DL_SQL_SWEEP_UNCERTAIN_DEADLINE,
		      (const char *[]){deadline.text, "100"})
		: run(mirror, statements[step->kind], (const char *[]){"100"});
	answer_value(result, answer);
}

static void
suppress(struct mirror *mirror, const struct step *step)
{
	struct model_text phone = {""};

	model_say(&phone, "551198888000%d", step->phone);
	command(mirror,
		step->kind == STEP_SUPPRESS
		    ? "INSERT INTO public.suppressions_dispara_lead_saas_02 "
		      "(tenant_id, phone_key, reason, source) VALUES "
		      "('" TENANT "', $1, 'opt_out', 'reply') "
		      "ON CONFLICT (tenant_id, phone_key) DO UPDATE "
		      "SET created_at = excluded.created_at"
		    : "DELETE FROM public.suppressions_dispara_lead_saas_02 "
		      "WHERE phone_key = $1",
		phone.text);
}

/* ----------------------------------------------------------------- control */

/* Pause or cancel, which are one statement each. */
static void
stop_campaign(struct mirror *mirror, const struct model *model,
	      const struct step *step, struct model_text *answer)
{
	struct model_text id, action;
	const char *what;
	PGresult *result;

	set_id(&id, 'c', campaign_serial(model, step->campaign));
	set_id(&action, 'b', ++mirror->actions);
	result = run(mirror,
		     step->kind == STEP_PAUSE ? DL_SQL_CONTROL_PAUSE
					      : DL_SQL_CONTROL_CANCEL,
		     (const char *[]){TENANT, id.text, USER, action.text,
				      "request", "127.0.0.1"});
	what = dl_db_cstr(result, 0, "result");
	model_say(answer, "%s", what);
	if (strcmp(what, "done") == 0)
		model_say(answer, " %" PRId64,
			  dl_db_int(result, 0, "moved", -1));
}

/* The slots that the model gave to those rows, by one of two statements. */
static void
lay(struct mirror *mirror, const struct model *model, const char *campaign,
    const PGresult *rows, enum dl_statement statement)
{
	struct model_text ids = {""}, slots = {""};

	for (int r = 0; r < PQntuples(rows); r++)
		for (int i = 0; i < MODEL_MESSAGES; i++) {
			struct model_text id;

			set_id(&id, 'a', message_serial(model, i));
			if (strcmp(id.text, dl_db_cstr(rows, r, "id")) != 0)
				continue;
			ADD(&ids, "%.64s", id.text);
			ADD(&slots, "%" PRId64,
			    EPOCH_S + model->messages[i].slot / 1000);
		}
	run(mirror, statement,
	    (const char *[]){TENANT, campaign, end(&ids), end(&slots)});
}

/* Rows that an operator ends by decree, instead of sending them again. */
static bool
is_closing(const struct step *step)
{
	return step->kind == STEP_RESOLVE && step->to != MODEL_PENDING;
}

/* Moves the rows that the action is about; how many. */
static int
move_rows(struct mirror *mirror, const struct model *model,
	  const struct step *step, const char *campaign)
{
	bool is_retry = step->kind == STEP_RETRY;
	const PGresult *rows;

	if (is_closing(step))
		return (int)dl_db_int(
		    run(mirror, DL_SQL_CONTROL_CLOSE_ROWS,
			(const char *[]){TENANT, campaign, NULL,
					 model_status_name(step->to)}),
		    0, "n", -1);
	if (!is_retry && step->kind != STEP_RESOLVE) {
		rows = run(mirror, DL_SQL_CONTROL_WAITING,
			   (const char *[]){TENANT, campaign, NULL, "100"});
		lay(mirror, model, campaign, rows, DL_SQL_CONTROL_LAY);
	} else {
		rows = run(
		    mirror,
		    is_retry ? DL_SQL_CONTROL_FAILED : DL_SQL_CONTROL_UNKNOWN,
		    (const char *[]){TENANT, campaign, NULL, "100", NULL});
		lay(mirror, model, campaign, rows, DL_SQL_CONTROL_REQUEUE);
	}
	return PQntuples(rows);
}

static void
seal(struct mirror *mirror, const struct step *step, const char *campaign,
     const char *action, int moved, struct model_text *answer)
{
	struct model_text n = {""};
	PGresult *rows;

	model_say(&n, "%d", is_closing(step) ? 0 : moved);
	rows = run(mirror, DL_SQL_CONTROL_SEAL,
		   (const char *[]){TENANT, campaign, step_name(step->kind),
				    n.text, "{}", USER, action, "request",
				    "127.0.0.1"});
	model_say(answer, "%s %" PRId64, dl_db_cstr(rows, 0, "status"),
		  dl_db_int(rows, 0, "run", -1));
}

/* As control-campaign does it: one transaction of several statements. */
static void
move_campaign(struct mirror *mirror, const struct model *model,
	      const struct step *step, struct model_text *answer)
{
	bool may_be_nothing =
	    step->kind == STEP_RETRY || step->kind == STEP_RESOLVE;
	struct model_text id, action;
	struct dl_error err = {0};
	int moved;

	set_id(&id, 'c', campaign_serial(model, step->campaign));
	set_id(&action, 'b', ++mirror->actions);
	if (dl_db_begin(mirror->db, TENANT, &err) != DL_OK)
		fail("begin", err.detail);
	run(mirror, DL_SQL_CONTROL_OPEN,
	    (const char *[]){
		TENANT, id.text, action.text,
		step->kind == STEP_RESUME || is_closing(step) ? "f" : "t"});
	moved = move_rows(mirror, model, step, id.text);
	if (may_be_nothing && moved == 0) {
		dl_db_rollback(mirror->db);
		model_say(answer, "unchanged");
		return;
	}
	seal(mirror, step, id.text, action.text, moved, answer);
	if (dl_db_commit(mirror->db, &err) != DL_OK)
		fail("commit", err.detail);
}

/* ------------------------------------------------------------------- a step */

static void
set_clock(struct mirror *mirror, int64_t now)
{
	struct model_text ms = {""};

	if (mirror->now == now)
		return;
	mirror->now = now;
	model_say(&ms, "%" PRId64, now);
	command(mirror,
		"UPDATE public.model_time SET at = timestamptz "
		"'2026-01-05 12:00:00+00' + $1::bigint * interval '1 ms'",
		ms.text);
}

static void
deliver(struct mirror *mirror, const struct model *model,
	const struct step *step, struct model_text *answer)
{
	struct arrays a;

	set_arrays(model, step, &a);
	switch (step->kind) {
	case STEP_CLAIM:
		claim(mirror, &a, answer);
		break;
	case STEP_MARK:
		answer_value(
		    run(mirror, DL_SQL_MARK_PUBLISHED,
			(const char *[]){a.ids.text, a.generations.text,
					 a.queue_ids.text}),
		    answer);
		break;
	case STEP_LOST:
		answer_value(
		    run(mirror, DL_SQL_SWEEP_RETURN_LOST,
			(const char *[]){a.ids.text, a.generations.text}),
		    answer);
		break;
	case STEP_RESERVE:
		reserve(mirror, model, &step->items[0], answer);
		break;
	case STEP_GIVE_UP:
		give_up(mirror, model, &step->items[0], answer);
		break;
	default:
		record(mirror, &a, answer);
		break;
	}
}

void
mirror_step(struct mirror *mirror, struct model *model, const struct step *step,
	    struct model_text *answer)
{
	dl_arena_reset(mirror->arena);
	set_clock(mirror, model->now);
	switch (step->kind) {
	case STEP_TIME:
	case STEP_DIE:
		break;
	case STEP_LAUNCH:
		launch(mirror, model, step);
		break;
	case STEP_FORGET:
		forget(mirror, step);
		break;
	case STEP_START:
		start(mirror, model, step, answer);
		break;
	case STEP_RECEIPT:
		receipt(mirror, model, step, answer);
		break;
	case STEP_SUPPRESS:
	case STEP_ALLOW:
		suppress(mirror, step);
		break;
	case STEP_LANE_STATE:
	case STEP_CONNECTION:
	case STEP_PROBES:
		lanes(mirror, step, answer);
		break;
	case STEP_PAUSE:
	case STEP_CANCEL:
		stop_campaign(mirror, model, step, answer);
		break;
	case STEP_RESUME:
	case STEP_RESCHEDULE:
	case STEP_RETRY:
	case STEP_RESOLVE:
		move_campaign(mirror, model, step, answer);
		break;
	case STEP_STALE:
	case STEP_OVERDUE:
		sweep_rows(mirror, model, step, answer);
		break;
	case STEP_LEASES:
	case STEP_DEADLINE:
	case STEP_UNSENT:
	case STEP_NOT_DELIVERING:
	case STEP_GAPS:
	case STEP_STARTS:
	case STEP_ENDS:
		sweep(mirror, step, answer);
		break;
	default:
		deliver(mirror, model, step, answer);
		break;
	}
}

void
mirror_print(struct mirror *mirror, char *text, size_t max)
{
	PGresult *result = query(mirror, "SELECT public.model_print()", NULL);

	snprintf(text, max, "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
}

int
mirror_ledger(struct mirror *mirror)
{
	PGresult *result = query(
	    mirror, "SELECT * FROM disparalead.ledger_differences()", NULL);
	int n = PQntuples(result);

	PQclear(result);
	return n;
}
