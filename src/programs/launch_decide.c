/* SPDX-License-Identifier: MIT */
/*
 * From a body to a plan: what domain decides, with the two things that only
 * the database knows (whose instances these are, who has opted out).
 */
#include "config.h"

#include "programs/launch.h"

#include <inttypes.h>

#include "base/clock.h"
#include "store/calendar.h"
#include "web/problem.h"

static enum dl_code
full(struct dl_error *err)
{
	return dl_fail(err, DL_TOO_LARGE, "launch", "the arena is full");
}

/*
 * Whether nothing but contacts without a value stands against the launch: a
 * preview lists them and shows the rest.
 */
static bool
lacks_only_values(const struct launch_job *job, enum dl_problem_code code,
		  const struct dl_problem_list *problems)
{
	return code == DL_P_MISSING_VARIABLE &&
	       problems->total == job->request->missing_refused;
}

enum dl_code
launch_read(struct launch_job *job, int64_t now_ms, struct dl_error *err)
{
	struct dl_problem_list *problems =
	    dl_arena_alloc(job->arena, sizeof(*problems));
	enum dl_problem_code code;

	job->request = dl_arena_alloc(job->arena, sizeof(*job->request));
	if (!job->request || !problems)
		return full(err);
	code = dl_launch_request_read(job->arena, job->http->body,
				      &job->app->limits, now_ms, job->request,
				      problems);
	if (job->is_dry_run && lacks_only_values(job, code, problems)) {
		job->refusal = code;
		return DL_OK;
	}
	if (code == DL_P_OK)
		return DL_OK;
	job->is_answered = true;
	if (problems->n)
		dl_problem_with_list(job->response, code, problems, NULL);
	else
		dl_problem(job->response, code, NULL);
	return DL_OK;
}

/* Where the name stands in the body's instances. */
static uint32_t
index_of(const struct dl_launch_request *request, struct dl_str name)
{
	size_t i = 0;

	while (i + 1 < request->n_instances &&
	       !dl_str_eq(request->instances[i], name))
		i++;
	return request->instance_indexes[i];
}

static void
refuse_instances(struct launch_job *job, const struct dl_str *foreign, size_t n)
{
	struct dl_problem_list *problems =
	    dl_arena_alloc(job->arena, sizeof(*problems));

	job->is_answered = true;
	for (size_t i = 0; problems && i < n; i++) {
		const char *field =
		    dl_arena_printf(job->arena, "instances[%" PRIu32 "]",
				    index_of(job->request, foreign[i]));

		dl_problem_list_add(problems, job->arena, DL_P_UNKNOWN_INSTANCE,
				    field, -1, NULL);
	}
	if (problems)
		dl_problem_with_list(job->response, DL_P_UNKNOWN_INSTANCE,
				     problems, NULL);
	else
		dl_problem(job->response, DL_P_UNKNOWN_INSTANCE, NULL);
}

enum dl_code
launch_check_instances(struct launch_job *job, struct dl_error *err)
{
	struct dl_str *foreign;
	size_t n;
	enum dl_code code = dl_launch_foreign_instances(
	    job->app->pool, job->arena, job->who.tenant_id.text,
	    job->request->instances, job->request->n_instances, &foreign, &n,
	    err);

	if (code == DL_OK && n)
		refuse_instances(job, foreign, n);
	return code;
}

static enum dl_code
ask_suppressed(struct launch_job *job, struct dl_str **suppressed, size_t *n,
	       struct dl_error *err)
{
	const struct dl_launch_request *request = job->request;
	struct dl_str *keys =
	    dl_arena_array(job->arena, request->n_contacts, sizeof(*keys));

	if (!keys)
		return full(err);
	for (size_t i = 0; i < request->n_contacts; i++)
		keys[i] = dl_str(request->contacts[i].phone.key);
	return dl_launch_suppressed(job->app->pool, job->arena,
				    job->who.tenant_id.text, keys,
				    request->n_contacts, suppressed, n, err);
}

/* Ids in the order of the rows: 4,096 of a millisecond, then of the next. */
static struct dl_uuid *
make_ids(struct dl_arena *arena, int64_t now_ms, size_t n)
{
	struct dl_uuid *ids = dl_arena_array(arena, n, sizeof(*ids));

	for (size_t i = 0; ids && i < n; i++)
		dl_uuid_v7(now_ms + (int64_t)(i >> 12),
			   (unsigned int)(i & 0xfff), &ids[i]);
	return ids;
}

/* From now, or the later start that was asked for. */
static enum dl_code
ask_calendar(struct launch_job *job, int64_t now_ms,
	     struct dl_calendar *calendar, struct dl_error *err)
{
	const struct dl_launch_request *request = job->request;
	struct dl_calendar_ask ask = {
	    .tenant_id = job->who.tenant_id.text,
	    .instances = request->instances,
	    .n_instances = request->n_instances,
	    .from_ms = now_ms > request->start_ms ? now_ms : request->start_ms,
	};

	if (request->send_window.len)
		ask.send_window =
		    dl_arena_strndup(job->arena, request->send_window.ptr,
				     request->send_window.len);
	return dl_calendar_load(job->app->pool, NULL, job->arena, &ask,
				calendar, err);
}

/* Turns and slots, of now. */
static enum dl_code
lay_slots(struct launch_job *job, const struct dl_str *suppressed,
	  size_t n_suppressed, struct dl_error *err)
{
	int64_t now_ms = dl_clock_now_ms();
	struct dl_calendar calendar;
	enum dl_code code = ask_calendar(job, now_ms, &calendar, err);

	if (code == DL_OK)
		code = dl_launch_plan_make(
		    job->arena, job->request, suppressed, n_suppressed,
		    &calendar, now_ms, dl_random_draw, NULL, &job->plan, err);
	if (code == DL_OK && job->plan.is_too_long) {
		job->is_answered = true;
		dl_problem_schedule(job->response, &calendar);
	}
	return code;
}

enum dl_code
launch_plan(struct launch_job *job, struct dl_error *err)
{
	struct dl_launch *launch = &job->launch;
	struct dl_str *suppressed;
	size_t n;
	enum dl_code code = ask_suppressed(job, &suppressed, &n, err);

	if (code == DL_OK)
		code = lay_slots(job, suppressed, n, err);
	if (code != DL_OK || job->is_answered)
		return code;
	*launch = (struct dl_launch){
	    .tenant_id = job->who.tenant_id.text,
	    .user_id = job->who.user_id.text,
	    .idempotency_key = job->key,
	    .request_hash = job->hash,
	    .deadline_s = job->app->settings->launch_deadline_s,
	    .is_for_sweeper = job->is_async,
	    .request = job->request,
	    .plan = &job->plan,
	    .row_ids = make_ids(job->arena, job->now_ms, job->plan.n_rows),
	};
	dl_uuid_v7(job->now_ms, 0, &launch->id);
	return launch->row_ids ? DL_OK : full(err);
}
