/* SPDX-License-Identifier: MIT */
/* Sign-in, routes, failures. */
#include "config.h"

#include "queue/api.h"

#include "base/crypto.h"
#include "base/json_out.h"
#include "queue/messages.h"
#include "queue/publish.h"

typedef enum dl_code (*route_handler)(const struct dl_queue *queue,
				      const struct dl_request *request,
				      struct dl_response *response,
				      struct dl_error *err);

static enum dl_code
show_keys(const struct dl_queue *queue, const struct dl_request *request,
	  struct dl_response *response, struct dl_error *err)
{
	struct dl_json_out out;

	(void)request;
	(void)err;
	dl_response_json(response, 200);
	dl_json_begin(&out, response->body);
	dl_json_object_begin(&out);
	dl_json_member_str(&out, "current", queue->credentials.current_key);
	dl_json_member_str(&out, "next", queue->credentials.next_key);
	dl_json_object_end(&out);
	return DL_OK;
}

static const struct route {
	struct dl_str method;
	struct dl_str path;
	bool is_prefix; /* something follows the path */
	route_handler handle;
} routes[] = {
    {{"POST", 4}, {"/v2/batch", 9}, false, dl_queue_publish_batch},
    {{"POST", 4}, {DL_QUEUE_PUBLISH_PATH, 12}, true, dl_queue_publish},
    {{"GET", 3}, {DL_QUEUE_MESSAGES_PATH, 13}, true, dl_queue_show_message},
    {{"DELETE", 6},
     {DL_QUEUE_MESSAGES_PATH, 13},
     true,
     dl_queue_cancel_message},
    {{"DELETE", 6}, {"/v2/messages", 12}, false, dl_queue_cancel_messages},
    {{"GET", 3}, {"/v2/dlq", 7}, false, dl_queue_list_dead},
    {{"GET", 3}, {"/v2/keys", 8}, false, show_keys},
};

static bool
fits(const struct route *route, const struct dl_request *request)
{
	if (!dl_str_eq(request->method, route->method))
		return false;
	if (!route->is_prefix)
		return dl_str_eq(request->path, route->path);
	return dl_str_starts_with(request->path, route->path) &&
	       request->path.len > route->path.len;
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

enum dl_code
dl_queue_handle(void *app, const struct dl_request *request,
		struct dl_response *response, struct dl_error *err)
{
	const struct dl_queue *queue = app;

	if (!dl_secret_eq(token_of(request), queue->credentials.token)) {
		dl_queue_refuse(response, 401, "unauthorized: invalid token");
		return DL_OK;
	}
	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
		if (fits(&routes[i], request))
			return routes[i].handle(queue, request, response, err);
	dl_queue_refuse(
	    response, 404,
	    "not found: local-queue has no such route; see local-queue(8)");
	return DL_OK;
}
