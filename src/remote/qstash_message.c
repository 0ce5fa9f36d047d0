/* SPDX-License-Identifier: MIT */
/*
 * What goes to the queue and what comes back, as bytes: the element of a
 * message, the slots of an answer, the wait that a 429 names.  No I/O.
 * Source: Upstash QStash API v2 (publish and batch), read 2026-11.
 */
#include "config.h"

#include "remote/qstash.h"

#include <stdio.h>

#include "base/crypto.h"
#include "base/json_in.h"
#include "base/json_out.h"

/* 5 s, then 30 s: Evolution restarting takes about as long. */
#define RETRY_DELAY "5000 * pow(6, retried)"
/*
 * The failure callback is our own endpoint: a few tries over half an hour by
 * the queue's default backoff, and the sweeper behind them.
 */
#define FAILURE_RETRIES "3"

const char *
dl_qstash_lane_key(struct dl_str instance_name,
		   char out[DL_QSTASH_LANE_KEY_MAX])
{
	char hex[DL_SHA256_HEX_MAX];

	snprintf(out, DL_QSTASH_LANE_KEY_MAX, "lane-%.32s",
		 dl_sha256_hex(instance_name, hex));
	return out;
}

static void member_format(struct dl_json_out *json, const char *name,
			  const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A member whose value is short formatted text. */
static void
member_format(struct dl_json_out *json, const char *name, const char *fmt, ...)
{
	char text[2304]; /* PUBLIC_URL is at most 2,048 bytes */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dl_json_member_text(json, name, text);
}

static void
write_flow_control(const struct dl_qstash_message *m, struct dl_json_out *json)
{
	char key[DL_QSTASH_LANE_KEY_MAX];

	dl_json_member_text(json, "Upstash-Flow-Control-Key",
			    dl_qstash_lane_key(m->instance_name, key));
	if (m->gap_s > 0)
		member_format(json, "Upstash-Flow-Control-Value",
			      "parallelism=1, rate=1, period=%llds",
			      (long long)m->gap_s);
	else
		dl_json_member_text(json, "Upstash-Flow-Control-Value",
				    "parallelism=1");
}

static void
write_headers(const struct dl_qstash *q, const struct dl_qstash_message *m,
	      struct dl_json_out *json)
{
	dl_json_object_begin(json);
	dl_json_member_text(json, "Content-Type", "application/json");
	dl_json_member_text(json, "Upstash-Method", "POST");
	member_format(json, "Upstash-Retries", "%lld", (long long)q->retries);
	dl_json_member_text(json, "Upstash-Retry-Delay", RETRY_DELAY);
	member_format(
	    json, "Upstash-Timeout", "%llds",
	    (long long)(m->is_media ? q->media_timeout_s : q->timeout_s));
	member_format(json, "Upstash-Not-Before", "%lld",
		      (long long)m->not_before_s);
	member_format(json, "Upstash-Deduplication-Id", "%s:%lld", m->id,
		      (long long)m->generation);
	member_format(json, "Upstash-Label", "camp-%s-r%lld,camp-%s",
		      m->campaign_id, (long long)m->run, m->campaign_id);
	write_flow_control(m, json);
	member_format(json, "Upstash-Failure-Callback",
		      "%.*s/process-message/failure", (int)q->public_url.len,
		      q->public_url.ptr);
	dl_json_member_text(json, "Upstash-Failure-Callback-Retries",
			    FAILURE_RETRIES);
	dl_json_object_end(json);
}

/* What process-message gets: JSON text inside a JSON string. */
static void
write_body(const struct dl_qstash_message *m, struct dl_json_out *json)
{
	struct dl_buf body;
	struct dl_json_out inner;

	dl_buf_init(&body, NULL, DL_QSTASH_BATCH_BYTES);
	dl_json_begin(&inner, &body);
	dl_json_object_begin(&inner);
	dl_json_member_text(&inner, "message_id", m->id);
	dl_json_member_str(&inner, "phone_number", m->phone_number);
	dl_json_member_str(&inner, "message_content", m->content);
	dl_json_member_str(&inner, "instance_name", m->instance_name);
	dl_json_member_text(&inner, "campaign_id", m->campaign_id);
	dl_json_member_int(&inner, "generation", m->generation);
	dl_json_object_end(&inner);
	dl_json_member_str(json, "body", dl_buf_str(&body));
	dl_buf_clear(&body);
}

void
dl_qstash_write_message(const struct dl_qstash *q,
			const struct dl_qstash_message *message,
			struct dl_buf *out)
{
	struct dl_json_out json;

	dl_json_begin(&json, out);
	dl_json_object_begin(&json);
	member_format(&json, "destination", "%.*s/process-message",
		      (int)q->public_url.len, q->public_url.ptr);
	dl_json_key(&json, "headers");
	write_headers(q, message, &json);
	write_body(message, &json);
	dl_json_object_end(&json);
}

/* ---------------------------------------------------------------- answers */

/* Opaque, but it goes into a column, into URLs and into logs. */
static bool
is_queue_id(struct dl_str id)
{
	for (size_t i = 0; i < id.len; i++)
		if (id.ptr[i] <= 0x20 || id.ptr[i] > 0x7e)
			return false;
	return id.len > 0 && id.len <= DL_QSTASH_ID_MAX;
}

static struct dl_qstash_slot
read_slot(json_object *element)
{
	struct dl_qstash_slot slot = {0};

	/* The form of a URL group: one object for each of its endpoints. */
	if (json_object_is_type(element, json_type_array))
		element = json_object_array_length(element)
			      ? json_object_array_get_idx(element, 0)
			      : NULL;
	slot.error = dl_json_get_str(element, "error");
	if (!slot.error.len)
		slot.queue_id = dl_json_get_str(element, "messageId");
	if (!is_queue_id(slot.queue_id))
		slot.queue_id = (struct dl_str){NULL, 0};
	return slot;
}

bool
dl_qstash_read_slots(struct dl_arena *arena, struct dl_str body,
		     struct dl_qstash_slot *slots, size_t n)
{
	json_object *root = dl_json_parse_lenient(arena, body);

	if (n == 1 && json_object_is_type(root, json_type_object)) {
		slots[0] = read_slot(root);
		return true;
	}
	if (!json_object_is_type(root, json_type_array) ||
	    json_object_array_length(root) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		slots[i] = read_slot(json_object_array_get_idx(root, i));
	return true;
}

static int64_t
clamp_wait(int64_t wait_s)
{
	if (wait_s < 1)
		return 1;
	return wait_s > 86400 ? 86400 : wait_s;
}

int64_t
dl_qstash_wait_s(const struct dl_http_answer *answer, int64_t now_s)
{
	static const char *const resets[] = {"Burst-RateLimit-Reset",
					     "RateLimit-Reset"};
	int64_t value;

	if (dl_str_to_int64(dl_http_header(answer, "Retry-After"), &value))
		return clamp_wait(value);
	for (size_t i = 0; i < sizeof(resets) / sizeof(*resets); i++)
		if (dl_str_to_int64(dl_http_header(answer, resets[i]), &value))
			return clamp_wait(value - now_s);
	return 60;
}
