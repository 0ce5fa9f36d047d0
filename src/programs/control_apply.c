/* SPDX-License-Identifier: MIT */
/*
 * The transaction of an action: open, decide, move the rows, seal, commit.
 * Its id stands in the journal, so a run whose COMMIT had no answer is simply
 * run again: under the campaign's lock the next one sees whether it counted.
 */
#include "config.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json_out.h"
#include "base/log.h"
#include "programs/control.h"
#include "web/problem.h"

/* Rows of one chunk, their arrays, and the texts of an edit. */
#define SCRATCH_CAP (192 * 1024 * 1024)
/* Runs of a transaction that PostgreSQL broke off. */
#define MAX_RUNS 5
/* A window and some numbers. */
#define FACTS_MAX 4096

/* -------------------------------------------------------------------- open */

/* Whether the action may make lanes' gaps larger, or wake a campaign up. */
static bool
needs_lanes(const struct dl_control_request *request)
{
	return request->action == DL_CONTROL_RETRY_FAILED ||
	       request->action == DL_CONTROL_RESCHEDULE ||
	       (request->action == DL_CONTROL_RESOLVE_UNCERTAIN &&
		request->resolution == DL_RESOLVE_SEND_AGAIN);
}

static enum dl_missing_policy
missing_policy(struct dl_str name)
{
	enum dl_missing_policy policy = DL_MISSING_REJECT;

	while (policy < DL_MISSING_SKIP &&
	       !dl_str_eq(name, dl_str(dl_missing_policy_name(policy))))
		policy++;
	return policy;
}

static void
read_campaign(const PGresult *row, struct control_campaign *campaign)
{
	*campaign = (struct control_campaign){
	    .facts = {.status = dl_db_text(row, 0, "status"),
		      .has_failed = dl_db_int(row, 0, "failed_count", 0) > 0},
	    .run = dl_db_int(row, 0, "run", 0),
	    .schedule =
		{
		    .is_scheduled =
			dl_db_cstr(row, 0, "scheduled_for_ms") != NULL,
		    .scheduled_for_ms =
			dl_db_int(row, 0, "scheduled_for_ms", 0),
		    .delay_min_s = dl_db_int(row, 0, "delay_min", 0),
		    .delay_max_s = dl_db_int(row, 0, "delay_max", 0),
		    .send_window = dl_db_text(row, 0, "send_window"),
		    .expires_at_ms = dl_db_int(row, 0, "expires_at_ms", 0),
		},
	    .pacing = dl_str_eq(dl_db_text(row, 0, "pacing"),
				dl_str(dl_pacing_name(DL_PACING_INSTANCE)))
			  ? DL_PACING_INSTANCE
			  : DL_PACING_CAMPAIGN,
	    .on_missing =
		missing_policy(dl_db_text(row, 0, "on_missing_variable")),
	    .placeholders =
		dl_str_eq(dl_db_text(row, 0, "placeholders"), DL_STR("at"))
		    ? DL_TEMPLATE_AT
		    : DL_TEMPLATE_BRACES,
	    .has_waiting = dl_db_cstr(row, 0, "last_slot_ms") != NULL,
	    .last_slot_ms = dl_db_int(row, 0, "last_slot_ms", 0),
	};
}

/* Locks and reads the campaign; *is_done: this action was committed before. */
static enum dl_code
open_campaign(struct control_job *job, bool *is_done, struct dl_error *err)
{
	const char *params[] = {
	    control_tenant(job), job->request.campaign_id.text,
	    job->action_id.text, needs_lanes(&job->request) ? "true" : "false"};
	PGresult *row;
	enum dl_code code = dl_db_exec(job->db, job->arena, DL_SQL_CONTROL_OPEN,
				       params, &row, err);

	if (code != DL_OK)
		return code;
	if (PQntuples(row) == 0) {
		job->is_answered = true;
		dl_problem(job->response, DL_P_NOT_FOUND, NULL);
		return DL_OK;
	}
	read_campaign(row, &job->campaign);
	job->run = job->campaign.run;
	*is_done = dl_db_bool(row, 0, "is_done");
	return DL_OK;
}

/* The action can't be now: what can. */
static void
refuse(struct control_job *job)
{
	const char *allowed[DL_CONTROL__COUNT];
	size_t n = dl_control_allowed(&job->campaign.facts, allowed);

	job->is_answered = true;
	dl_problem_with_allowed(job->response, DL_P_INVALID_TRANSITION, allowed,
				n, NULL);
}

/* -------------------------------------------------------------- the actions */

static enum dl_code
stop_campaign(struct control_job *job, enum dl_statement statement,
	      struct dl_error *err)
{
	const char *params[] = {control_tenant(job),
				job->request.campaign_id.text,
				job->who.user_id.text,
				job->action_id.text,
				job->http->request_id,
				dl_arena_strndup(job->arena,
						 job->http->client_ip.ptr,
						 job->http->client_ip.len)};
	PGresult *row;
	enum dl_code code =
	    dl_db_exec(job->db, job->arena, statement, params, &row, err);

	if (code != DL_OK)
		return code;
	if (!dl_str_eq(dl_db_text(row, 0, "result"), DL_STR("done")))
		return dl_fail(err, DL_INTERNAL, "control",
			       "the database refused what was allowed");
	job->run = dl_db_int(row, 0, "run", 0);
	return DL_OK;
}

static enum dl_code
seal(struct control_job *job, struct dl_str facts, struct dl_error *err)
{
	const char *params[] = {
	    control_tenant(job),
	    job->request.campaign_id.text,
	    dl_control_action_name(job->request.action),
	    dl_db_from_int(job->arena, job->moved),
	    dl_arena_strndup(job->arena, facts.ptr, facts.len),
	    job->who.user_id.text,
	    job->action_id.text,
	    job->http->request_id,
	    dl_arena_strndup(job->arena, job->http->client_ip.ptr,
			     job->http->client_ip.len)};
	PGresult *row;
	enum dl_code code = dl_db_exec(job->db, job->arena, DL_SQL_CONTROL_SEAL,
				       params, &row, err);

	if (code == DL_OK)
		job->run = dl_db_int(row, 0, "run", 0);
	return code;
}

/* Actions whose rows the program moves, one chunk after the other. */
static enum dl_code
move_and_seal(struct control_job *job, struct dl_error *err)
{
	static const control_mover movers[DL_CONTROL__COUNT] = {
	    [DL_CONTROL_RESUME] = control_resume,
	    [DL_CONTROL_RETRY_FAILED] = control_retry,
	    [DL_CONTROL_RESCHEDULE] = control_reschedule,
	    [DL_CONTROL_EDIT] = control_edit,
	    [DL_CONTROL_RESOLVE_UNCERTAIN] = control_resolve};
	struct dl_buf *facts = dl_buf_create(job->arena, FACTS_MAX);
	struct dl_json_out out;
	enum dl_code code;

	dl_json_begin(&out, facts);
	dl_json_object_begin(&out);
	code = movers[job->request.action](job, &out, err);
	dl_json_object_end(&out);
	if (code != DL_OK || job->is_answered || !job->is_changed)
		return code;
	return seal(job, dl_buf_str(facts), err);
}

static enum dl_code
act(struct control_job *job, struct dl_error *err)
{
	switch (job->request.action) {
	case DL_CONTROL_PAUSE:
		return stop_campaign(job, DL_SQL_CONTROL_PAUSE, err);
	case DL_CONTROL_CANCEL:
		return stop_campaign(job, DL_SQL_CONTROL_CANCEL, err);
	default:
		return move_and_seal(job, err);
	}
}

/* ------------------------------------------------------------- transaction */

static enum dl_code
decide_and_act(struct control_job *job, struct dl_error *err)
{
	const struct dl_control_request *request = &job->request;

	switch (
	    dl_control_verdict(request->action, &job->campaign.facts,
			       request->resolution == DL_RESOLVE_SEND_AGAIN)) {
	case DL_CONTROL_NOTHING:
		return DL_OK;
	case DL_CONTROL_REFUSE:
		refuse(job);
		return DL_OK;
	case DL_CONTROL_DO:
		break;
	}
	job->is_changed = true;
	return act(job, err);
}

static enum dl_code
run_steps(struct control_job *job, struct dl_error *err)
{
	bool is_done = false;
	enum dl_code code = dl_db_begin(job->db, control_tenant(job), err);

	if (code == DL_OK)
		code = open_campaign(job, &is_done, err);
	if (code != DL_OK || job->is_answered)
		return code;
	if (is_done) {
		job->is_changed = true;
		return DL_OK;
	}
	code = decide_and_act(job, err);
	if (code != DL_OK || job->is_answered || !job->is_changed)
		return code;
	return dl_db_commit(job->db, err);
}

static enum dl_code
run_once(struct control_job *job, struct dl_error *err)
{
	enum dl_code code = dl_db_acquire(job->app->pool, &job->db, err);

	if (code != DL_OK)
		return code;
	job->is_changed = false;
	job->moved = 0;
	code = run_steps(job, err);
	dl_db_release(job->db);
	dl_arena_reset(job->scratch);
	return code;
}

/*
 * Whether another run is of use: where others hold a lock for long, or the
 * answer to COMMIT was lost, until the deadline; else a few times.
 */
static bool
is_worth_it(const struct control_job *job, const struct dl_error *failure,
	    int runs)
{
	bool is_held = dl_str_eq(dl_str(failure->sqlstate), DL_STR("55P03"));

	return failure->code == DL_TRY_LATER &&
	       dl_clock_boot_ms() < job->deadline_boot_ms &&
	       (is_held || failure->uncertain || runs < MAX_RUNS);
}

/* The last run may have counted, and nobody could tell. */
static enum dl_code
give_up(struct control_job *job, bool is_uncertain, struct dl_error *failure,
	struct dl_error *err)
{
	if (!is_uncertain) {
		*err = *failure;
		return failure->code;
	}
	dl_log_error(failure);
	job->is_answered = true;
	dl_problem_retry_after(job->response, 2);
	dl_problem(job->response, DL_P_OUTCOME_UNKNOWN,
		   "Não foi possível saber se a ação foi gravada. Repita-a: "
		   "repetir é inofensivo.");
	return DL_OK;
}

enum dl_code
control_apply(struct control_job *job, struct dl_error *err)
{
	struct dl_error failure = {0};
	bool is_uncertain = false;
	enum dl_code code;
	int runs = 1;

	dl_uuid_v7(job->now_ms, 0, &job->action_id);
	job->scratch = dl_arena_create(SCRATCH_CAP);
	while ((code = run_once(job, &failure)) != DL_OK) {
		is_uncertain = is_uncertain || failure.uncertain;
		if (!is_worth_it(job, &failure, runs))
			break;
		dl_log_error(&failure);
		dl_clock_sleep_ms(dl_random_between(10, 50L * runs));
		dl_error_clear(&failure);
		runs += runs < 2 * MAX_RUNS;
	}
	dl_arena_destroy(job->scratch);
	return code == DL_OK ? DL_OK
			     : give_up(job, is_uncertain, &failure, err);
}
