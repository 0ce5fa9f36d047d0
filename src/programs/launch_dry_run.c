/* SPDX-License-Identifier: MIT */
/*
 * POST /launch?dry_run=1: up to the plan the steps are a launch's own; here it
 * is told instead of stored.  Nothing is written, no key is taken.
 */
#include "config.h"

#include "base/log.h"
#include "domain/launch_preview.h"
#include "programs/launch.h"

enum dl_code
launch_preview(struct launch_job *job, struct dl_error *err)
{
	struct dl_launch_preview preview = {
	    .refusal = job->refusal,
	    .request = job->request,
	    .plan = &job->plan,
	};
	struct dl_launch_lane *lanes;
	size_t n_lanes;
	enum dl_code code;

	if (!job->is_dry_run)
		return DL_OK;
	code =
	    dl_launch_lanes(job->app->pool, job->arena, job->who.tenant_id.text,
			    job->request->instances, job->request->n_instances,
			    &lanes, &n_lanes, err);
	if (code != DL_OK)
		return code;
	preview.warnings =
	    launch_warnings(job->arena, lanes, n_lanes, &preview.n_warnings);
	job->is_answered = true;
	dl_response_json(job->response, 200);
	dl_response_header(job->response, "Cache-Control", "no-store");
	dl_launch_preview_write(&preview, job->arena, job->response->body);
	dl_log(DL_LOG_INFO, "launch", "previewed",
	       DL_F_INT("messages", job->plan.n_rows));
	return DL_OK;
}
