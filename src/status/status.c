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

/* Answers 304 where that suffices: one row is read. */
static enum dl_code
try_not_modified(const struct dl_status_call *call, bool *is_done,
		 struct dl_error *err)
{
	struct dl_str header =
	    dl_request_header(call->request, "if-none-match");
	const char *params[] = {call->identity->tenant_id.text,
				call->query->campaign_id.text};
	PGresult *rows;
	enum dl_code code;
	char etag[32];

	*is_done = false;
	if (!header.len)
		return DL_OK;
	code = dl_db_call(call->app->pool, call->request->arena, params[0],
			  true, DL_SQL_STATUS_VERSION, params, &rows, err);
	if (code != DL_OK || PQntuples(rows) == 0)
		return code;
	snprintf(etag, sizeof(etag), "W/\"%s\"",
		 dl_db_cstr(rows, 0, "version"));
	if (!has_version(header, etag))
		return DL_OK;
	*is_done = true;
	call->response->status = 304;
	dl_response_header(call->response, "ETag", etag);
	dl_status_cache_counters(call->response);
	return DL_OK;
}

static enum dl_code
show(const struct dl_status_call *call, struct dl_error *err)
{
	enum dl_code code;
	bool is_done;

	switch (call->query->view) {
	case DL_VIEW_LIST:
		return dl_status_list(call, err);
	case DL_VIEW_IDS:
		return dl_status_ids(call, err);
	case DL_VIEW_MESSAGES:
		return dl_status_messages(call, err);
	case DL_VIEW_CSV:
		return dl_status_csv(call, err);
	case DL_VIEW_ONE:
		break;
	}
	code = try_not_modified(call, &is_done, err);
	if (code != DL_OK || is_done)
		return code;
	return dl_status_one(call->app, call->request, call->response,
			     call->identity, &call->query->campaign_id, err);
}

static enum dl_code
answer_status(const struct dl_status_app *app, const struct dl_request *request,
	      struct dl_response *response, struct dl_error *err)
{
	struct dl_status_query query;
	struct dl_identity identity;
	const struct dl_status_call call = {app, request, response, &identity,
					    &query};
	bool is_refused;
	enum dl_code code =
	    dl_auth_check(app->pool, app->settings, request, response,
			  &identity, &is_refused, err);

	if (code != DL_OK || is_refused)
		return code;
	if (!dl_status_query_read(request, response, &query))
		return DL_OK;
	return show(&call, err);
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
