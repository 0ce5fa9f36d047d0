/* SPDX-License-Identifier: MIT */
/* Rows of messages as JSON. */
#include "config.h"

#include "queue/message_json.h"

#include <stdint.h>

#include "base/crypto.h"
#include "base/json_in.h"
#include "queue/header_list.h"

struct dl_str
dl_queue_bytes(struct dl_arena *arena, const PGresult *rows, int row,
	       const char *column)
{
	struct dl_str text = dl_db_text(rows, row, column);
	unsigned char *bytes;
	size_t len;

	if (!text.ptr)
		return DL_STR("");
	bytes = PQunescapeBytea((const unsigned char *)text.ptr, &len);
	if (!bytes)
		abort();
	dl_arena_defer(arena, PQfreemem, bytes);
	return (struct dl_str){(const char *)bytes, len};
}

/* Whether JSON can carry the bytes as a string and give them back. */
static bool
is_text(struct dl_str bytes)
{
	struct dl_buf quoted;
	struct dl_arena *scratch = dl_arena_create(8 * bytes.len + 65536);
	json_object *parsed = NULL;
	bool is_same;

	dl_buf_init(&quoted, scratch, 6 * bytes.len + 2);
	dl_json_quote(&quoted, bytes);
	is_same =
	    dl_json_parse(scratch, dl_buf_str(&quoted), &parsed) ==
		DL_JSON_OK &&
	    (size_t)json_object_get_string_len(parsed) == bytes.len &&
	    memcmp(json_object_get_string(parsed), bytes.ptr, bytes.len) == 0;
	dl_arena_destroy(scratch);
	return is_same;
}

static void
write_bytes(struct dl_json_out *out, struct dl_arena *arena,
	    struct dl_str bytes, const char *text_name, const char *base64_name)
{
	struct dl_buf *base64;

	if (!bytes.len)
		return;
	if (is_text(bytes)) {
		dl_json_member_str(out, text_name, bytes);
		return;
	}
	base64 = dl_buf_create(arena, 2 * bytes.len + 4);
	dl_base64_encode(base64, bytes);
	dl_json_member_str(out, base64_name, dl_buf_str(base64));
}

static void
write_map(struct dl_json_out *out, struct dl_arena *arena, const PGresult *rows,
	  int row, const char *column, const char *name)
{
	dl_json_key(out, name);
	dl_header_list_write_map(
	    out, dl_json_parse_lenient(arena, dl_db_text(rows, row, column)));
}

static void
write_text_if(struct dl_json_out *out, const PGresult *rows, int row,
	      const char *column, const char *name)
{
	struct dl_str text = dl_db_text(rows, row, column);

	if (text.len)
		dl_json_member_str(out, name, text);
}

static void
write_int_if(struct dl_json_out *out, const PGresult *rows, int row,
	     const char *column, const char *name)
{
	if (dl_db_text(rows, row, column).ptr)
		dl_json_member_int(out, name, dl_db_int(rows, row, column, 0));
}

static void
write_labels(struct dl_json_out *out, struct dl_arena *arena,
	     const PGresult *rows, int row)
{
	struct dl_str text = dl_db_text(rows, row, "labels");
	json_object *labels = dl_json_parse_lenient(arena, text);

	if (!dl_header_list_count(labels))
		return;
	dl_json_member_text(
	    out, "label",
	    json_object_get_string(json_object_array_get_idx(labels, 0)));
	dl_json_key(out, "labels");
	dl_json_raw(out, text);
}

static void
write_death(struct dl_json_out *out, struct dl_arena *arena,
	    const PGresult *rows, int row)
{
	dl_json_member_str(out, "dlqId", dl_db_text(rows, row, "dlq_id"));
	dl_json_member_int(out, "responseStatus",
			   dl_db_int(rows, row, "response_status", 0));
	write_map(out, arena, rows, row, "response_headers", "responseHeader");
	write_bytes(out, arena,
		    dl_queue_bytes(arena, rows, row, "response_body"),
		    "responseBody", "responseBodyBase64");
}

void
dl_queue_message_write(struct dl_json_out *out, struct dl_arena *arena,
		       const PGresult *rows, int row, bool is_dead)
{
	dl_json_object_begin(out);
	dl_json_member_str(out, "messageId", dl_db_text(rows, row, "id"));
	dl_json_member_str(out, "url", dl_db_text(rows, row, "url"));
	dl_json_member_str(out, "method", dl_db_text(rows, row, "method"));
	write_map(out, arena, rows, row, "headers", "header");
	write_bytes(out, arena, dl_queue_bytes(arena, rows, row, "body"),
		    "body", "bodyBase64");
	write_int_if(out, rows, row, "max_retries", "maxRetries");
	write_int_if(out, rows, row, "not_before_ms", "notBefore");
	write_int_if(out, rows, row, "created_at_ms", "createdAt");
	write_text_if(out, rows, row, "failure_callback", "failureCallback");
	write_text_if(out, rows, row, "caller_ip", "callerIP");
	write_labels(out, arena, rows, row);
	write_text_if(out, rows, row, "flow_key", "flowControlKey");
	write_int_if(out, rows, row, "parallelism", "parallelism");
	write_int_if(out, rows, row, "rate", "rate");
	write_int_if(out, rows, row, "period_s", "period");
	write_text_if(out, rows, row, "retry_delay", "retryDelayExpression");
	write_int_if(out, rows, row, "timeout_ms", "timeout");
	if (is_dead)
		write_death(out, arena, rows, row);
	dl_json_object_end(out);
}
