/* SPDX-License-Identifier: MIT */
/*
 * POST /control: what must hold of the request, then the action, the queue and
 * the campaign as /status shows it.
 */
#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "programs/control.h"
#include "web/cors.h"
#include "web/problem.h"

typedef enum dl_code (*control_step)(struct control_job *job,
				     struct dl_error *err);

static void
refuse(struct control_job *job, enum dl_problem_code code)
{
	job->is_answered = true;
	dl_problem(job->response, code, NULL);
}

static enum dl_code
check_route(struct control_job *job, struct dl_error *err)
{
	(void)err;
	if (!dl_str_eq(job->http->path, DL_STR("/control"))) {
		refuse(job, DL_P_NOT_FOUND);
	} else if (!dl_str_eq(job->http->method, DL_STR("POST"))) {
		job->is_answered = true;
		dl_problem_method(job->response, "POST, OPTIONS");
	}
	return DL_OK;
}

static enum dl_code
check_identity(struct control_job *job, struct dl_error *err)
{
	enum dl_code code =
	    dl_auth_check(job->app->pool, job->app->settings, job->http,
			  job->response, &job->who, &job->is_answered, err);

	if (code == DL_OK && !job->is_answered &&
	    !dl_role_is_admin(job->who.role))
		refuse(job, DL_P_FORBIDDEN);
	return code;
}

static enum dl_code
read_body(struct control_job *job, struct dl_error *err)
{
	struct dl_problem_list *problems =
	    dl_arena_alloc(job->arena, sizeof(*problems));
	enum dl_problem_code code;

	if (!problems)
		return dl_fail(err, DL_TOO_LARGE, "control",
			       "the arena is full");
	if (!dl_request_is_json(job->http)) {
		refuse(job, DL_P_UNSUPPORTED_MEDIA_TYPE);
		return DL_OK;
	}
	code = dl_control_request_read(job->arena, job->http->body,
				       &job->app->limits, job->now_ms,
				       &job->request, problems);
	if (code == DL_P_OK)
		return DL_OK;
	job->is_answered = true;
	if (problems->n)
		dl_problem_with_list(job->response, code, problems, NULL);
	else
		dl_problem(job->response, code, NULL);
	return DL_OK;
}

static enum dl_code
serve_queue(struct control_job *job, struct dl_error *err)
{
	(void)err;
	if (!job->is_changed)
		return DL_OK;
	dl_log(DL_LOG_INFO, "control",
	       dl_control_action_name(job->request.action),
	       DL_F_TEXT("campaign_id", job->request.campaign_id.text),
	       DL_F_INT("messages", job->moved));
	control_serve_queue(job);
	return DL_OK;
}

static enum dl_code
answer(struct control_job *job, struct dl_error *err)
{
	job->is_answered = true;
	return dl_status_one(&job->app->status, job->http, job->response,
			     &job->who, &job->request.campaign_id, NULL, err);
}

enum dl_code
control_handle(void *app, const struct dl_request *request,
	       struct dl_response *response, struct dl_error *err)
{
	static const control_step steps[] = {check_route, check_identity,
					     read_body,   control_apply,
					     serve_queue, answer};
	struct control_app *self = app;
	struct control_job job = {
	    .app = self,
	    .http = request,
	    .response = response,
	    .arena = request->arena,
	    .now_ms = dl_clock_now_ms(),
	    .deadline_boot_ms =
		dl_clock_boot_ms() + self->settings->control_deadline_s * 1000,
	};
	enum dl_code code = DL_OK;

	if (dl_cors_apply(self->settings->cors_allowed_origins, "POST", request,
			  response))
		return DL_OK;
	for (size_t i = 0; code == DL_OK && !job.is_answered &&
			   i < sizeof(steps) / sizeof(*steps);
	     i++)
		code = steps[i](&job, err);
	return code;
}
