/* SPDX-License-Identifier: MIT */
/* Callbacks: what they say, and as messages. */
#include "config.h"

#include "queue/callback.h"

#include "base/clock.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "queue/header_list.h"
#include "queue/message_json.h"
#include "queue/publish_item.h"

/* Headers of both sides, escaped, and the rest. */
#define ROOM (512 * 1024)
/* Two callbacks on a message of 1 MiB: base64 of it, in hexadecimal. */
#define MAX_ITEMS (8 * 1024 * 1024)

static void
member_headers(struct dl_json_out *out, const char *name, json_object *list)
{
	dl_json_key(out, name);
	dl_header_list_write_map(out, list);
}

static struct dl_str
make_body(struct dl_arena *arena, const struct dl_queue_message *m,
	  const struct dl_http_answer *answer, const char *headers,
	  const char *dlq_id)
{
	size_t bytes = m->body.len + answer->body->len;
	struct dl_buf *body = dl_buf_create(arena, 2 * bytes + ROOM);
	struct dl_json_out out;

	dl_json_begin(&out, body);
	dl_json_object_begin(&out);
	dl_json_member_int(&out, "status", answer->status);
	member_headers(&out, "header",
		       dl_json_parse_lenient(arena, dl_str(headers)));
	dl_queue_base64_write(&out, arena, "body", dl_buf_str(answer->body));
	dl_json_member_int(&out, "retried", m->retried);
	dl_json_member_int(&out, "maxRetries", m->max_retries);
	if (dlq_id)
		dl_json_member_text(&out, "dlqId", dlq_id);
	dl_json_member_text(&out, "sourceMessageId", m->id);
	dl_json_member_text(&out, "url", m->url);
	dl_json_member_text(&out, "method", m->method);
	member_headers(&out, "sourceHeader", m->headers);
	dl_queue_base64_write(&out, arena, "sourceBody", m->body);
	dl_json_member_int(&out, "notBefore", m->not_before_ms);
	dl_json_member_int(&out, "createdAt", m->created_at_ms);
	dl_json_member_text(&out, "callerIP", m->caller_ip);
	dl_json_object_end(&out);
	return dl_buf_str(body);
}

const char *
dl_queue_callbacks(struct dl_arena *arena, const struct dl_queue_message *m,
		   const struct dl_http_answer *answer, const char *headers,
		   const char *dlq_id)
{
	bool is_dead = dlq_id && m->failure_callback;
	int64_t now_ms = dl_clock_now_ms();
	struct dl_json_out out;
	struct dl_buf *items;

	if (!m->callback && !is_dead)
		return NULL;
	items = dl_buf_create(arena, MAX_ITEMS);
	dl_json_begin(&out, items);
	dl_json_array_begin(&out);
	if (m->callback)
		dl_publish_item_write_callback(
		    &out, arena, m->callback,
		    make_body(arena, m, answer, headers, NULL), now_ms);
	if (is_dead)
		dl_publish_item_write_callback(
		    &out, arena, m->failure_callback,
		    make_body(arena, m, answer, headers, dlq_id), now_ms);
	dl_json_array_end(&out);
	return dl_buf_failed(items) ? NULL : dl_buf_cstr(items);
}
