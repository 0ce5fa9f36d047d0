/* SPDX-License-Identifier: MIT */
/* Sign-in, routes, failures. */
#include "config.h"

#include "queue/api.h"

#include "base/crypto.h"
#include "base/json_out.h"
#include "queue/dead_letters.h"
#include "queue/events.h"
#include "queue/flow_keys.h"
#include "queue/keys.h"
#include "queue/messages.h"
#include "queue/publish.h"
#include "queue/query.h"

typedef enum dl_code (*route_handler)(const struct dl_queue_call *call,
				      struct dl_error *err);

/* What the vendor has and this queue does not. */
static enum dl_code
refuse_feature(const struct dl_queue_call *call, struct dl_error *err)
{
	(void)err;
	dl_queue_refuse(call->response, 404,
			"not supported by local-queue: queues, URL groups and "
			"schedules are not in; publish with a flow-control key "
			"instead of a queue; see local-queue(8)");
	return DL_OK;
}

/*
 * "*" is one part of the path, "**" all that follows; the handler gets either
 * as its argument.  The first that fits is taken.
 */
static const struct route {
	const char *method; /* NULL: any */
	const char *path;
	route_handler handle;
	bool reads_query; /* what else knows no parameter */
} routes[] = {
    {"POST", "/v2/batch", dl_queue_publish_batch, false},
    {"POST", "/v2/publish/**", dl_queue_publish, true},
    {"GET", "/v2/messages/*", dl_queue_show_message, false},
    {"DELETE", "/v2/messages/*", dl_queue_cancel_message, false},
    {"POST", "/v2/messages/*/retry", dl_queue_retry_message, false},
    {"DELETE", "/v2/messages", dl_queue_cancel_messages, true},
    {"GET", "/v2/dlq", dl_queue_list_dead, true},
    {"DELETE", "/v2/dlq", dl_queue_delete_dead, true},
    {"POST", "/v2/dlq/retry", dl_queue_retry_dead, true},
    {"POST", "/v2/dlq/retry/*", dl_queue_retry_one_dead, false},
    {"GET", "/v2/dlq/*", dl_queue_show_dead, false},
    {"DELETE", "/v2/dlq/*", dl_queue_delete_one_dead, false},
    {"GET", "/v2/events", dl_queue_list_events, true},
    {"GET", "/v2/logs", dl_queue_list_logs, true},
    {"GET", "/v2/flowControl", dl_queue_list_flow_keys, true},
    {"GET", "/v2/flowControl/*", dl_queue_show_flow_key, false},
    {"POST", "/v2/flowControl/*/pause", dl_queue_pause_flow_key, false},
    {"POST", "/v2/flowControl/*/resume", dl_queue_resume_flow_key, false},
    {"POST", "/v2/flowControl/*/pin", dl_queue_pin_flow_key, true},
    {"POST", "/v2/flowControl/*/unpin", dl_queue_unpin_flow_key, true},
    {"POST", "/v2/flowControl/*/resetRate", dl_queue_reset_flow_key, false},
    {"GET", "/v2/globalParallelism", dl_queue_show_parallelism, false},
    {"GET", DL_QUEUE_KEYS_PATH, dl_queue_show_keys, false},
    {"POST", "/v2/keys/rotate", dl_queue_rotate_keys, false},
    {"GET", "/v2/readiness", dl_queue_show_readiness, false},
    {NULL, "/v2/enqueue/**", refuse_feature, true},
    {NULL, "/v2/queues", refuse_feature, true},
    {NULL, "/v2/queues/**", refuse_feature, true},
    {NULL, "/v2/topics", refuse_feature, true},
    {NULL, "/v2/topics/**", refuse_feature, true},
    {NULL, "/v2/schedules", refuse_feature, true},
    {NULL, "/v2/schedules/**", refuse_feature, true},
};

/* Whether path is of that form; *arg is what stands in the place of "*". */
static bool
fits_path(const char *form, struct dl_str path, struct dl_str *arg)
{
	const char *star = strchr(form, '*');
	struct dl_str before = {form, star ? (size_t)(star - form) : 0};
	struct dl_str rest = path;

	*arg = (struct dl_str){0};
	if (!star)
		return dl_str_eq(path, dl_str(form));
	if (!dl_str_starts_with(path, before) || path.len == before.len)
		return false;
	rest.ptr += before.len;
	rest.len -= before.len;
	*arg = rest;
	if (star[1] == '*')
		return true;
	*arg = dl_str_cut(&rest, '/');
	if (!star[1])
		return arg->len && !rest.ptr;
	return arg->len && rest.ptr && dl_str_eq(rest, dl_str(star + 2));
}

static bool
fits(const struct route *route, const struct dl_request *request,
     struct dl_str *arg)
{
	return (!route->method ||
		dl_str_eq(request->method, dl_str(route->method))) &&
	       fits_path(route->path, request->path, arg);
}

static enum dl_code
call_route(const struct route *route, struct dl_queue_call *call,
	   struct dl_str arg, struct dl_error *err)
{
	struct dl_arena *arena = call->request->arena;
	static const char *const no_names[] = {NULL};
	struct dl_str decoded;

	if (!route->reads_query && !dl_queue_query_check(call, no_names))
		return DL_OK;
	if (arg.len) {
		if (!dl_url_decode(arena, arg, false, &decoded) ||
		    !decoded.len || memchr(decoded.ptr, 0, decoded.len)) {
			dl_queue_refuse(call->response, 400,
					"invalid path: not well encoded");
			return DL_OK;
		}
		call->arg = dl_arena_strndup(arena, decoded.ptr, decoded.len);
	}
	return route->handle(call, err);
}

/* The token in the header, or in the query as webhooks bring it. */
static struct dl_str
token_of(const struct dl_request *request)
{
	struct dl_str value = dl_request_header(request, "authorization");
	struct dl_str scheme = dl_str_cut(&value, ' ');

	if (dl_str_eq_nocase(scheme, DL_STR("Bearer")))
		return dl_str_trim(value);
	if (!dl_request_query(request, "qstash_token", &value))
		return DL_STR("");
	return value;
}

void
dl_queue_refuse(struct dl_response *response, int status, const char *text)
{
	struct dl_json_out out;

	dl_buf_reset(response->body);
	dl_response_json(response, status);
	dl_json_begin(&out, response->body);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "error", text);
	dl_json_object_end(&out);
}

void
dl_queue_answer_failure(struct dl_response *response,
			const struct dl_error *err)
{
	switch (err->code) {
	case DL_TOO_LARGE:
		dl_queue_refuse(response, 413, "request body too large");
		break;
	case DL_BAD_REQUEST:
		dl_queue_refuse(response, 400, "invalid request");
		break;
	case DL_TRY_LATER:
		dl_queue_refuse(response, 503, "database unavailable");
		dl_response_header(response, "Retry-After", "1");
		break;
	default:
		dl_queue_refuse(response, 500, "internal error");
		break;
	}
}

/*
 * Whether the token may do this.  The read-only one may look at everything
 * but the signing keys: whoever knows those can forge deliveries.
 */
static bool
may_call(const struct dl_queue *queue, const struct dl_request *request,
	 struct dl_response *response)
{
	const struct dl_queue_credentials *credentials = &queue->credentials;
	struct dl_str token = token_of(request);

	if (dl_secret_eq(token, credentials->token))
		return true;
	if (!dl_secret_eq(token, credentials->read_token)) {
		dl_queue_refuse(response, 401, "unauthorized: invalid token");
		return false;
	}
	if (dl_str_eq(request->method, DL_STR("GET")) &&
	    !dl_str_eq(request->path, DL_STR(DL_QUEUE_KEYS_PATH)))
		return true;
	dl_queue_refuse(response, 403, "forbidden: the token is read-only");
	return false;
}

enum dl_code
dl_queue_handle(void *app, const struct dl_request *request,
		struct dl_response *response, struct dl_error *err)
{
	struct dl_queue_call call = {
	    .queue = app, .request = request, .response = response};
	struct dl_str arg;

	if (!may_call(call.queue, request, response))
		return DL_OK;
	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
		if (fits(&routes[i], request, &arg))
			return call_route(&routes[i], &call, arg, err);
	dl_queue_refuse(
	    response, 404,
	    "not found: local-queue has no such route; see local-queue(8)");
	return DL_OK;
}
