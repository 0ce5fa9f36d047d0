/* SPDX-License-Identifier: MIT */
/* Dead letters. */
#include "config.h"

#include "queue/dead_letters.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "queue/dispatcher.h"
#include "queue/message_json.h"
#include "queue/publish_item.h"
#include "queue/query.h"

/* The vendor's page. */
#define MAX_PAGE 100

/* host and path are no filters here, as with the vendor. */
static const char *const names[] = {"dlqIds",     "messageId",
				    "messageIds", "url",
				    "topicName",  "scheduleId",
				    "queueName",  "fromDate",
				    "toDate",     "responseStatus",
				    "callerIp",   "callerIP",
				    "label",      "flowControlKey",
				    "count",      "cursor",
				    "order",      NULL};

static void
refuse_unknown(const struct dl_queue_call *call)
{
	dl_queue_refuse(call->response, 404, "dlq message not found");
}

static const char *
one(const struct dl_queue_call *call)
{
	return dl_queue_filter_one(call->request->arena, "dlqIds", call->arg);
}

/* ------------------------------------------------------------------ reading */

static enum dl_code
list(const struct dl_queue_call *call, const struct dl_queue_query *query,
     int64_t n, PGresult **rows, struct dl_error *err)
{
	const char *params[] = {call->queue->credentials.account,
				query->filters, query->cursor,
				dl_db_from_int(call->request->arena, n),
				query->is_earliest_first ? "true" : "false"};

	return dl_db_call(call->queue->pool, call->request->arena, NULL, true,
			  DL_SQL_QUEUE_DEAD_LIST, params, rows, err);
}

enum dl_code
dl_queue_list_dead(const struct dl_queue_call *call, struct dl_error *err)
{
	struct dl_queue_query query;
	const char *fault;
	enum dl_code code;
	PGresult *rows;
	int64_t page;

	if (!dl_queue_query_read(call->request, names, NULL, MAX_PAGE, &query,
				 &fault)) {
		dl_queue_refuse(call->response, 400, fault);
		return DL_OK;
	}
	page = query.count ? query.count : MAX_PAGE;
	/* One more than the page tells whether another follows. */
	code = list(call, &query, page + 1, &rows, err);
	if (code == DL_OK)
		dl_queue_page_write(call->response, "messages", rows, page,
				    dl_queue_dead_letter_write);
	return code;
}

enum dl_code
dl_queue_show_dead(const struct dl_queue_call *call, struct dl_error *err)
{
	struct dl_queue_query query = {.filters = one(call)};
	struct dl_json_out out;
	enum dl_code code;
	PGresult *rows;

	code = list(call, &query, 1, &rows, err);
	if (code != DL_OK)
		return code;
	if (!PQntuples(rows)) {
		refuse_unknown(call);
		return DL_OK;
	}
	dl_response_json(call->response, 200);
	dl_json_begin(&out, call->response->body);
	dl_queue_dead_letter_write(&out, call->request->arena, rows, 0);
	return DL_OK;
}

/* ----------------------------------------------------------------- changing */

/* Reads the query of a change of many; false: the response says why not. */
static bool
read_bulk(const struct dl_queue_call *call, struct dl_queue_query *query)
{
	const char *fault;

	if (!dl_queue_query_read(call->request, names, "dlqIds", MAX_PAGE,
				 query, &fault)) {
		dl_queue_refuse(call->response, 400, fault);
		return false;
	}
	if (!query->count)
		query->count = MAX_PAGE;
	return dl_queue_may_change_all(call, query);
}

static void
write_cursor(struct dl_json_out *out, const PGresult *rows, int row)
{
	struct dl_str cursor = dl_db_text(rows, row, "place_after");

	if (cursor.len)
		dl_json_member_str(out, "cursor", cursor);
}

static enum dl_code
delete_dead(const struct dl_queue_call *call,
	    const struct dl_queue_query *query, PGresult **rows,
	    struct dl_error *err)
{
	const char *params[] = {
	    call->queue->credentials.account, query->filters, query->cursor,
	    dl_db_from_int(call->request->arena, query->count)};

	return dl_db_call(call->queue->pool, call->request->arena, NULL, false,
			  DL_SQL_QUEUE_DEAD_DELETE, params, rows, err);
}

static void
answer_deleted(const struct dl_queue_call *call, const PGresult *rows)
{
	struct dl_json_out out;

	dl_response_json(call->response, 200);
	dl_json_begin(&out, call->response->body);
	dl_json_object_begin(&out);
	dl_json_member_int(&out, "deleted", dl_db_int(rows, 0, "n", 0));
	write_cursor(&out, rows, 0);
	dl_json_object_end(&out);
}

enum dl_code
dl_queue_delete_dead(const struct dl_queue_call *call, struct dl_error *err)
{
	struct dl_queue_query query;
	enum dl_code code;
	PGresult *rows;

	if (!read_bulk(call, &query))
		return DL_OK;
	code = delete_dead(call, &query, &rows, err);
	if (code == DL_OK)
		answer_deleted(call, rows);
	return code;
}

enum dl_code
dl_queue_delete_one_dead(const struct dl_queue_call *call, struct dl_error *err)
{
	struct dl_queue_query query = {.filters = one(call), .count = 1};
	enum dl_code code;
	PGresult *rows;

	code = delete_dead(call, &query, &rows, err);
	if (code != DL_OK)
		return code;
	if (dl_db_int(rows, 0, "n", 0))
		answer_deleted(call, rows);
	else
		refuse_unknown(call);
	return DL_OK;
}

/* ------------------------------------------------------------- reviving them
 */

/* The request's options as JSON; NULL: the response says why not. */
static const char *
read_options(const struct dl_queue_call *call)
{
	const struct dl_request *request = call->request;
	const struct dl_settings *settings = call->queue->settings;
	int64_t now_ms = dl_clock_now_ms();
	struct dl_publish_options options;
	const char *fault;

	if (dl_publish_options_parse(
		request->arena, request->headers, request->n_headers, now_ms,
		settings->queue_max_delay_s, &options, &fault) &&
	    dl_publish_item_check_callbacks(request->arena, settings, &options,
					    &fault))
		return dl_publish_item_overrides(request->arena, &options,
						 request->client_ip, now_ms);
	dl_queue_refuse(call->response, 400, fault);
	return NULL;
}

/* Rows of queue_dead_retry; none: the response says why not. */
static enum dl_code
retry(const struct dl_queue_call *call, const struct dl_queue_query *query,
      PGresult **rows, struct dl_error *err)
{
	const char *params[] = {
	    call->queue->credentials.account, query->filters, query->cursor,
	    dl_db_from_int(call->request->arena, query->count),
	    read_options(call)};
	enum dl_code code;

	*rows = NULL;
	if (!params[4])
		return DL_OK;
	code = dl_db_call(call->queue->pool, call->request->arena, NULL, false,
			  DL_SQL_QUEUE_DEAD_RETRY, params, rows, err);
	if (code != DL_OK)
		return code;
	if (!PQntuples(*rows)) {
		*rows = NULL;
		refuse_unknown(call);
		return DL_OK;
	}
	dl_queue_dispatcher_wake(call->queue->dispatcher);
	dl_response_json(call->response, 201);
	return DL_OK;
}

static void
write_message_id(struct dl_json_out *out, const PGresult *rows, int row)
{
	dl_json_object_begin(out);
	dl_json_member_str(out, "messageId",
			   dl_db_text(rows, row, "message_id"));
	dl_json_object_end(out);
}

enum dl_code
dl_queue_retry_dead(const struct dl_queue_call *call, struct dl_error *err)
{
	struct dl_queue_query query;
	struct dl_json_out out;
	enum dl_code code;
	PGresult *rows;
	int n;

	if (!read_bulk(call, &query))
		return DL_OK;
	code = retry(call, &query, &rows, err);
	if (code != DL_OK || !rows)
		return code;
	n = PQntuples(rows) - 1;
	dl_json_begin(&out, call->response->body);
	dl_json_object_begin(&out);
	dl_json_key(&out, "responses");
	dl_json_array_begin(&out);
	for (int i = 0; i < n; i++)
		write_message_id(&out, rows, i);
	dl_json_array_end(&out);
	write_cursor(&out, rows, n);
	dl_json_object_end(&out);
	return DL_OK;
}

enum dl_code
dl_queue_retry_one_dead(const struct dl_queue_call *call, struct dl_error *err)
{
	struct dl_queue_query query = {.filters = one(call), .count = 1};
	struct dl_json_out out;
	enum dl_code code;
	PGresult *rows;

	code = retry(call, &query, &rows, err);
	if (code != DL_OK || !rows)
		return code;
	dl_json_begin(&out, call->response->body);
	write_message_id(&out, rows, 0);
	return DL_OK;
}
