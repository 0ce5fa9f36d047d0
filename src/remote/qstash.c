/* SPDX-License-Identifier: MIT */
/*
 * The calls of the queue that are about one thing: its settings, one message,
 * one label.  Publishing is qstash_publish.c's.
 */
#include "config.h"

#include "remote/qstash.h"

#include <string.h>

#include "base/clock.h"
#include "remote/qstash_internal.h"

#define PLAIN                                                                  \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* Answers of these calls are a few hundred bytes. */
#define MAX_ANSWER (64 * 1024)

void
dl_qstash_init(struct dl_qstash *q, const struct dl_settings *settings,
	       const struct dl_http_transport *http)
{
	*q = (struct dl_qstash){
	    .http = http,
	    .url = settings->qstash_url,
	    .token = dl_secret_str(&settings->qstash_token),
	    .public_url = settings->public_url,
	    .retries = settings->qstash_retries,
	    .timeout_s = settings->qstash_timeout_s,
	    .media_timeout_s = settings->qstash_media_timeout_s,
	};
}

const char *
dl_qstash_url(const struct dl_qstash *q, struct dl_arena *arena,
	      const char *rest)
{
	return dl_arena_printf(arena, "%.*s%s", (int)q->url.len, q->url.ptr,
			       rest);
}

const char *
dl_qstash_authorization(const struct dl_qstash *q, struct dl_arena *arena)
{
	return dl_arena_printf(arena, "Authorization: Bearer %.*s",
			       (int)q->token.len, q->token.ptr);
}

bool
dl_qstash_is_plain(const char *text)
{
	return *text && text[strspn(text, PLAIN)] == '\0' &&
	       strlen(text) <= 256;
}

enum dl_code
dl_qstash_call(const struct dl_qstash *q, struct dl_arena *arena,
	       enum dl_http_method method, const char *rest, struct dl_str body,
	       struct dl_http_answer *answer, struct dl_error *err)
{
	const char *headers[] = {dl_qstash_authorization(q, arena),
				 "Content-Type: application/json"};
	const struct dl_http_request request = {
	    .method = method,
	    .url = dl_qstash_url(q, arena, rest),
	    .headers = headers,
	    .n_headers = body.len ? 2 : 1,
	    .body = body,
	    .connect_timeout_ms = DL_QSTASH_CONNECT_TIMEOUT_MS,
	    .timeout_ms = DL_QSTASH_TIMEOUT_MS,
	    .max_answer = MAX_ANSWER,
	};

	if (!request.url || !headers[0])
		return dl_fail(err, DL_TOO_LARGE, "qstash", "arena is full");
	return q->http->send(q->http->ctx, arena, &request, answer, err);
}

/* An answer that is none of those that the call expects. */
static enum dl_code
unexpected(const struct dl_http_answer *answer, const char *op,
	   struct dl_error *err)
{
	dl_fail(err, DL_TRY_LATER, op, "the queue answered %ld",
		answer->status);
	if (err) {
		err->http_status = answer->status;
		if (answer->status == 429)
			err->retry_after_s =
			    dl_qstash_wait_s(answer, dl_clock_now_ms() / 1000);
	}
	return DL_TRY_LATER;
}

enum dl_code
dl_qstash_get_message(const struct dl_qstash *q, struct dl_arena *arena,
		      const char *queue_id, bool *is_known,
		      struct dl_error *err)
{
	static const char op[] = "qstash.get_message";
	struct dl_http_answer answer;
	enum dl_code code;

	*is_known = false;
	if (!dl_qstash_is_plain(queue_id))
		return dl_fail(err, DL_BAD_REQUEST, op, "not an id");
	code =
	    dl_qstash_call(q, arena, DL_HTTP_GET,
			   dl_arena_printf(arena, "/v2/messages/%s", queue_id),
			   DL_STR(""), &answer, err);
	if (code != DL_OK)
		return code;
	if (answer.status != 200 && answer.status != 404)
		return unexpected(&answer, op, err);
	*is_known = answer.status == 200;
	return DL_OK;
}

enum dl_code
dl_qstash_cancel_label(const struct dl_qstash *q, struct dl_arena *arena,
		       const char *label, struct dl_error *err)
{
	static const char op[] = "qstash.cancel_label";
	struct dl_http_answer answer;
	enum dl_code code;

	if (!dl_qstash_is_plain(label))
		return dl_fail(err, DL_BAD_REQUEST, op, "not a label");
	code = dl_qstash_call(
	    q, arena, DL_HTTP_DELETE,
	    dl_arena_printf(arena, "/v2/messages?label=%s", label), DL_STR(""),
	    &answer, err);
	if (code != DL_OK)
		return code;
	/* 404: nothing to cancel. */
	if (answer.status / 100 != 2 && answer.status != 404)
		return unexpected(&answer, op, err);
	return DL_OK;
}

enum dl_code
dl_qstash_ping(const struct dl_qstash *q, struct dl_arena *arena,
	       struct dl_error *err)
{
	struct dl_http_answer answer;
	enum dl_code code = dl_qstash_call(q, arena, DL_HTTP_GET, "/v2/keys",
					   DL_STR(""), &answer, err);

	if (code != DL_OK)
		return code;
	return answer.status == 200 ? DL_OK
				    : unexpected(&answer, "qstash.ping", err);
}
