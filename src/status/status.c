/* SPDX-License-Identifier: MIT */
/* Routes of campaign-status. */
#include "config.h"

#include "status/status.h"

#include <inttypes.h>
#include <stdio.h>

#include "status/answer_cache.h"
#include "status/internal.h"
#include "status/status_who.h"
#include "web/cors.h"
#include "web/problem.h"

#define METHODS "GET, HEAD, OPTIONS"
/* W/"9223372036854775807" */
#define MAX_ETAG 32

/* The weak one of a campaign's version. */
static void
etag_of(int64_t version, char etag[MAX_ETAG])
{
	snprintf(etag, MAX_ETAG, "W/\"%" PRId64 "\"", version);
}

void
dl_status_cache_version(struct dl_response *response, int64_t version)
{
	char etag[MAX_ETAG];

	etag_of(version, etag);
	dl_response_header(response, "ETag", etag);
	dl_status_cache_counters(response);
}

void
dl_status_cache_counters(struct dl_response *response)
{
	dl_response_header(response, "Cache-Control", "private, no-cache");
	dl_response_header(response, "Vary", "Authorization");
}

void
dl_status_cache_phones(struct dl_response *response)
{
	dl_response_header(response, "Cache-Control", "no-store");
	dl_response_header(response, "Vary", "Authorization");
}

/* Whether the client has the version, compared weakly (RFC 9110, 13.1.2). */
static bool
has_version(struct dl_str if_none_match, int64_t version)
{
	char etag[MAX_ETAG];
	struct dl_str wanted;

	etag_of(version, etag);
	wanted = dl_str(etag + 2); /* without W/ */
	while (if_none_match.ptr) {
		struct dl_str one =
		    dl_str_trim(dl_str_cut(&if_none_match, ','));

		if (dl_str_starts_with(one, DL_STR("W/")))
			one = (struct dl_str){one.ptr + 2, one.len - 2};
		if (dl_str_eq(one, wanted) || dl_str_eq(one, DL_STR("*")))
			return true;
	}
	return false;
}

/* The whole campaign, last seen at version: as kept, or read anew. */
static enum dl_code
answer_one(const struct dl_status_call *call, int64_t version,
	   struct dl_error *err)
{
	const struct dl_status_app *app = call->app;
	const struct dl_uuid *campaign_id = &call->query->campaign_id;
	struct dl_response *response = call->response;
	struct dl_answer_look look = {.version = version};
	struct dl_str body = {NULL, 0};
	enum dl_code code;

	if (dl_answer_cache_get(app->answers, campaign_id, &look,
				response->body)) {
		dl_response_json(response, 200);
		dl_status_cache_version(response, look.version);
		return DL_OK;
	}
	code = dl_status_one(app, call->request, response, call->identity,
			     campaign_id, &look.version, err);
	if (code == DL_OK && response->status == 200 &&
	    !dl_buf_failed(response->body))
		body = dl_buf_str(response->body);
	dl_answer_cache_put(app->answers, campaign_id, &look, body);
	return code;
}

/*
 * One campaign.  Its version, which came with who asks, is all of a 304, and of
 * an answer that was given a moment ago.
 */
static enum dl_code
show_one(const struct dl_status_call *call, struct dl_error *err)
{
	const struct dl_status_seen *seen = call->seen;

	if (!seen->has_campaign) {
		dl_problem(call->response, DL_P_NOT_FOUND, NULL);
		return DL_OK;
	}
	if (has_version(dl_request_header(call->request, "if-none-match"),
			seen->version)) {
		call->response->status = 304;
		dl_status_cache_version(call->response, seen->version);
		return DL_OK;
	}
	return answer_one(call, seen->version, err);
}

static enum dl_code
answer_status(const struct dl_status_app *app, const struct dl_request *request,
	      struct dl_response *response, struct dl_error *err)
{
	static enum dl_code (*const views[])(const struct dl_status_call *,
					     struct dl_error *) = {
	    [DL_VIEW_ONE] = show_one,
	    [DL_VIEW_IDS] = dl_status_ids,
	    [DL_VIEW_LIST] = dl_status_list,
	    [DL_VIEW_MESSAGES] = dl_status_messages,
	    [DL_VIEW_CSV] = dl_status_csv,
	};
	struct dl_status_query query;
	struct dl_status_seen seen;
	struct dl_auth_claim claim;
	struct dl_identity identity;
	const struct dl_status_call call = {app,       request, response,
					    &identity, &query,  &seen};
	bool is_refused;
	enum dl_code code = dl_auth_read(app->settings, request, response,
					 &claim, &is_refused, err);

	if (code != DL_OK || is_refused ||
	    !dl_status_query_read(request, response, &query))
		return code;
	code = dl_status_who_ask(
	    app->who, &claim,
	    query.view == DL_VIEW_ONE ? &query.campaign_id : NULL, &seen, err);
	if (code != DL_OK ||
	    !dl_auth_admit(&seen.membership, &claim, response, &identity))
		return code;
	return views[query.view](&call, err);
}

enum dl_code
dl_status_handle(void *app_ptr, const struct dl_request *request,
		 struct dl_response *response, struct dl_error *err)
{
	struct dl_status_app *app = app_ptr;
	bool is_status = dl_str_eq(request->path, DL_STR("/status"));
	bool is_healthz = dl_str_eq(request->path, DL_STR("/healthz"));
	bool is_readyz = dl_str_eq(request->path, DL_STR("/readyz"));
	bool is_metrics = dl_str_eq(request->path, DL_STR("/metrics"));

	if (dl_cors_apply(app->settings->cors_allowed_origins, METHODS, request,
			  response))
		return DL_OK;
	if (!is_status && !is_healthz && !is_readyz && !is_metrics) {
		dl_problem(response, DL_P_NOT_FOUND,
			   "Esta rota não existe. Veja openapi.yaml.");
		return DL_OK;
	}
	if (!dl_str_eq(request->method, DL_STR("GET")) &&
	    !dl_str_eq(request->method, DL_STR("HEAD"))) {
		dl_problem_method(response, METHODS);
		return DL_OK;
	}
	if (is_status)
		return answer_status(app, request, response, err);
	if (is_healthz)
		dl_health_alive(response);
	else if (is_readyz)
		dl_health_ready(app, request, response);
	else
		dl_metrics_show(app, request, response);
	return DL_OK;
}
