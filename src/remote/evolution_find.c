/* SPDX-License-Identifier: MIT */
/* What an instance sent: findMessages. */
#include "config.h"

#include <curl/curl.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "remote/evolution.h"
#include "remote/evolution_internal.h"

/* It reads a large table; the sweeper has a minute in all. */
#define FIND_TIMEOUT_MS 10000
/* A page of records with media, which have up to 10 KiB each. */
#define MAX_FIND_ANSWER (4 * 1024 * 1024)
#define MAX_FIND_BODY   2048

static struct dl_str
find_body(struct dl_arena *arena, struct dl_str key, int64_t page)
{
	struct dl_buf *text = dl_buf_create(arena, MAX_FIND_BODY);
	struct dl_json_out out;

	dl_json_begin(&out, text);
	dl_json_object_begin(&out);
	dl_json_key(&out, "where");
	dl_json_object_begin(&out);
	dl_json_key(&out, "key");
	dl_json_object_begin(&out);
	if (key.len)
		dl_json_member_str(&out, "id", key);
	else
		dl_json_member_bool(&out, "fromMe", true);
	dl_json_object_end(&out);
	dl_json_object_end(&out);
	dl_json_member_int(&out, "page", page);
	dl_json_member_int(&out, "offset", DL_EVOLUTION_PAGE);
	dl_json_object_end(&out);
	return dl_buf_str(text);
}

static int64_t
time_of(json_object *record)
{
	json_object *value = dl_json_get(record, "messageTimestamp");

	return json_object_get_int64(value) * 1000;
}

bool
dl_evolution_read_found(struct dl_arena *arena, struct dl_str body,
			int64_t page, struct dl_evolution_found *found)
{
	json_object *tree = dl_json_parse_lenient(arena, body);
	json_object *messages = dl_json_get(tree, "messages");
	json_object *records = json_object_is_type(tree, json_type_array)
				   ? tree
				   : dl_json_get(messages, "records");
	size_t n;

	*found = (struct dl_evolution_found){.is_last = true};
	if (!json_object_is_type(records, json_type_array))
		return false;
	n = json_object_array_length(records);
	found->messages =
	    dl_arena_array(arena, n ? n : 1, sizeof(*found->messages));
	if (!found->messages)
		return false;
	for (size_t i = 0; i < n; i++) {
		json_object *record = json_object_array_get_idx(records, i);
		int64_t at_ms = time_of(record);

		if (dl_seen_message_read(record, &found->messages[found->n]))
			found->n++;
		if (at_ms > 0 &&
		    (!found->oldest_ms || at_ms < found->oldest_ms))
			found->oldest_ms = at_ms;
	}
	found->is_last =
	    !messages || !n ||
	    json_object_get_int64(dl_json_get(messages, "pages")) <= page;
	return true;
}

/*
 * What the header is ahead of the middle of the call, by the clock of now_ms.
 * Its second was half over, on average.
 */
static void
read_date(const struct dl_http_answer *answer, int64_t now_ms, int64_t took_ms,
	  struct dl_evolution_found *found)
{
	struct dl_str text = dl_http_header(answer, "Date");
	char date[64];
	time_t at;

	if (!text.len || text.len >= sizeof(date))
		return;
	memcpy(date, text.ptr, text.len);
	date[text.len] = '\0';
	at = curl_getdate(date, NULL);
	if (at < 0)
		return;
	found->has_date = true;
	found->ahead_ms = (int64_t)at * 1000 + 500 - now_ms - took_ms / 2;
}

enum dl_code
dl_evolution_find(const struct dl_evolution *evolution, struct dl_arena *arena,
		  struct dl_str instance, struct dl_str token,
		  struct dl_str key, int64_t page, int64_t now_ms,
		  struct dl_evolution_found *found, struct dl_error *err)
{
	static const char op[] = "evolution.find";
	struct dl_str secret = dl_evolution_key_for(evolution, token);
	const char *headers[] = {"Content-Type: application/json",
				 dl_arena_printf(arena, "apikey: %.*s",
						 (int)secret.len, secret.ptr)};
	struct dl_http_request request = {
	    .method = DL_HTTP_POST,
	    .url = dl_evolution_url(evolution, arena, "/chat/findMessages/",
				    instance),
	    .headers = headers,
	    .n_headers = sizeof(headers) / sizeof(headers[0]),
	    .body = find_body(arena, key, page),
	    .connect_timeout_ms = DL_EVOLUTION_CONNECT_TIMEOUT_MS,
	    .timeout_ms = FIND_TIMEOUT_MS,
	    .max_answer = MAX_FIND_ANSWER};
	int64_t began_ms = dl_clock_boot_ms();
	struct dl_http_answer http;
	enum dl_code code;

	*found = (struct dl_evolution_found){.is_last = true};
	if (!request.url || !headers[1])
		return dl_fail(err, DL_INTERNAL, op, "the name is too long");
	code = evolution->http->send(evolution->http->ctx, arena, &request,
				     &http, err);
	if (code != DL_OK)
		return code;
	if (http.status != 200 && http.status != 201)
		return dl_fail(err, DL_TRY_LATER, op, "HTTP %ld", http.status);
	if (!dl_evolution_read_found(arena, dl_buf_str(http.body), page, found))
		return dl_fail(err, DL_TRY_LATER, op, "no list of messages");
	read_date(&http, now_ms, dl_clock_boot_ms() - began_ms, found);
	return DL_OK;
}
