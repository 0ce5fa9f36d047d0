/* SPDX-License-Identifier: MIT */
/* Many campaigns in the short form: a tenant's list, or those asked for. */
#include "config.h"

#include "base/clock.h"
#include "domain/progress.h"
#include "status/internal.h"

static int64_t
poll_of(const PGresult *rows, int row)
{
	struct dl_status_counters c = dl_status_counters(rows, row);

	return dl_progress_poll_ms(dl_phase_of(dl_db_text(rows, row, "status")),
				   dl_db_bool(rows, row, "is_moving"),
				   c.total - c.final_rows);
}

static void
put_short(struct dl_json_out *out, const PGresult *rows, int row)
{
	dl_json_object_begin(out);
	dl_status_put_head(out, rows, row);
	dl_status_put_ms(out, "created_at",
			 dl_db_int(rows, row, "created_at_us", 0) / 1000);
	dl_status_put_time(out, "scheduled_for", rows, row, "scheduled_for_ms");
	dl_status_put_time(out, "started_at", rows, row, "started_at_ms");
	dl_status_put_time(out, "completed_at", rows, row, "completed_at_ms");
	dl_json_member_int(out, "poll_after_ms", poll_of(rows, row));
	dl_json_object_end(out);
}

/* The least wait of all that still change; 0 when none does. */
static int64_t
poll_of_all(const PGresult *rows, int n)
{
	int64_t least = 0;

	for (int i = 0; i < n; i++) {
		int64_t one = poll_of(rows, i);

		if (one && (!least || one < least))
			least = one;
	}
	return least;
}

/* The first n rows; next_after is NULL at the end. */
static void
answer(const struct dl_status_call *call, const PGresult *rows, int n,
       const char *next_after)
{
	struct dl_json_out out;

	dl_response_json(call->response, 200);
	dl_status_cache_counters(call->response);
	dl_json_begin(&out, call->response->body);
	dl_json_object_begin(&out);
	dl_json_key(&out, "items");
	dl_json_array_begin(&out);
	for (int i = 0; i < n; i++)
		put_short(&out, rows, i);
	dl_json_array_end(&out);
	dl_json_member_text(&out, "next_after", next_after);
	dl_json_member_int(&out, "poll_after_ms", poll_of_all(rows, n));
	dl_status_put_ms(&out, "as_of", dl_clock_now_ms());
	dl_json_object_end(&out);
}

static const char *
cursor_of(struct dl_arena *arena, const PGresult *rows, int row)
{
	struct dl_cursor cursor = {
	    .at_us = dl_db_int(rows, row, "created_at_us", 0)};

	if (!dl_uuid_parse(dl_db_text(rows, row, "campaign_id"), &cursor.id))
		return NULL;
	return dl_cursor_encode(arena, DL_CURSOR_CAMPAIGNS, &cursor);
}

enum dl_code
dl_status_list(const struct dl_status_call *call, struct dl_error *err)
{
	struct dl_arena *arena = call->request->arena;
	const struct dl_status_query *query = call->query;
	const char *tenant = call->identity->tenant_id.text;
	/* One more than shown tells whether there is another page. */
	const char *params[] = {
	    tenant,
	    query->has_after ? dl_db_from_int(arena, query->after.at_us) : NULL,
	    query->has_after ? query->after.id.text : NULL,
	    dl_db_from_int(arena, query->limit + 1)};
	const char *next_after = NULL;
	PGresult *rows;
	int n;
	enum dl_code code = dl_db_call(call->app->pool, arena, tenant, true,
				       DL_SQL_STATUS_LIST, params, &rows, err);

	if (code != DL_OK)
		return code;
	n = PQntuples(rows);
	if (n > query->limit) {
		n = query->limit;
		next_after = cursor_of(arena, rows, n - 1);
	}
	answer(call, rows, n, next_after);
	return DL_OK;
}

enum dl_code
dl_status_ids(const struct dl_status_call *call, struct dl_error *err)
{
	const char *tenant = call->identity->tenant_id.text;
	const char *params[] = {tenant, call->query->ids};
	PGresult *rows;
	enum dl_code code =
	    dl_db_call(call->app->pool, call->request->arena, tenant, true,
		       DL_SQL_STATUS_IDS, params, &rows, err);

	if (code != DL_OK)
		return code;
	answer(call, rows, PQntuples(rows), NULL);
	return DL_OK;
}
