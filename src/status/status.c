/* SPDX-License-Identifier: MIT */
/* Routes of campaign-status. */
#include "config.h"

#include "status/status.h"

#include <stdio.h>

#include "status/internal.h"
#include "web/cors.h"
#include "web/problem.h"

#define METHODS "GET, HEAD, OPTIONS"

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

/* The version that the client has, compared weakly (RFC 9110, 13.1.2). */
static bool
has_version(struct dl_str if_none_match, const char *etag)
{
	struct dl_str wanted = dl_str(etag + 2); /* without W/ */

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

/* Answers 304 where the client has this version already. */
static bool
try_not_modified(struct dl_response *response, struct dl_str if_none_match,
		 const PGresult *rows)
{
	char etag[32];

	if (PQntuples(rows) == 0)
		return false;
	snprintf(etag, sizeof(etag), "W/\"%s\"",
		 dl_db_cstr(rows, 0, "version"));
	if (!has_version(if_none_match, etag))
		return false;
	response->status = 304;
	dl_response_header(response, "ETag", etag);
	dl_status_cache_counters(response);
	return true;
}

/*
 * One campaign: who asks and its row in one round trip; where the client has
 * some version, only the row's version at first.
 */
static enum dl_code
show_one(const struct dl_status_app *app, const struct dl_request *request,
	 struct dl_response *response, const struct dl_auth_claim *claim,
	 const struct dl_status_query *query, struct dl_error *err)
{
	struct dl_str header = dl_request_header(request, "if-none-match");
	const char *params[] = {query->campaign_id.text};
	struct dl_identity identity;
	PGresult *who, *rows;
	enum dl_code code = dl_db_call_as_user(
	    app->pool, request->arena, claim->user_id.text,
	    dl_auth_requested(claim),
	    header.len ? DL_SQL_STATUS_VERSION : DL_SQL_STATUS_ONE, params,
	    &who, &rows, err);

	if (code != DL_OK || !dl_auth_admit(who, claim, response, &identity))
		return code;
	if (!header.len)
		return dl_status_answer_one(app, request, response, &identity,
					    &query->campaign_id, rows, err);
	if (try_not_modified(response, header, rows))
		return DL_OK;
	return dl_status_one(app, request, response, &identity,
			     &query->campaign_id, err);
}

static enum dl_code
answer_status(const struct dl_status_app *app, const struct dl_request *request,
	      struct dl_response *response, struct dl_error *err)
{
	/* All but DL_VIEW_ONE, which asks who asks in its own round trip. */
	static enum dl_code (*const views[])(const struct dl_status_call *,
					     struct dl_error *) = {
	    [DL_VIEW_IDS] = dl_status_ids,
	    [DL_VIEW_LIST] = dl_status_list,
	    [DL_VIEW_MESSAGES] = dl_status_messages,
	    [DL_VIEW_CSV] = dl_status_csv,
	};
	struct dl_status_query query;
	struct dl_auth_claim claim;
	struct dl_identity identity;
	const struct dl_status_call call = {app, request, response, &identity,
					    &query};
	bool is_refused;
	enum dl_code code = dl_auth_read(app->settings, request, response,
					 &claim, &is_refused, err);

	if (code != DL_OK || is_refused ||
	    !dl_status_query_read(request, response, &query))
		return code;
	if (query.view == DL_VIEW_ONE)
		return show_one(app, request, response, &claim, &query, err);
	code = dl_auth_resolve(app->pool, request, response, &claim, &identity,
			       &is_refused, err);
	if (code != DL_OK || is_refused)
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
