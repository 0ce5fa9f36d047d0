/* SPDX-License-Identifier: MIT */
/* Rows of messages as JSON. */
#include "config.h"

#include "queue/message_json.h"

#include <stdint.h>

#include "base/crypto.h"
#include "base/die.h"
#include "base/json_in.h"
#include "queue/header_list.h"

/* A page ends early behind it; a row is at most some 8 MiB more. */
#define MAX_PAGE_BYTES (16 * 1024 * 1024)

struct dl_str
dl_queue_bytes(struct dl_arena *arena, const PGresult *rows, int row,
	       const char *column)
{
	struct dl_str text = dl_db_text(rows, row, column);
	unsigned char *bytes;
	size_t len;

	if (!text.ptr)
		return DL_STR("");
	bytes = dl_must(PQunescapeBytea((const unsigned char *)text.ptr, &len));
	dl_arena_defer(arena, PQfreemem, bytes);
	return (struct dl_str){(const char *)bytes, len};
}

void
dl_queue_base64_write(struct dl_json_out *out, struct dl_arena *arena,
		      const char *name, struct dl_str bytes)
{
	struct dl_buf *base64 = dl_buf_create(arena, 2 * bytes.len + 4);

	dl_base64_encode(base64, bytes);
	dl_json_member_text(out, name, dl_buf_cstr(base64));
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
	if (!bytes.len)
		return;
	if (is_text(bytes))
		dl_json_member_str(out, text_name, bytes);
	else
		dl_queue_base64_write(out, arena, base64_name, bytes);
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

/* What its publisher asked for. */
static void
write_options(struct dl_json_out *out, struct dl_arena *arena,
	      const PGresult *rows, int row)
{
	write_int_if(out, rows, row, "max_retries", "maxRetries");
	write_text_if(out, rows, row, "callback", "callback");
	write_text_if(out, rows, row, "failure_callback", "failureCallback");
	write_labels(out, arena, rows, row);
	write_text_if(out, rows, row, "flow_key", "flowControlKey");
	write_int_if(out, rows, row, "parallelism", "parallelism");
	write_int_if(out, rows, row, "rate", "rate");
	write_int_if(out, rows, row, "period_s", "period");
	write_text_if(out, rows, row, "retry_delay", "retryDelayExpression");
	write_int_if(out, rows, row, "timeout_ms", "timeout");
	write_text_if(out, rows, row, "caller_ip", "callerIP");
}

static void
write_request(struct dl_json_out *out, struct dl_arena *arena,
	      const PGresult *rows, int row)
{
	dl_json_member_str(out, "messageId", dl_db_text(rows, row, "id"));
	dl_json_member_str(out, "url", dl_db_text(rows, row, "url"));
	dl_json_member_str(out, "method", dl_db_text(rows, row, "method"));
	write_map(out, arena, rows, row, "headers", "header");
}

static void
write_message(struct dl_json_out *out, struct dl_arena *arena,
	      const PGresult *rows, int row)
{
	write_request(out, arena, rows, row);
	write_bytes(out, arena, dl_queue_bytes(arena, rows, row, "body"),
		    "body", "bodyBase64");
	write_int_if(out, rows, row, "not_before_ms", "notBefore");
	write_int_if(out, rows, row, "created_at_ms", "createdAt");
	write_options(out, arena, rows, row);
}

void
dl_queue_message_write(struct dl_json_out *out, struct dl_arena *arena,
		       const PGresult *rows, int row)
{
	dl_json_object_begin(out);
	write_message(out, arena, rows, row);
	dl_json_object_end(out);
}

void
dl_queue_dead_letter_write(struct dl_json_out *out, struct dl_arena *arena,
			   const PGresult *rows, int row)
{
	dl_json_object_begin(out);
	write_message(out, arena, rows, row);
	dl_json_member_str(out, "dlqId", dl_db_text(rows, row, "dlq_id"));
	dl_json_member_int(out, "responseStatus",
			   dl_db_int(rows, row, "response_status", 0));
	write_map(out, arena, rows, row, "response_headers", "responseHeader");
	write_bytes(out, arena,
		    dl_queue_bytes(arena, rows, row, "response_body"),
		    "responseBody", "responseBodyBase64");
	dl_json_object_end(out);
}

/*
 * The answer that an entry of the log is about; where none came, why.  Two
 * names for the headers: the documentation's, and the Python client's.
 */
static void
write_answer(struct dl_json_out *out, struct dl_arena *arena,
	     const PGresult *rows, int row)
{
	struct dl_str body = dl_queue_bytes(arena, rows, row, "response_body");
	int64_t status = dl_db_int(rows, row, "response_status", 0);

	if (!status) {
		if (body.len)
			dl_json_member_str(out, "error", body);
		return;
	}
	dl_json_member_int(out, "responseStatus", status);
	if (!dl_db_text(rows, row, "response_headers").ptr)
		return;
	write_map(out, arena, rows, row, "response_headers", "responseHeaders");
	write_map(out, arena, rows, row, "response_headers", "responseHeader");
	dl_queue_base64_write(out, arena, "responseBody", body);
}

void
dl_queue_event_write(struct dl_json_out *out, struct dl_arena *arena,
		     const PGresult *rows, int row)
{
	dl_json_object_begin(out);
	write_int_if(out, rows, row, "at_ms", "time");
	write_text_if(out, rows, row, "state", "state");
	write_request(out, arena, rows, row);
	dl_queue_base64_write(out, arena, "body",
			      dl_queue_bytes(arena, rows, row, "body"));
	write_int_if(out, rows, row, "next_at_ms", "nextDeliveryTime");
	write_answer(out, arena, rows, row);
	write_options(out, arena, rows, row);
	dl_json_object_end(out);
}

void
dl_queue_page_write(struct dl_response *response, const char *name,
		    const PGresult *rows, int64_t page,
		    void (*write_row)(struct dl_json_out *out,
				      struct dl_arena *arena,
				      const PGresult *rows, int row))
{
	struct dl_json_out out;
	int n = PQntuples(rows);
	int i;

	dl_response_json(response, 200);
	dl_json_begin(&out, response->body);
	dl_json_object_begin(&out);
	dl_json_key(&out, name);
	dl_json_array_begin(&out);
	for (i = 0; i < n && i < page && response->body->len < MAX_PAGE_BYTES;
	     i++)
		write_row(&out, response->arena, rows, i);
	dl_json_array_end(&out);
	if (i < n)
		dl_json_member_str(&out, "cursor",
				   dl_db_text(rows, i - 1, "place_after"));
	dl_json_object_end(&out);
}
