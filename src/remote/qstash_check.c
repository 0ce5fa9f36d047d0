/* SPDX-License-Identifier: MIT */
/*
 * Whether the queue is the one that we take it for: its signing keys, and a
 * probe that it delivers to us.  For disparalead doctor.
 */
#include "config.h"

#include "base/crypto.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "remote/qstash_internal.h"

/* A dead letter with its headers and the answer's. */
#define MAX_BODY 4096

enum dl_code
dl_qstash_get_keys(const struct dl_qstash *q, struct dl_arena *arena,
		   struct dl_qstash_keys *keys, struct dl_error *err)
{
	static const char op[] = "qstash.keys";
	struct dl_http_answer answer;
	json_object *tree;
	enum dl_code code = dl_qstash_call(q, arena, DL_HTTP_GET, "/v2/keys",
					   DL_STR(""), &answer, err);

	*keys = (struct dl_qstash_keys){0};
	if (code != DL_OK)
		return code;
	keys->date = dl_http_header(&answer, "Date");
	if (answer.status == 401 || answer.status == 403)
		return dl_fail(err, DL_UNAUTHENTICATED, op, "HTTP %ld",
			       answer.status);
	tree = dl_json_parse_lenient(arena, dl_buf_str(answer.body));
	keys->current = dl_json_get_str(tree, "current");
	keys->next = dl_json_get_str(tree, "next");
	if (answer.status != 200 || !keys->current.len || !keys->next.len)
		return dl_fail(err, DL_TRY_LATER, op, "HTTP %ld",
			       answer.status);
	return DL_OK;
}

/* One delivery without a retry: what it comes to is known at once. */
static struct dl_str
write_probe(const struct dl_qstash *q, struct dl_arena *arena,
	    struct dl_str body)
{
	struct dl_buf *text = dl_buf_create(arena, 2 * MAX_BODY);
	struct dl_json_out json;

	dl_json_begin(&json, text);
	dl_json_array_begin(&json);
	dl_json_object_begin(&json);
	dl_json_member_text(&json, "destination",
			    dl_arena_printf(arena, "%.*s/process-message",
					    (int)q->public_url.len,
					    q->public_url.ptr));
	dl_json_key(&json, "headers");
	dl_json_object_begin(&json);
	dl_json_member_text(&json, "Content-Type", "application/json");
	dl_json_member_text(&json, "Upstash-Method", "POST");
	dl_json_member_text(&json, "Upstash-Retries", "0");
	dl_json_member_text(&json, "Upstash-Timeout", "15s");
	dl_json_object_end(&json);
	dl_json_member_str(&json, "body", body);
	dl_json_object_end(&json);
	dl_json_array_end(&json);
	return dl_buf_str(text);
}

enum dl_code
dl_qstash_probe(const struct dl_qstash *q, struct dl_arena *arena,
		struct dl_str body, const char **queue_id, struct dl_error *err)
{
	static const char op[] = "qstash.probe";
	struct dl_qstash_slot slot;
	struct dl_http_answer answer;
	enum dl_code code =
	    dl_qstash_call(q, arena, DL_HTTP_POST, "/v2/batch",
			   write_probe(q, arena, body), &answer, err);

	if (code != DL_OK)
		return code;
	if (answer.status / 100 != 2 ||
	    !dl_qstash_read_slots(arena, dl_buf_str(answer.body), &slot, 1))
		return dl_fail(err, DL_REJECTED, op, "HTTP %ld: %.200s",
			       answer.status, dl_buf_cstr(answer.body));
	if (!slot.queue_id.len)
		return dl_fail(err, DL_REJECTED, op, "%.*s",
			       (int)slot.error.len, slot.error.ptr);
	*queue_id =
	    dl_arena_strndup(arena, slot.queue_id.ptr, slot.queue_id.len);
	return DL_OK;
}

static struct dl_str
body_of(struct dl_arena *arena, json_object *letter)
{
	struct dl_str decoded;

	if (dl_base64_decode(arena,
			     dl_json_get_str(letter, "responseBodyBase64"),
			     &decoded) &&
	    decoded.len)
		return decoded;
	return dl_json_get_str(letter, "responseBody");
}

/* Nobody is to wonder at it later; failing to is no matter. */
static void
throw_away(const struct dl_qstash *q, struct dl_arena *arena,
	   json_object *letter)
{
	struct dl_str id = dl_json_get_str(letter, "dlqId");
	const char *path = dl_arena_printf(arena, "/v2/dlq/%.*s", (int)id.len,
					   id.ptr ? id.ptr : "");
	struct dl_http_answer answer;
	struct dl_error err = {0};

	if (id.len && dl_qstash_is_plain(path + 8) &&
	    dl_qstash_call(q, arena, DL_HTTP_DELETE, path, DL_STR(""), &answer,
			   &err) != DL_OK)
		return;
}

/* A delivered message may stay to be seen for a while: the log tells. */
static enum dl_code
look_into_log(const struct dl_qstash *q, struct dl_arena *arena,
	      const char *queue_id, struct dl_qstash_probe_result *result,
	      struct dl_error *err)
{
	struct dl_http_answer answer;
	json_object *events;
	enum dl_code code = dl_qstash_call(
	    q, arena, DL_HTTP_GET,
	    dl_arena_printf(arena, "/v2/events?messageId=%s", queue_id),
	    DL_STR(""), &answer, err);

	if (code != DL_OK)
		return code;
	events = dl_json_get(
	    dl_json_parse_lenient(arena, dl_buf_str(answer.body)), "events");
	if (!json_object_is_type(events, json_type_array))
		return DL_OK;
	for (size_t i = 0; i < json_object_array_length(events); i++)
		result->is_delivered |= dl_str_eq(
		    dl_json_get_str(json_object_array_get_idx(events, i),
				    "state"),
		    DL_STR("DELIVERED"));
	return DL_OK;
}

enum dl_code
dl_qstash_probe_result(const struct dl_qstash *q, struct dl_arena *arena,
		       const char *queue_id,
		       struct dl_qstash_probe_result *result,
		       struct dl_error *err)
{
	static const char op[] = "qstash.probe_result";
	struct dl_http_answer answer;
	json_object *tree, *letters, *status;
	enum dl_code code;

	*result = (struct dl_qstash_probe_result){0};
	if (!dl_qstash_is_plain(queue_id))
		return dl_fail(err, DL_BAD_REQUEST, op, "not an id");
	code = dl_qstash_call(
	    q, arena, DL_HTTP_GET,
	    dl_arena_printf(arena, "/v2/dlq?messageId=%s", queue_id),
	    DL_STR(""), &answer, err);
	if (code != DL_OK)
		return code;
	tree = dl_json_parse_lenient(arena, dl_buf_str(answer.body));
	letters = dl_json_get(tree, "messages");
	if (answer.status != 200 ||
	    !json_object_is_type(letters, json_type_array))
		return dl_fail(err, DL_TRY_LATER, op, "HTTP %ld",
			       answer.status);
	if (!json_object_array_length(letters))
		return look_into_log(q, arena, queue_id, result, err);
	tree = json_object_array_get_idx(letters, 0);
	status = dl_json_get(tree, "responseStatus");
	result->is_refused = true;
	result->status = status ? json_object_get_int(status) : 0;
	result->body = body_of(arena, tree);
	throw_away(q, arena, tree);
	return DL_OK;
}
