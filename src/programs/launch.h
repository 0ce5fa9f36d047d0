/* SPDX-License-Identifier: MIT */
/*
 * What the files of launch-campaign share: one request from its body to its
 * answer.  launch_http.c speaks HTTP, launch_decide.c makes a plan of a body,
 * launch_dry_run.c shows it, launch_store.c (src/store) keeps it,
 * launch_publish.c gives it to the queue.
 */
#ifndef DL_PROGRAMS_LAUNCH_H
#define DL_PROGRAMS_LAUNCH_H

#include <stdatomic.h>

#include "base/crypto.h"
#include "base/settings.h"
#include "domain/launch_answer.h"
#include "domain/launch_plan.h"
#include "domain/launch_request.h"
#include "remote/qstash.h"
#include "store/launch_store.h"
#include "web/auth.h"
#include "web/request.h"
#include "web/response.h"

/* Shared by all threads, read-only but for large. */
struct launch_app {
	const struct dl_settings *settings;
	struct dl_db_pool *pool;
	struct dl_qstash queue;
	struct dl_launch_limits limits;
	atomic_int large; /* requests with a large body under way */
};

/* One request; everything in it lives as long as the request's arena. */
struct launch_job {
	struct launch_app *app;
	const struct dl_request *http;
	struct dl_response *response;
	struct dl_arena *arena;
	struct dl_identity who;
	int64_t now_ms;           /* when the request came */
	int64_t deadline_boot_ms; /* by when it is answered */
	const char *key;          /* Idempotency-Key; NULL: none */
	char hash[DL_SHA256_HEX_MAX];
	bool is_async;    /* Prefer: respond-async */
	bool is_dry_run;  /* ?dry_run=1: tell, and store nothing */
	bool is_answered; /* the response is filled: no further step */
	struct dl_launch_request *request;
	/* What a launch would be refused with, though the preview goes on;
	 * DL_P_OK otherwise, and always where it is no preview. */
	enum dl_problem_code refusal;
	struct dl_launch_plan plan;
	struct dl_launch launch;
	struct dl_launch_stored stored;
	int64_t queued; /* rows that the queue accepted and that were marked */
};

/* A step of a request: fills what the next ones need, or the answer. */
typedef enum dl_code (*launch_step)(struct launch_job *job,
				    struct dl_error *err);

/*
 * Reads the body as of now_ms into job->request.  A fault in it becomes the
 * answer; in a preview contacts without a value are none, job->refusal then
 * says what a launch would answer.
 */
enum dl_code launch_read(struct launch_job *job, int64_t now_ms,
			 struct dl_error *err) DL_MUST_CHECK;

/* The instances are the tenant's; turns, slots and ids are laid. */
enum dl_code launch_check_instances(struct launch_job *job,
				    struct dl_error *err) DL_MUST_CHECK;
enum dl_code launch_plan(struct launch_job *job,
			 struct dl_error *err) DL_MUST_CHECK;

/*
 * In a preview: answers with what the plan would do, the last step then.
 * Does nothing in a launch.
 */
enum dl_code launch_preview(struct launch_job *job,
			    struct dl_error *err) DL_MUST_CHECK;

/* A warning for each of the lanes that is not open; NULL at the cap, *n 0. */
struct dl_launch_warning *launch_warnings(struct dl_arena *arena,
					  const struct dl_launch_lane *lanes,
					  size_t n_lanes, size_t *n);

/*
 * Publishes what may be published now and marks what the queue accepted, until
 * shortly before the deadline.  What is left is the sweeper's.
 */
void launch_publish(struct launch_job *job);

/* dl_server.handle */
enum dl_code launch_handle(void *app, const struct dl_request *request,
			   struct dl_response *response, struct dl_error *err);

#endif
