/* SPDX-License-Identifier: MIT */
/* Reading and cancelling messages. */
#include "config.h"

#include "queue/messages.h"

#include "base/json_out.h"
#include "queue/dispatcher.h"
#include "queue/message_json.h"
#include "queue/query.h"

/* Above whatever a queue of this size holds. */
#define MAX_CANCEL 100000000
/* Cancelled in one transaction: its locks hold up who delivers. */
#define CANCEL_STEP 2000

static enum dl_code
run(const struct dl_queue_call *call, enum dl_statement statement,
    const char *const *params, PGresult **rows, struct dl_error *err)
{
	return dl_db_call(call->queue->pool, call->request->arena, NULL, true,
			  statement, params, rows, err);
}

enum dl_code
dl_queue_show_message(const struct dl_queue_call *call, struct dl_error *err)
{
	const char *params[] = {call->queue->credentials.account, call->arg};
	struct dl_json_out out;
	enum dl_code code;
	PGresult *rows;

	code = run(call, DL_SQL_QUEUE_MESSAGE_GET, params, &rows, err);
	if (code != DL_OK)
		return code;
	if (!PQntuples(rows)) {
		dl_queue_refuse(call->response, 404, "message not found");
		return DL_OK;
	}
	dl_response_json(call->response, 200);
	dl_json_begin(&out, call->response->body);
	dl_queue_message_write(&out, call->request->arena, rows, 0);
	return DL_OK;
}

enum dl_code
dl_queue_retry_message(const struct dl_queue_call *call, struct dl_error *err)
{
	const char *params[] = {call->queue->credentials.account, call->arg};
	enum dl_code code;
	PGresult *rows;

	code = run(call, DL_SQL_QUEUE_MESSAGE_RETRY, params, &rows, err);
	if (code != DL_OK)
		return code;
	if (!dl_db_bool(rows, 0, "is_found")) {
		dl_queue_refuse(call->response, 404, "message not found");
		return DL_OK;
	}
	dl_queue_dispatcher_wake(call->queue->dispatcher);
	dl_response_json(call->response, 200);
	dl_buf_puts(call->response->body, "{}");
	return DL_OK;
}

/* Cancels up to max messages, in steps; *n: how many. */
static enum dl_code
cancel(const struct dl_queue_call *call, const char *filters, int64_t max,
       int64_t *n, struct dl_error *err)
{
	struct dl_arena *arena = call->request->arena;
	enum dl_code code = DL_OK;
	int64_t step, done;

	*n = 0;
	do {
		PGresult *rows;

		step = max - *n < CANCEL_STEP ? max - *n : CANCEL_STEP;
		code =
		    run(call, DL_SQL_QUEUE_CANCEL,
			(const char *[]){call->queue->credentials.account,
					 filters, dl_db_from_int(arena, step)},
			&rows, err);
		if (code != DL_OK)
			return code;
		done = dl_db_int(rows, 0, "n", 0);
		*n += done;
	} while (done == step && *n < max);
	return code;
}

static void
answer_cancelled(struct dl_response *response, int64_t n)
{
	struct dl_json_out out;

	dl_response_json(response, 200);
	dl_json_begin(&out, response->body);
	dl_json_object_begin(&out);
	dl_json_member_int(&out, "cancelled", n);
	dl_json_object_end(&out);
}

enum dl_code
dl_queue_cancel_message(const struct dl_queue_call *call, struct dl_error *err)
{
	enum dl_code code;
	int64_t n;

	code = cancel(
	    call,
	    dl_queue_filter_one(call->request->arena, "messageIds", call->arg),
	    1, &n, err);
	if (code != DL_OK)
		return code;
	if (n)
		answer_cancelled(call->response, n);
	else
		dl_queue_refuse(call->response, 404, "message not found");
	return DL_OK;
}

enum dl_code
dl_queue_cancel_messages(const struct dl_queue_call *call, struct dl_error *err)
{
	static const char *const names[] = {
	    "messageIds", "label",     "flowControlKey",
	    "queueName",  "topicName", "url",
	    "host",       "path",      "scheduleId",
	    "callerIp",   "callerIP",  "fromDate",
	    "toDate",     "count",     NULL};
	struct dl_queue_query query;
	enum dl_code code;
	const char *fault;
	int64_t n;

	if (!dl_queue_query_read(call->request, names, "messageIds", MAX_CANCEL,
				 &query, &fault)) {
		dl_queue_refuse(call->response, 400, fault);
		return DL_OK;
	}
	if (!dl_queue_may_change_all(call, &query))
		return DL_OK;
	code = cancel(call, query.filters,
		      query.count ? query.count : MAX_CANCEL, &n, err);
	if (code == DL_OK)
		answer_cancelled(call->response, n);
	return code;
}
