/* SPDX-License-Identifier: MIT */
/* Signing keys. */
#include "config.h"

#include "queue/keys.h"

#include "base/json_out.h"
#include "base/log.h"

/* Until keys are rotated those of the settings hold, where there are any. */
static void
answer_keys(const struct dl_queue_call *call, const PGresult *row)
{
	const struct dl_queue_credentials *own = &call->queue->credentials;
	bool is_rotated = dl_db_bool(row, 0, "is_rotated");
	struct dl_json_out out;

	dl_response_json(call->response, 200);
	dl_json_begin(&out, call->response->body);
	dl_json_object_begin(&out);
	dl_json_member_str(&out, "current",
			   is_rotated
			       ? dl_db_text(row, 0, "current_signing_key")
			       : own->current_key);
	dl_json_member_str(&out, "next",
			   is_rotated ? dl_db_text(row, 0, "next_signing_key")
				      : own->next_key);
	dl_json_object_end(&out);
}

static enum dl_code
read_keys(const struct dl_queue_call *call, PGresult **row,
	  struct dl_error *err)
{
	const char *params[] = {call->queue->credentials.account};

	return dl_db_call(call->queue->pool, call->request->arena, NULL, true,
			  DL_SQL_QUEUE_KEYS, params, row, err);
}

enum dl_code
dl_queue_show_keys(const struct dl_queue_call *call, struct dl_error *err)
{
	enum dl_code code;
	PGresult *row;

	code = read_keys(call, &row, err);
	if (code == DL_OK)
		answer_keys(call, row);
	return code;
}

enum dl_code
dl_queue_rotate_keys(const struct dl_queue_call *call, struct dl_error *err)
{
	const struct dl_queue *queue = call->queue;
	struct dl_arena *arena = call->request->arena;
	struct dl_str given =
	    dl_secret_str(&queue->settings->qstash_next_signing_key);
	const char *params[] = {
	    queue->credentials.account,
	    given.len ? dl_arena_strndup(arena, given.ptr, given.len) : NULL,
	    dl_queue_new_key(arena)};
	enum dl_code code;
	PGresult *row;

	code = dl_db_call(queue->pool, arena, NULL, false,
			  DL_SQL_QUEUE_KEYS_ROTATE, params, &row, err);
	if (code != DL_OK)
		return code;
	dl_log_raw(DL_LOG_NOTICE, "queue.keys", "the signing keys were rolled");
	answer_keys(call, row);
	return DL_OK;
}

enum dl_code
dl_queue_show_readiness(const struct dl_queue_call *call, struct dl_error *err)
{
	struct dl_json_out out;
	enum dl_code code;
	PGresult *row;

	code = read_keys(call, &row, err);
	if (code != DL_OK && code != DL_TRY_LATER)
		return code;
	dl_response_json(call->response, code == DL_OK ? 200 : 503);
	dl_json_begin(&out, call->response->body);
	dl_json_object_begin(&out);
	dl_json_member_bool(&out, "ready", code == DL_OK);
	dl_json_object_end(&out);
	return DL_OK;
}
