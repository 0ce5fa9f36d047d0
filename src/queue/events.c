/* SPDX-License-Identifier: MIT */
/* The log. */
#include "config.h"

#include "queue/events.h"

#include "queue/message_json.h"
#include "queue/query.h"

/* What the vendor's client believes; its documentation says 100. */
#define MAX_PAGE     1000
#define DEFAULT_PAGE 100

static enum dl_code
list(const struct dl_queue_call *call, const char *member, struct dl_error *err)
{
	static const char *const names[] = {
	    "messageId", "messageIds", "state",     "url",
	    "host",      "path",       "topicName", "scheduleId",
	    "queueName", "callerIp",   "callerIP",  "label",
	    "fromDate",  "toDate",     "count",     "flowControlKey",
	    "cursor",    "order",      NULL};
	struct dl_arena *arena = call->request->arena;
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
	page = query.count ? query.count : DEFAULT_PAGE;
	/* One more than the page tells whether another follows. */
	code = dl_db_call(
	    call->queue->pool, arena, NULL, true, DL_SQL_QUEUE_EVENTS,
	    (const char *[]){call->queue->credentials.account, query.filters,
			     query.cursor, dl_db_from_int(arena, page + 1),
			     query.is_earliest_first ? "true" : "false"},
	    &rows, err);
	if (code == DL_OK)
		dl_queue_page_write(call->response, member, rows, page,
				    dl_queue_event_write);
	return code;
}

enum dl_code
dl_queue_list_events(const struct dl_queue_call *call, struct dl_error *err)
{
	return list(call, "events", err);
}

enum dl_code
dl_queue_list_logs(const struct dl_queue_call *call, struct dl_error *err)
{
	return list(call, "logs", err);
}
