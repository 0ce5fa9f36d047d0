/* SPDX-License-Identifier: MIT */
/* Publishing: one message from headers, many from JSON. */
#include "config.h"

#include "queue/publish.h"

#include <ctype.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "queue/api.h"
#include "queue/destination.h"
#include "queue/dispatcher.h"
#include "queue/publish_item.h"

/* A message whose parts are read and not yet checked. */
struct draft {
	struct dl_str url;
	struct dl_header *headers;
	size_t n_headers;
	struct dl_str body;
	unsigned int sequence;
};

/* What all messages of a request have in common. */
struct batch {
	const struct dl_queue *queue;
	const struct dl_request *request;
	struct dl_arena *arena;
	int64_t now_ms;
	struct dl_buf *items; /* JSON for local_queue.publish() */
	struct dl_json_out json;
	const char *fault; /* why the request is refused, in words */
};

static void
batch_begin(struct batch *batch, const struct dl_queue *queue,
	    const struct dl_request *request)
{
	*batch = (struct batch){
	    .queue = queue,
	    .request = request,
	    .arena = request->arena,
	    .now_ms = dl_clock_now_ms(),
	    /* Bodies in hexadecimal, headers once more as JSON. */
	    .items =
		dl_buf_create(request->arena, 6 * request->body.len + 262144),
	};
	dl_json_begin(&batch->json, batch->items);
	dl_json_array_begin(&batch->json);
}

/* Checks the draft and adds it; false with batch->fault. */
static bool
batch_add(struct batch *batch, const struct draft *draft)
{
	const struct dl_settings *settings = batch->queue->settings;
	struct dl_publish_options options;
	struct dl_publish_item item = {
	    .url = draft->url,
	    .body = draft->body,
	    .caller_ip = batch->request->client_ip,
	    .options = &options,
	    .sequence = draft->sequence,
	};

	if (draft->body.len > DL_QUEUE_MAX_MESSAGE) {
		batch->fault = dl_arena_printf(
		    batch->arena,
		    "quota maxMessageSize exceeded, current limit: %d",
		    DL_QUEUE_MAX_MESSAGE);
		return false;
	}
	if (!dl_destination_check(batch->arena, settings, draft->url,
				  &batch->fault) ||
	    !dl_publish_options_parse(
		batch->arena, draft->headers, draft->n_headers, batch->now_ms,
		settings->queue_max_delay_s, &options, &batch->fault))
		return false;
	if (!dl_publish_item_check_callbacks(batch->arena, settings, &options,
					     &batch->fault))
		return false;
	dl_publish_options_fill(&options);
	dl_publish_item_write(&batch->json, batch->arena, &item, batch->now_ms);
	return true;
}

/* Stores the batch: a row for each of its messages. */
static enum dl_code
batch_store(struct batch *batch, PGresult **rows, struct dl_error *err)
{
	const char *params[] = {batch->queue->credentials.account, NULL};
	enum dl_code code;

	dl_json_array_end(&batch->json);
	if (dl_buf_failed(batch->items))
		return dl_fail(err, DL_TOO_LARGE, "queue.publish",
			       "the messages do not fit");
	params[1] = dl_buf_cstr(batch->items);
	code = dl_db_call(batch->queue->pool, batch->arena, NULL, false,
			  DL_SQL_QUEUE_PUBLISH, params, rows, err);
	if (code == DL_OK)
		dl_queue_dispatcher_wake(batch->queue->dispatcher);
	return code;
}

static void
write_accepted(struct dl_json_out *out, const PGresult *rows, int row)
{
	dl_json_object_begin(out);
	dl_json_member_str(out, "messageId",
			   dl_db_text(rows, row, "message_id"));
	if (dl_db_bool(rows, row, "is_duplicate"))
		dl_json_member_bool(out, "deduplicated", true);
	dl_json_object_end(out);
}

/* ----------------------------------------------------------------- publish */

/* The request's headers and the options of its query, which go first. */
static bool
gather_headers(const struct dl_request *request,
	       const struct dl_destination *destination, struct draft *draft)
{
	size_t n = destination->n_options + request->n_headers;

	draft->headers =
	    dl_arena_array(request->arena, n, sizeof(*draft->headers));
	if (!draft->headers)
		return false;
	for (size_t i = 0; i < request->n_headers; i++)
		draft->headers[draft->n_headers++] = request->headers[i];
	for (size_t i = 0; i < destination->n_options; i++)
		draft->headers[draft->n_headers++] = destination->options[i];
	return true;
}

enum dl_code
dl_queue_publish(const struct dl_queue_call *call, struct dl_error *err)
{
	const struct dl_request *request = call->request;
	struct dl_response *response = call->response;
	struct dl_destination destination;
	struct draft draft = {.body = request->body};
	struct dl_json_out out;
	struct batch batch;
	enum dl_code code;
	PGresult *rows;

	batch_begin(&batch, call->queue, call->request);
	if (!dl_destination_from_uri(request->arena, request->uri,
				     DL_STR(DL_QUEUE_PUBLISH_PATH),
				     &destination) ||
	    !gather_headers(request, &destination, &draft)) {
		dl_queue_refuse(response, 400,
				"invalid destination url: endpoint is not a "
				"valid url");
		return DL_OK;
	}
	draft.url = destination.url;
	if (!batch_add(&batch, &draft)) {
		dl_queue_refuse(response, 400, batch.fault);
		return DL_OK;
	}
	code = batch_store(&batch, &rows, err);
	if (code != DL_OK)
		return code;
	dl_response_json(response,
			 dl_db_bool(rows, 0, "is_duplicate") ? 202 : 200);
	dl_json_begin(&out, response->body);
	write_accepted(&out, rows, 0);
	return DL_OK;
}

/* ------------------------------------------------------------------- batch */

static struct dl_str
text_of(json_object *value)
{
	return (struct dl_str){json_object_get_string(value),
			       (size_t)json_object_get_string_len(value)};
}

static struct dl_str
lower(struct dl_arena *arena, struct dl_str name)
{
	char *copy = dl_arena_strndup(arena, name.ptr, name.len);

	for (size_t i = 0; copy && i < name.len; i++)
		copy[i] = (char)tolower((unsigned char)copy[i]);
	return (struct dl_str){copy, copy ? name.len : 0};
}

static bool
read_headers(struct batch *batch, json_object *map, struct draft *draft)
{
	if (!map)
		return true;
	batch->fault = "invalid batch: headers must be an object of strings";
	if (!json_object_is_type(map, json_type_object))
		return false;
	draft->headers =
	    dl_arena_array(batch->arena, (size_t)json_object_object_length(map),
			   sizeof(*draft->headers));
	if (!draft->headers)
		return false;
	json_object_object_foreach(map, name, value)
	{
		if (!json_object_is_type(value, json_type_string))
			return false;
		draft->headers[draft->n_headers++] = (struct dl_header){
		    lower(batch->arena, dl_str(name)), text_of(value)};
	}
	return true;
}

static bool
read_element(struct batch *batch, json_object *element, struct draft *draft)
{
	json_object *body = dl_json_get(element, "body");

	draft->url = dl_json_get_str(element, "destination");
	batch->fault = "invalid batch: destination must be a string";
	if (!draft->url.len)
		return false;
	batch->fault = "invalid batch: queue is not supported by local-queue";
	if (dl_json_get(element, "queue"))
		return false;
	batch->fault = "invalid batch: body must be a string";
	if (body && !json_object_is_type(body, json_type_string))
		return false;
	if (body)
		draft->body = text_of(body);
	return read_headers(batch, dl_json_get(element, "headers"), draft);
}

static bool
read_batch(struct batch *batch)
{
	json_object *root = NULL;
	size_t n;

	batch->fault = "invalid batch: the body must be a JSON array";
	if (dl_json_parse(batch->arena, batch->request->body, &root) !=
		DL_JSON_OK ||
	    !json_object_is_type(root, json_type_array))
		return false;
	n = json_object_array_length(root);
	for (size_t i = 0; i < n; i++) {
		struct draft draft = {.body = DL_STR(""),
				      .sequence = (unsigned int)(i & 4095)};

		if (!read_element(batch, json_object_array_get_idx(root, i),
				  &draft) ||
		    !batch_add(batch, &draft))
			return false;
	}
	return true;
}

enum dl_code
dl_queue_publish_batch(const struct dl_queue_call *call, struct dl_error *err)
{
	struct dl_response *response = call->response;
	struct dl_json_out out;
	struct batch batch;
	enum dl_code code;
	PGresult *rows;

	batch_begin(&batch, call->queue, call->request);
	if (!read_batch(&batch)) {
		dl_queue_refuse(response, 400, batch.fault);
		return DL_OK;
	}
	code = batch_store(&batch, &rows, err);
	if (code != DL_OK)
		return code;
	dl_response_json(response, 200);
	dl_json_begin(&out, response->body);
	dl_json_array_begin(&out);
	for (int i = 0; i < PQntuples(rows); i++)
		write_accepted(&out, rows, i);
	dl_json_array_end(&out);
	return DL_OK;
}
