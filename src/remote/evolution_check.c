/* SPDX-License-Identifier: MIT */
/* Whether Evolution takes us, and where it sends its webhooks: for doctor. */
#include "config.h"

#include "base/json_in.h"
#include "remote/evolution_internal.h"

#define CHECK_TIMEOUT_MS 10000
#define MAX_CHECK_ANSWER (64 * 1024)

/* One question; *http is what came back, whatever its status. */
static enum dl_code
ask(const struct dl_evolution *evolution, struct dl_arena *arena,
    const char *url, struct dl_str token, struct dl_http_answer *http,
    struct dl_error *err)
{
	struct dl_str secret = dl_evolution_key_for(evolution, token);
	const char *headers[] = {dl_arena_printf(arena, "apikey: %.*s",
						 (int)secret.len, secret.ptr)};
	struct dl_http_request request = {.method = DL_HTTP_GET,
					  .url = url,
					  .headers = headers,
					  .n_headers = 1,
					  .connect_timeout_ms =
					      DL_EVOLUTION_CONNECT_TIMEOUT_MS,
					  .timeout_ms = CHECK_TIMEOUT_MS,
					  .max_answer = MAX_CHECK_ANSWER};
	enum dl_code code;

	dl_http_answer_init(http, arena, 0);
	if (!url || !headers[0])
		return dl_fail(err, DL_INTERNAL, "evolution",
			       "the name is too long");
	code = evolution->http->send(evolution->http->ctx, arena, &request,
				     http, err);
	if (code != DL_OK)
		return code;
	if (http->status == 401 || http->status == 403)
		return dl_fail(err, DL_UNAUTHENTICATED, "evolution", "the key");
	if (http->status == 404)
		return dl_fail(err, DL_NOT_FOUND, "evolution", "the instance");
	if (http->status != 200)
		return dl_fail(err, DL_TRY_LATER, "evolution", "HTTP %ld",
			       http->status);
	return DL_OK;
}

enum dl_code
dl_evolution_greet(const struct dl_evolution *evolution, struct dl_arena *arena,
		   struct dl_str *date, struct dl_error *err)
{
	struct dl_http_answer http;
	enum dl_code code =
	    ask(evolution, arena,
		dl_evolution_url(evolution, arena, "/instance/fetchInstances",
				 DL_STR("")),
		DL_STR(""), &http, err);

	*date = dl_http_header(&http, "Date");
	/* Some versions have no instances so. */
	if (code == DL_NOT_FOUND) {
		dl_error_clear(err);
		code = DL_OK;
	}
	return code;
}

enum dl_code
dl_evolution_webhook(const struct dl_evolution *evolution,
		     struct dl_arena *arena, struct dl_str instance,
		     struct dl_str token, json_object **webhook,
		     struct dl_error *err)
{
	struct dl_http_answer http;
	enum dl_code code =
	    ask(evolution, arena,
		dl_evolution_url(evolution, arena, "/webhook/find/", instance),
		token, &http, err);

	*webhook = code == DL_OK
		       ? dl_json_parse_lenient(arena, dl_buf_str(http.body))
		       : NULL;
	return code;
}

const char *
dl_evolution_webhook_url(struct dl_arena *arena, struct dl_str public_url,
			 struct dl_str instance)
{
	const struct dl_evolution here = {.url = public_url};

	return dl_evolution_url(&here, arena, "/evolution-events/", instance);
}
