/* SPDX-License-Identifier: MIT */
/*
 * The questions of a launch, one statement each.  Its one transaction is
 * launch_insert.c's.
 */
#include "config.h"

#include "store/launch_store.h"

#include <string.h>

#include "base/log.h"
#include "store/launch_internal.h"

/* 300,000 phone keys are some 5 MB; names are few. */
#define MAX_ARRAY (64 * 1024 * 1024)

enum dl_code
dl_launch_full(struct dl_error *err, const char *op)
{
	return dl_fail(err, DL_TOO_LARGE, op, "the request's arena is full");
}

const char *
dl_launch_array(struct dl_arena *arena, const struct dl_str *items, size_t n)
{
	struct dl_db_array array;

	dl_db_array_begin(&array, arena, MAX_ARRAY);
	for (size_t i = 0; i < n; i++)
		dl_db_array_str(&array, items[i]);
	return dl_db_array_end(&array);
}

static enum dl_launch_key_state
key_state(struct dl_str word)
{
	static const struct {
		const char *word;
		enum dl_launch_key_state state;
	} words[] = {
	    {"new", DL_LAUNCH_KEY_NEW},
	    {"conflict", DL_LAUNCH_KEY_CONFLICT},
	    {"replay", DL_LAUNCH_KEY_REPLAY},
	    {"unanswered", DL_LAUNCH_KEY_UNANSWERED},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (dl_str_eq(word, dl_str(words[i].word)))
			return words[i].state;
	return DL_LAUNCH_KEY_IN_PROGRESS;
}

void
dl_launch_read_key(const PGresult *result, struct dl_launch_key *key)
{
	*key = (struct dl_launch_key){
	    .state = key_state(dl_db_text(result, 0, "result")),
	    .answer = dl_db_text(result, 0, "answer"),
	    .created_at_ms = dl_db_int(result, 0, "created_at_ms", 0),
	    .retry_after_s = dl_db_int(result, 0, "retry_after_s", 1),
	};
	if (!dl_uuid_parse(dl_db_text(result, 0, "campaign_id"),
			   &key->campaign_id))
		key->campaign_id.text[0] = '\0';
}

enum dl_code
dl_launch_look_up_key(struct dl_db_pool *pool, struct dl_arena *arena,
		      const char *tenant_id, const char *key,
		      const char *request_hash, int64_t deadline_s,
		      struct dl_launch_key *found, struct dl_error *err)
{
	const char *params[] = {tenant_id, key, request_hash,
				dl_db_from_int(arena, deadline_s)};
	PGresult *result;
	enum dl_code code;

	code = dl_db_call(pool, arena, tenant_id, true, DL_SQL_LAUNCH_BEGIN,
			  params, &result, err);
	if (code == DL_OK)
		dl_launch_read_key(result, found);
	return code;
}

/* The one text column of every row, in the arena. */
static enum dl_code
read_column(struct dl_arena *arena, const PGresult *result, const char *column,
	    struct dl_str **out, size_t *n, struct dl_error *err)
{
	int rows = PQntuples(result);

	*n = (size_t)rows;
	*out = dl_arena_array(arena, *n, sizeof(**out));
	if (!*out)
		return dl_launch_full(err, "launch.read");
	for (int i = 0; i < rows; i++)
		(*out)[i] = dl_db_text(result, i, column);
	return DL_OK;
}

static enum dl_code
ask_of_array(struct dl_db_pool *pool, struct dl_arena *arena,
	     const char *tenant_id, enum dl_statement statement,
	     const struct dl_str *items, size_t n_items, const char *column,
	     struct dl_str **out, size_t *n, struct dl_error *err)
{
	const char *params[] = {tenant_id,
				dl_launch_array(arena, items, n_items)};
	PGresult *result;
	enum dl_code code;

	if (!params[1])
		return dl_launch_full(err, "launch.ask");
	code = dl_db_call(pool, arena, tenant_id, true, statement, params,
			  &result, err);
	if (code != DL_OK)
		return code;
	return read_column(arena, result, column, out, n, err);
}

enum dl_code
dl_launch_foreign_instances(struct dl_db_pool *pool, struct dl_arena *arena,
			    const char *tenant_id, const struct dl_str *names,
			    size_t n, struct dl_str **foreign,
			    size_t *n_foreign, struct dl_error *err)
{
	return ask_of_array(pool, arena, tenant_id,
			    DL_SQL_LAUNCH_FOREIGN_INSTANCES, names, n,
			    "instance_name", foreign, n_foreign, err);
}

enum dl_code
dl_launch_suppressed(struct dl_db_pool *pool, struct dl_arena *arena,
		     const char *tenant_id, const struct dl_str *phone_keys,
		     size_t n, struct dl_str **suppressed, size_t *n_suppressed,
		     struct dl_error *err)
{
	return ask_of_array(pool, arena, tenant_id, DL_SQL_LAUNCH_SUPPRESSED,
			    phone_keys, n, "phone_key", suppressed,
			    n_suppressed, err);
}

enum dl_code
dl_launch_lanes(struct dl_db_pool *pool, struct dl_arena *arena,
		const char *tenant_id, const struct dl_str *names, size_t n,
		struct dl_launch_lane **lanes, size_t *n_lanes,
		struct dl_error *err)
{
	const char *params[] = {tenant_id, dl_launch_array(arena, names, n)};
	PGresult *result;
	enum dl_code code;

	if (!params[1])
		return dl_launch_full(err, "launch.lanes");
	code = dl_db_call(pool, arena, tenant_id, true, DL_SQL_LAUNCH_LANES,
			  params, &result, err);
	if (code != DL_OK)
		return code;
	*n_lanes = (size_t)PQntuples(result);
	*lanes = dl_arena_array(arena, *n_lanes, sizeof(**lanes));
	if (!*lanes)
		return dl_launch_full(err, "launch.lanes");
	for (int i = 0; i < PQntuples(result); i++)
		(*lanes)[i] = (struct dl_launch_lane){
		    .instance_name = dl_db_text(result, i, "instance_name"),
		    .state = dl_db_text(result, i, "state"),
		};
	return DL_OK;
}

enum dl_code
dl_launch_exists(struct dl_db_pool *pool, struct dl_arena *arena,
		 const char *tenant_id, const char *campaign_id, bool *exists,
		 struct dl_error *err)
{
	const char *params[] = {tenant_id, campaign_id};
	PGresult *result;
	enum dl_code code;

	*exists = false;
	code = dl_db_call(pool, arena, tenant_id, true, DL_SQL_LAUNCH_FIND,
			  params, &result, err);
	if (code == DL_OK)
		*exists = PQntuples(result) > 0;
	return code;
}

enum dl_code
dl_launch_read_rows(struct dl_db_pool *pool, struct dl_arena *arena,
		    const char *tenant_id, const char *campaign_id,
		    struct dl_launch_rows *rows, struct dl_error *err)
{
	const char *params[] = {tenant_id, campaign_id};
	PGresult *result;
	enum dl_code code;

	code = dl_db_call(pool, arena, tenant_id, true, DL_SQL_LAUNCH_ROWS,
			  params, &result, err);
	if (code != DL_OK)
		return code;
	if (PQntuples(result) == 0)
		return dl_fail(err, DL_NOT_FOUND, "launch.rows",
			       "the campaign is not there");
	*rows = (struct dl_launch_rows){
	    .status = dl_db_cstr(result, 0, "status"),
	    .total = dl_db_int(result, 0, "total", 0),
	    .suppressed = dl_db_int(result, 0, "suppressed", 0),
	    .queued = dl_db_int(result, 0, "queued", 0),
	    .has_slots = dl_db_cstr(result, 0, "first_at_ms") != NULL,
	    .first_at_ms = dl_db_int(result, 0, "first_at_ms", 0),
	    .last_at_ms = dl_db_int(result, 0, "last_at_ms", 0),
	};
	return DL_OK;
}

enum dl_code
dl_launch_start(struct dl_db_pool *pool, struct dl_arena *arena,
		const char *campaign_id, const char **status,
		struct dl_error *err)
{
	const struct dl_str id = dl_str(campaign_id);
	const char *ids = dl_launch_array(arena, &id, 1);
	PGresult *result;
	enum dl_code code;

	if (!ids)
		return dl_launch_full(err, "launch.start");
	code = dl_db_call(pool, arena, NULL, true,
			  DL_SQL_START_QUEUED_CAMPAIGNS, &ids, &result, err);
	if (code != DL_OK)
		return code;
	if (PQntuples(result) == 0)
		return dl_fail(err, DL_NOT_FOUND, "launch.start",
			       "the campaign is not there");
	*status = dl_db_cstr(result, 0, "status");
	return DL_OK;
}

enum dl_code
dl_launch_keep_answer(struct dl_db_pool *pool, struct dl_arena *arena,
		      const char *tenant_id, const char *campaign_id,
		      const char *answer, struct dl_str *kept,
		      struct dl_error *err)
{
	const char *params[] = {tenant_id, campaign_id, answer};
	PGresult *result;
	enum dl_code code;

	code = dl_db_call(pool, arena, tenant_id, true,
			  DL_SQL_LAUNCH_STORE_ANSWER, params, &result, err);
	if (code == DL_OK)
		*kept = dl_db_text(result, 0, "answer");
	return code;
}
