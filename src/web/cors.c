/* SPDX-License-Identifier: MIT */
/* CORS headers and preflights. */
#include "config.h"

#include "web/cors.h"

/* How long a browser may keep a preflight's answer: Chromium's own limit is
 * two hours; a changed list of origins should show within minutes. */
#define MAX_AGE_S "600"

bool
dl_cors_is_allowed(struct dl_str allowed, struct dl_str origin)
{
	while (origin.len && allowed.ptr) {
		struct dl_str one = dl_str_trim(dl_str_cut(&allowed, ','));

		if (dl_str_eq(one, origin))
			return true;
	}
	return false;
}

static void
allow(struct dl_str origin, struct dl_response *response)
{
	const char *text =
	    dl_arena_strndup(response->arena, origin.ptr, origin.len);

	if (!text)
		return;
	dl_response_header(response, "Access-Control-Allow-Origin", text);
	dl_response_header(response, "Access-Control-Expose-Headers",
			   "Location, ETag, Retry-After");
}

static void
answer_options(bool is_allowed, const char *methods,
	       struct dl_response *response)
{
	response->status = 204;
	dl_response_header(response, "Allow", methods);
	if (!is_allowed)
		return;
	dl_response_header(response, "Access-Control-Allow-Methods", methods);
	dl_response_header(response, "Access-Control-Allow-Headers",
			   "Authorization, Content-Type, Idempotency-Key, "
			   "If-None-Match, Prefer, X-Tenant-Id");
	dl_response_header(response, "Access-Control-Max-Age", MAX_AGE_S);
}

bool
dl_cors_apply(struct dl_str allowed, const char *methods,
	      const struct dl_request *request, struct dl_response *response)
{
	struct dl_str origin = dl_request_header(request, "origin");
	bool is_allowed = dl_cors_is_allowed(allowed, origin);

	dl_response_header(response, "Vary", "Origin");
	if (is_allowed)
		allow(origin, response);
	if (!dl_str_eq(request->method, DL_STR("OPTIONS")))
		return false;
	answer_options(is_allowed, methods, response);
	return true;
}
