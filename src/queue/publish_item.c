/* SPDX-License-Identifier: MIT */
/* Messages as JSON for the database. */
#include "config.h"

#include "queue/publish_item.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json_in.h"
#include "base/uuid.h"
#include "queue/destination.h"

/* An item around its body: 16 KiB of headers, escaped. */
#define ITEM_ROOM 131072

const char *
dl_queue_new_id(const char *prefix, unsigned int sequence,
		char out[DL_QUEUE_ID_MAX])
{
	struct dl_uuid uuid;
	size_t len = 4;

	dl_uuid_v7(dl_clock_now_ms(), sequence, &uuid);
	memcpy(out, prefix, 4);
	for (const char *c = uuid.text; *c; c++)
		if (*c != '-')
			out[len++] = *c;
	out[len] = '\0';
	return out;
}

static void
write_hex(struct dl_json_out *out, struct dl_arena *arena, struct dl_str bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = dl_arena_alloc(arena, 2 * bytes.len + 1);

	dl_json_key(out, "body_hex");
	for (size_t i = 0; hex && i < bytes.len; i++) {
		hex[2 * i] = digits[(unsigned char)bytes.ptr[i] >> 4];
		hex[2 * i + 1] = digits[(unsigned char)bytes.ptr[i] & 15];
	}
	/* Without memory the item is spoilt, and so is the whole. */
	if (!hex)
		out->buf->is_failed = true;
	dl_json_str(out, (struct dl_str){hex, hex ? 2 * bytes.len : 0});
}

static void
write_if(struct dl_json_out *out, const char *name, int64_t value)
{
	if (value)
		dl_json_member_int(out, name, value);
}

static void
write_text_if(struct dl_json_out *out, const char *name, struct dl_str value)
{
	if (value.len)
		dl_json_member_str(out, name, value);
}

static void
write_target(struct dl_json_out *out, const struct dl_publish_target *target,
	     struct dl_str url, struct dl_str caller_ip)
{
	dl_json_member_str(out, "url", url);
	dl_json_member_str(out, "caller_ip", caller_ip);
	dl_json_member_str(out, "method", target->method);
	dl_json_member_int(out, "max_retries", target->retries);
	write_text_if(out, "retry_delay", target->retry_delay);
	write_if(out, "timeout_ms", target->timeout_ms);
	dl_json_key(out, "headers");
	dl_header_list_write(out, target->headers, target->n_headers);
}

/* A callback is JSON unless its publisher says otherwise. */
static void
add_content_type(struct dl_arena *arena, struct dl_publish_target *target)
{
	struct dl_header *longer;

	for (size_t i = 0; i < target->n_headers; i++)
		if (dl_str_eq(target->headers[i].name, DL_STR("Content-Type")))
			return;
	longer = dl_arena_array(arena, target->n_headers + 1, sizeof(*longer));

	if (!longer)
		return;
	longer[0] = (struct dl_header){DL_STR("Content-Type"),
				       DL_STR("application/json")};
	for (size_t i = 0; i < target->n_headers; i++)
		longer[i + 1] = target->headers[i];
	target->headers = longer;
	target->n_headers++;
}

static void
write_callback(struct dl_json_out *out, struct dl_arena *arena,
	       const char *name, const struct dl_publish_callback *callback,
	       struct dl_str caller_ip)
{
	struct dl_publish_target target = callback->target;

	if (!callback->url.len)
		return;
	add_content_type(arena, &target);
	dl_json_key(out, name);
	dl_json_object_begin(out);
	write_target(out, &target, callback->url, caller_ip);
	write_if(out, "delay_s", target.delay_s);
	dl_json_member_text(out, "flow_key", "");
	dl_json_object_end(out);
}

static void
write_callbacks(struct dl_json_out *out, struct dl_arena *arena,
		const struct dl_publish_options *options,
		struct dl_str caller_ip)
{
	write_callback(out, arena, "callback", &options->callback, caller_ip);
	write_callback(out, arena, "failure_callback", &options->failure,
		       caller_ip);
}

static void
write_limits(struct dl_json_out *out, const struct dl_publish_options *options)
{
	dl_json_member_str(out, "flow_key", options->flow_key);
	write_if(out, "parallelism", options->limits.parallelism);
	write_if(out, "rate", options->limits.rate);
	write_if(out, "period_s", options->limits.period_s);
}

static void
write_labels(struct dl_json_out *out, const struct dl_publish_options *options)
{
	dl_json_key(out, "labels");
	dl_json_array_begin(out);
	for (size_t i = 0; i < options->n_labels; i++)
		dl_json_str(out, options->labels[i]);
	dl_json_array_end(out);
}

/* Of destination, body and what is forwarded, as the vendor says. */
static const char *
hash_content(struct dl_arena *arena, const struct dl_publish_item *item,
	     char hex[DL_SHA256_HEX_MAX])
{
	const struct dl_publish_target *target = &item->options->message;
	struct dl_buf *all = dl_buf_create(arena, item->body.len + ITEM_ROOM);

	dl_buf_append_str(all, item->url);
	dl_buf_append_c(all, '\n');
	for (size_t i = 0; i < target->n_headers; i++) {
		dl_buf_append_str(all, target->headers[i].name);
		dl_buf_append_c(all, ':');
		dl_buf_append_str(all, target->headers[i].value);
		dl_buf_append_c(all, '\n');
	}
	dl_buf_append_c(all, '\n');
	dl_buf_append_str(all, item->body);
	return dl_sha256_hex(dl_buf_str(all), hex);
}

static void
write_deduplication(struct dl_json_out *out, struct dl_arena *arena,
		    const struct dl_publish_item *item)
{
	char hex[DL_SHA256_HEX_MAX];

	if (item->options->deduplication_id.len)
		dl_json_member_str(out, "deduplication_id",
				   item->options->deduplication_id);
	else if (item->options->is_deduplicated_by_content)
		dl_json_member_text(out, "deduplication_id",
				    hash_content(arena, item, hex));
}

void
dl_publish_item_write(struct dl_json_out *out, struct dl_arena *arena,
		      const struct dl_publish_item *item, int64_t now_ms)
{
	const struct dl_publish_options *options = item->options;
	char id[DL_QUEUE_ID_MAX];

	dl_json_object_begin(out);
	dl_json_member_text(out, "id",
			    dl_queue_new_id("msg_", item->sequence, id));
	write_target(out, &options->message, item->url, item->caller_ip);
	write_if(out, "not_before_ms",
		 dl_publish_not_before_ms(&options->message, now_ms));
	write_deduplication(out, arena, item);
	write_labels(out, options);
	write_limits(out, options);
	write_callbacks(out, arena, options, item->caller_ip);
	write_hex(out, arena, item->body);
	dl_json_object_end(out);
}

void
dl_publish_item_write_callback(struct dl_json_out *out, struct dl_arena *arena,
			       json_object *callback, struct dl_str body,
			       int64_t now_ms)
{
	int64_t delay_s =
	    json_object_get_int64(dl_json_get(callback, "delay_s"));
	char id[DL_QUEUE_ID_MAX];

	dl_json_object_begin(out);
	json_object_object_foreach(callback, name, value)
	{
		dl_json_key(out, name);
		dl_json_raw(out, dl_str(json_object_to_json_string_ext(
				     value, JSON_C_TO_STRING_PLAIN)));
	}
	dl_json_member_text(out, "id", dl_queue_new_id("msg_", 0, id));
	dl_json_key(out, "labels");
	dl_json_array_begin(out);
	dl_json_array_end(out);
	if (delay_s)
		dl_json_member_int(out, "not_before_ms",
				   now_ms + delay_s * 1000);
	write_hex(out, arena, body);
	dl_json_object_end(out);
}

/* ----------------------------------------------------------------- overrides
 */

/* What the publisher forwards, but for the type of a body that is not there. */
static void
write_forwarded(struct dl_json_out *out, const struct dl_publish_target *target)
{
	dl_json_key(out, "forward");
	dl_json_array_begin(out);
	for (size_t i = 0; i < target->n_headers; i++) {
		if (dl_str_eq(target->headers[i].name, DL_STR("Content-Type")))
			continue;
		dl_json_array_begin(out);
		dl_json_str(out, target->headers[i].name);
		dl_json_str(out, target->headers[i].value);
		dl_json_array_end(out);
	}
	dl_json_array_end(out);
}

const char *
dl_publish_item_overrides(struct dl_arena *arena,
			  const struct dl_publish_options *options,
			  struct dl_str caller_ip, int64_t now_ms)
{
	const struct dl_publish_target *target = &options->message;
	struct dl_buf *text = dl_buf_create(arena, 2 * ITEM_ROOM);
	struct dl_publish_options filled = *options;
	struct dl_json_out out;

	dl_publish_options_fill(&filled);
	dl_json_begin(&out, text);
	dl_json_object_begin(&out);
	write_text_if(&out, "method", target->method);
	if (target->retries >= 0)
		dl_json_member_int(&out, "max_retries", target->retries);
	write_text_if(&out, "retry_delay", target->retry_delay);
	write_if(&out, "timeout_ms", target->timeout_ms);
	write_if(&out, "not_before_ms",
		 dl_publish_not_before_ms(target, now_ms));
	if (options->n_labels)
		write_labels(&out, options);
	if (options->flow_key.len)
		write_limits(&out, options);
	write_callbacks(&out, arena, &filled, caller_ip);
	write_forwarded(&out, target);
	dl_json_object_end(&out);
	return dl_buf_failed(text) ? NULL : dl_buf_cstr(text);
}

bool
dl_publish_item_check_callbacks(struct dl_arena *arena,
				const struct dl_settings *settings,
				const struct dl_publish_options *options,
				const char **fault)
{
	const struct dl_str urls[] = {options->callback.url,
				      options->failure.url};

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
		if (urls[i].len &&
		    !dl_destination_check(arena, settings, urls[i], fault))
			return false;
	return true;
}
