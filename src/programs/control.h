/* SPDX-License-Identifier: MIT */
/*
 * What the files of control-campaign share: one request from its body to its
 * answer.  control_http.c speaks HTTP, control_apply.c runs the transaction,
 * control_slots.c lays slots, control_queue.c tells the queue afterwards.
 */
#ifndef DL_PROGRAMS_CONTROL_H
#define DL_PROGRAMS_CONTROL_H

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

/* A statement whose rows are locked, moved and counted. */
struct control_rows {
	enum dl_statement next;  /* params: tenant, campaign, after, max, ... */
	const char *const *more; /* what follows max, as many as next has */
	size_t n_more;
	enum dl_statement move; /* params: tenant, campaign, ids, slots */
};

/*
 * Lays slots for all rows of a source, from start_ms on and by the schedule,
 * inside the transaction; job->moved counts them.  Answers with the problem
 * where the calendar does not hold them.
 */
enum dl_code control_lay(struct control_job *job,
			 const struct control_rows *rows,
			 const struct dl_control_schedule *schedule,
			 int64_t start_ms, struct dl_error *err) DL_MUST_CHECK;

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
