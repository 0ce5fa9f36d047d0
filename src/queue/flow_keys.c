/* SPDX-License-Identifier: MIT */
/* Flow-control keys. */
#include "config.h"

#include "queue/flow_keys.h"

#include "base/json_out.h"
#include "queue/dispatcher.h"
#include "queue/flow_control.h"
#include "queue/publish_options.h"
#include "queue/query.h"

static enum dl_code
run(const struct dl_queue_call *call, enum dl_statement statement,
    const char *const *params, PGresult **rows, struct dl_error *err)
{
	return dl_db_call(call->queue->pool, call->request->arena, NULL, true,
			  statement, params, rows, err);
}

/* ------------------------------------------------------------------ reading */

static void
write_key(struct dl_json_out *out, const PGresult *rows, int row)
{
	static const struct {
		const char *name;
		const char *column;
	} numbers[] = {{"waitListSize", "waiting"},
		       {"parallelismMax", "parallelism"},
		       {"parallelismCount", "under_way"},
		       {"rateMax", "rate"},
		       {"rateCount", "window_count"},
		       {"ratePeriod", "period_s"},
		       {"ratePeriodStart", "window_start_s"}};

	dl_json_object_begin(out);
	dl_json_member_str(out, "flowControlKey", dl_db_text(rows, row, "key"));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		dl_json_member_int(out, numbers[i].name,
				   dl_db_int(rows, row, numbers[i].column, 0));
	dl_json_member_bool(out, "isPaused",
			    dl_db_bool(rows, row, "is_paused"));
	dl_json_member_bool(out, "isPinnedParallelism",
			    dl_db_bool(rows, row, "is_parallelism_pinned"));
	dl_json_member_bool(out, "isPinnedRate",
			    dl_db_bool(rows, row, "is_rate_pinned"));
	dl_json_object_end(out);
}

enum dl_code
dl_queue_list_flow_keys(const struct dl_queue_call *call, struct dl_error *err)
{
	static const char *const names[] = {"search", NULL};
	const char *params[] = {call->queue->credentials.account, NULL, NULL};
	struct dl_json_out out;
	struct dl_str search;
	enum dl_code code;
	PGresult *rows;

	if (!dl_queue_query_check(call, names))
		return DL_OK;
	if (dl_request_query(call->request, "search", &search))
		params[2] = dl_arena_strndup(call->request->arena, search.ptr,
					     search.len);
	code = run(call, DL_SQL_QUEUE_FLOW_LIST, params, &rows, err);
	if (code != DL_OK)
		return code;
	dl_response_json(call->response, 200);
	dl_json_begin(&out, call->response->body);
	dl_json_array_begin(&out);
	for (int i = 0; i < PQntuples(rows); i++)
		write_key(&out, rows, i);
	dl_json_array_end(&out);
	return DL_OK;
}

static void
refuse_unknown(const struct dl_queue_call *call)
{
	dl_queue_refuse(call->response, 404, "flow control key not found");
}

enum dl_code
dl_queue_show_flow_key(const struct dl_queue_call *call, struct dl_error *err)
{
	const char *params[] = {call->queue->credentials.account, call->arg,
				NULL};
	struct dl_json_out out;
	enum dl_code code;
	PGresult *rows;

	code = run(call, DL_SQL_QUEUE_FLOW_LIST, params, &rows, err);
	if (code != DL_OK)
		return code;
	if (!PQntuples(rows)) {
		refuse_unknown(call);
		return DL_OK;
	}
	dl_response_json(call->response, 200);
	dl_json_begin(&out, call->response->body);
	write_key(&out, rows, 0);
	return DL_OK;
}

enum dl_code
dl_queue_show_parallelism(const struct dl_queue_call *call,
			  struct dl_error *err)
{
	const char *params[] = {call->queue->credentials.account};
	struct dl_json_out out;
	enum dl_code code;
	PGresult *rows;

	code = run(call, DL_SQL_QUEUE_UNDER_WAY, params, &rows, err);
	if (code != DL_OK)
		return code;
	dl_response_json(call->response, 200);
	dl_json_begin(&out, call->response->body);
	dl_json_object_begin(&out);
	dl_json_member_int(&out, "parallelismMax",
			   call->queue->settings->local_queue_parallelism);
	dl_json_member_int(&out, "parallelismCount",
			   dl_db_int(rows, 0, "n", 0));
	dl_json_object_end(&out);
	return DL_OK;
}

/* ----------------------------------------------------------------- steering */

/* Runs a statement that changes the key; the dispatcher looks at it anew. */
static enum dl_code
change(const struct dl_queue_call *call, enum dl_statement statement,
       const char *const *params, struct dl_error *err)
{
	enum dl_code code;
	PGresult *rows;

	if (strlen(call->arg) > DL_PUBLISH_MAX_TEXT) {
		dl_queue_refuse(call->response, 400,
				"invalid flow control key: too long");
		return DL_OK;
	}
	code = run(call, statement, params, &rows, err);
	if (code != DL_OK)
		return code;
	if (PQfnumber(rows, "is_found") >= 0 &&
	    !dl_db_bool(rows, 0, "is_found")) {
		refuse_unknown(call);
		return DL_OK;
	}
	dl_queue_dispatcher_wake(call->queue->dispatcher);
	dl_response_json(call->response, 200);
	dl_buf_puts(call->response->body, "{}");
	return DL_OK;
}

static enum dl_code
pause_or_resume(const struct dl_queue_call *call, const char *is_to_pause,
		struct dl_error *err)
{
	const char *params[] = {call->queue->credentials.account, call->arg,
				is_to_pause};

	return change(call, DL_SQL_QUEUE_FLOW_PAUSE, params, err);
}

enum dl_code
dl_queue_pause_flow_key(const struct dl_queue_call *call, struct dl_error *err)
{
	return pause_or_resume(call, "true", err);
}

enum dl_code
dl_queue_resume_flow_key(const struct dl_queue_call *call, struct dl_error *err)
{
	return pause_or_resume(call, "false", err);
}

/* The parameter as given, NULL where absent; false for no number to max. */
static bool
limit_of(const struct dl_queue_call *call, const char *name, int64_t max,
	 const char **limit)
{
	struct dl_str value;
	int64_t n;

	*limit = NULL;
	if (!dl_request_query(call->request, name, &value))
		return true;
	*limit = dl_arena_strndup(call->request->arena, value.ptr, value.len);
	return dl_str_to_int64(value, &n) && n >= 1 && n <= max;
}

enum dl_code
dl_queue_pin_flow_key(const struct dl_queue_call *call, struct dl_error *err)
{
	static const char *const names[] = {"parallelism", "rate", "period",
					    NULL};
	const char *params[5] = {call->queue->credentials.account, call->arg};

	if (!dl_queue_query_check(call, names))
		return DL_OK;
	if (!limit_of(call, "parallelism", DL_FLOW_CONTROL_MAX_LIMIT,
		      &params[2]) ||
	    !limit_of(call, "rate", DL_FLOW_CONTROL_MAX_LIMIT, &params[3]) ||
	    !limit_of(call, "period", DL_FLOW_CONTROL_MAX_PERIOD_S,
		      &params[4]) ||
	    (!params[2] && !params[3]) || (params[4] && !params[3])) {
		dl_queue_refuse(call->response, 400,
				"invalid query parameter: pin takes "
				"parallelism, rate or both, and with rate a "
				"period in seconds, all integers from 1");
		return DL_OK;
	}
	return change(call, DL_SQL_QUEUE_FLOW_PIN, params, err);
}

/* "true" or "false" as the query says, "false" where it does not. */
static bool
flag_of(const struct dl_queue_call *call, const char *name, const char **flag)
{
	struct dl_str value;

	*flag = "false";
	if (!dl_request_query(call->request, name, &value))
		return true;
	if (dl_str_eq(value, DL_STR("true")))
		*flag = "true";
	return dl_str_eq(value, dl_str(*flag));
}

enum dl_code
dl_queue_unpin_flow_key(const struct dl_queue_call *call, struct dl_error *err)
{
	static const char *const names[] = {"parallelism", "rate", NULL};
	const char *params[4] = {call->queue->credentials.account, call->arg};

	if (!dl_queue_query_check(call, names))
		return DL_OK;
	if (!flag_of(call, "parallelism", &params[2]) ||
	    !flag_of(call, "rate", &params[3]) ||
	    (strcmp(params[2], "true") != 0 &&
	     strcmp(params[3], "true") != 0)) {
		dl_queue_refuse(call->response, 400,
				"invalid query parameter: unpin takes "
				"parallelism=true, rate=true or both");
		return DL_OK;
	}
	return change(call, DL_SQL_QUEUE_FLOW_UNPIN, params, err);
}

enum dl_code
dl_queue_reset_flow_key(const struct dl_queue_call *call, struct dl_error *err)
{
	const char *params[] = {call->queue->credentials.account, call->arg};

	return change(call, DL_SQL_QUEUE_FLOW_RESET, params, err);
}
