/* SPDX-License-Identifier: MIT */
/*
 * What the files of control-campaign share: one request from its body to its
 * answer.  control_http.c speaks HTTP, control_apply.c runs the transaction,
 * control_actions.c and control_edit.c are the actions in it, control_walk.c
 * and control_slots.c move their rows, control_queue.c tells the queue
 * afterwards.
 */
#ifndef DL_PROGRAMS_CONTROL_H
#define DL_PROGRAMS_CONTROL_H

#include "base/json_out.h"
#include "base/settings.h"
#include "domain/control_request.h"
#include "remote/qstash.h"
#include "status/status.h"
#include "store/db.h"
#include "web/auth.h"
#include "web/request.h"
#include "web/response.h"

/* Shared by all threads, read-only. */
struct control_app {
	const struct dl_settings *settings;
	struct dl_db_pool *pool;
	struct dl_qstash queue;
	struct dl_launch_limits limits;
	struct dl_status_app status; /* for the answer */
};

/* The campaign as the transaction found it, under its lock. */
struct control_campaign {
	struct dl_control_facts facts;
	int64_t run;
	struct dl_control_schedule schedule; /* all of it given */
	enum dl_pacing pacing;
	enum dl_missing_policy on_missing;
	enum dl_template_mode placeholders;
	bool has_waiting;
	int64_t last_slot_ms; /* where has_waiting */
};

/* One request; everything in it lives as long as the request's arena. */
struct control_job {
	struct control_app *app;
	const struct dl_request *http;
	struct dl_response *response;
	struct dl_arena *arena;
	struct dl_identity who;
	int64_t now_ms;           /* when the request came */
	int64_t deadline_boot_ms; /* until when the queue is served */
	bool is_answered;         /* the response is filled: no further step */
	struct dl_control_request request;
	struct dl_uuid action_id; /* of this request's one transaction */
	/* The rest belongs to one run of the transaction. */
	struct dl_db *db;
	struct dl_arena *scratch; /* a chunk of rows */
	struct control_campaign campaign;
	bool is_changed; /* the action did something; committed, in the end */
	int64_t moved;   /* rows that wait (again) and have no publication */
	int64_t run;     /* the campaign's afterwards */
};

/* Parameters that all statements of control begin with. */
static inline const char *
control_tenant(const struct control_job *job)
{
	return job->who.tenant_id.text;
}

/*
 * The whole action in one transaction, run again where that is safe: job->
 * is_changed and run, or the answer.  Runs until the deadline where others
 * hold what it needs or the answer to COMMIT was lost.
 */
enum dl_code control_apply(struct control_job *job,
			   struct dl_error *err) DL_MUST_CHECK;

/* A statement whose rows are locked, so many at a time by id. */
struct control_source {
	enum dl_statement next;  /* params: tenant, campaign, after, max, ... */
	const char *const *more; /* what follows max */
	size_t n_more;           /* 0 or 1 */
	int chunk_rows;
};

/* Moves the rows of one chunk; job->scratch is its memory. */
typedef enum dl_code (*control_take)(void *ctx, const PGresult *rows,
				     struct dl_error *err);

/*
 * Gives all rows of a source to take, a chunk at a time, until a take fails
 * or answers.
 */
enum dl_code control_walk(struct control_job *job,
			  const struct control_source *source,
			  control_take take, void *ctx,
			  struct dl_error *err) DL_MUST_CHECK;

/*
 * Lays slots for all rows of a source, from start_ms on and by the schedule:
 * move (params: tenant, campaign, ids, slots) takes them; job->moved counts.
 * Answers with the problem where the calendar does not hold them.
 */
enum dl_code control_lay(struct control_job *job,
			 const struct control_source *source,
			 enum dl_statement move,
			 const struct dl_control_schedule *schedule,
			 int64_t start_ms, struct dl_error *err) DL_MUST_CHECK;

/*
 * What an action does between open and seal: moves the rows, writes members
 * of facts for the journal.  Leaves job->is_changed false where there was
 * nothing to do.
 */
typedef enum dl_code (*control_mover)(struct control_job *job,
				      struct dl_json_out *facts,
				      struct dl_error *err);
enum dl_code control_resume(struct control_job *job, struct dl_json_out *facts,
			    struct dl_error *err) DL_MUST_CHECK;
enum dl_code control_retry(struct control_job *job, struct dl_json_out *facts,
			   struct dl_error *err) DL_MUST_CHECK;
enum dl_code control_reschedule(struct control_job *job,
				struct dl_json_out *facts,
				struct dl_error *err) DL_MUST_CHECK;
enum dl_code control_edit(struct control_job *job, struct dl_json_out *facts,
			  struct dl_error *err) DL_MUST_CHECK;
enum dl_code control_resolve(struct control_job *job, struct dl_json_out *facts,
			     struct dl_error *err) DL_MUST_CHECK;

/* Answers 422 with this one fault of a field. */
void control_refuse_field(struct control_job *job, enum dl_problem_code code,
			  const char *field, const char *message);

/*
 * After the commit: publishes what is due until shortly before the deadline,
 * starts the campaign where that was the last of it, cleans the queue of the
 * ended runs' labels.  What is not done here is the sweeper's.
 */
void control_serve_queue(struct control_job *job);

/* dl_server.handle */
enum dl_code control_handle(void *app, const struct dl_request *request,
			    struct dl_response *response, struct dl_error *err);

#endif
