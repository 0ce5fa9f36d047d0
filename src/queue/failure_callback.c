/* SPDX-License-Identifier: MIT */
/* The failure callback's body. */
#include "config.h"

#include "queue/failure_callback.h"

#include "base/crypto.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "queue/header_list.h"

/* Headers of both sides, escaped, and the rest. */
#define ROOM (512 * 1024)

static void
member_base64(struct dl_json_out *out, struct dl_arena *arena, const char *name,
	      struct dl_str bytes)
{
	struct dl_buf *text = dl_buf_create(arena, 2 * bytes.len + 4);

	dl_base64_encode(text, bytes);
	dl_json_member_text(out, name, dl_buf_cstr(text));
}

static void
member_headers(struct dl_json_out *out, const char *name, json_object *list)
{
	dl_json_key(out, name);
	dl_header_list_write_map(out, list);
}

struct dl_str
dl_failure_callback_body(struct dl_arena *arena,
			 const struct dl_queue_message *m,
			 const struct dl_http_answer *answer,
			 const char *headers, const char *dlq_id)
{
	size_t bytes = m->body.len + answer->body->len;
	struct dl_buf *body = dl_buf_create(arena, 2 * bytes + ROOM);
	struct dl_json_out out;

	dl_json_begin(&out, body);
	dl_json_object_begin(&out);
	dl_json_member_int(&out, "status", answer->status);
	member_headers(&out, "header",
		       dl_json_parse_lenient(arena, dl_str(headers)));
	member_base64(&out, arena, "body", dl_buf_str(answer->body));
	dl_json_member_int(&out, "retried", m->retried);
	dl_json_member_int(&out, "maxRetries", m->max_retries);
	dl_json_member_text(&out, "dlqId", dlq_id);
	dl_json_member_text(&out, "sourceMessageId", m->id);
	dl_json_member_text(&out, "url", m->url);
	dl_json_member_text(&out, "method", m->method);
	member_headers(&out, "sourceHeader", m->headers);
	member_base64(&out, arena, "sourceBody", m->body);
	dl_json_member_int(&out, "notBefore", m->not_before_ms);
	dl_json_member_int(&out, "createdAt", m->created_at_ms);
	dl_json_member_text(&out, "callerIP", m->caller_ip);
	dl_json_object_end(&out);
	return dl_buf_str(body);
}
