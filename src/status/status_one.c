/* SPDX-License-Identifier: MIT */
/* One campaign, whole. */
#include "config.h"

#include "domain/progress.h"
#include "domain/top_errors.h"
#include "status/internal.h"
#include "web/problem.h"

/* One campaign as it was read. */
struct one {
	const PGresult *row; /* of status_one */
	struct dl_status_counters counters;
	enum dl_phase phase;
	int64_t now_ms;
	int64_t pending, queued, sending, uncertain;
	double rate;
	struct dl_outlook outlook;
};

static struct one
one_of(const PGresult *row)
{
	struct one one = {
	    .row = row,
	    .counters = dl_status_counters(row, 0),
	    .phase = dl_phase_of(dl_db_text(row, 0, "status")),
	    .now_ms = dl_db_int(row, 0, "now_ms", 0),
	    .pending = dl_db_int(row, 0, "pending", 0),
	    .sending = dl_db_int(row, 0, "sending", 0),
	    .uncertain = dl_db_int(row, 0, "uncertain", 0),
	};

	one.queued = one.counters.total - one.counters.final_rows -
		     one.pending - one.sending - one.uncertain;
	if (one.queued < 0)
		one.queued = 0;
	one.rate =
	    dl_progress_rate(dl_db_int(row, 0, "recent", 0),
			     dl_db_int(row, 0, "first_sent_ms", 0), one.now_ms);
	return one;
}

static void
put_counts(struct dl_json_out *out, const struct one *one)
{
	dl_json_key(out, "counts");
	dl_json_object_begin(out);
	dl_json_member_int(out, "pending", one->pending);
	dl_json_member_int(out, "queued", one->queued);
	dl_json_member_int(out, "sending", one->sending);
	dl_json_member_int(out, "sent", one->counters.sent);
	dl_json_member_int(out, "failed", one->counters.failed);
	dl_json_member_int(out, "uncertain", one->uncertain);
	dl_json_member_int(out, "cancelled", one->counters.cancelled);
	dl_json_member_int(out, "suppressed", one->counters.suppressed);
	dl_json_member_int(out, "expired", one->counters.expired);
	dl_json_object_end(out);
}

static void
put_errors(struct dl_json_out *out, struct dl_arena *arena,
	   struct dl_str counts)
{
	struct dl_top_error top[DL_TOP_ERRORS_MAX];
	size_t n = dl_top_errors(arena, counts, top);

	dl_json_key(out, "top_errors");
	dl_json_array_begin(out);
	for (size_t i = 0; i < n; i++) {
		dl_json_object_begin(out);
		dl_json_member_text(out, "code", top[i].code);
		dl_json_member_int(out, "count", top[i].count);
		dl_json_member_text(out, "message", top[i].message);
		dl_json_member_text(out, "action", top[i].action);
		dl_json_object_end(out);
	}
	dl_json_array_end(out);
}

static void
put_times(struct dl_json_out *out, const struct one *one)
{
	const struct dl_outlook *outlook = &one->outlook;
	int64_t planned_ms = dl_db_int(one->row, 0, "last_at_ms", 0);

	dl_status_put_time(out, "first_at", one->row, 0, "first_at_ms");
	dl_status_put_ms(out, "last_at",
			 outlook->last_ms > planned_ms ? outlook->last_ms
						       : planned_ms);
	dl_status_put_ms(out, "next_at", outlook->first_ms);
	dl_json_key(out, "rate_per_min");
	dl_json_double(out, one->rate, 1);
	dl_status_put_ms(out, "eta_from", outlook->eta.from_ms);
	dl_status_put_ms(out, "eta_to", outlook->eta.to_ms);
}

static void
put_one(struct dl_json_out *out, struct dl_arena *arena, const struct one *one)
{
	int64_t unfinished =
	    one->pending + one->queued + one->sending + one->uncertain;

	dl_json_object_begin(out);
	dl_status_put_head(out, one->row, 0);
	put_counts(out, one);
	put_times(out, one);
	dl_json_key(out, "lanes");
	dl_status_put_lanes(out, one->outlook.lanes);
	put_errors(out, arena, dl_db_text(one->row, 0, "error_counts"));
	dl_status_put_time(out, "created_at", one->row, 0, "created_at_ms");
	dl_status_put_time(out, "scheduled_for", one->row, 0,
			   "scheduled_for_ms");
	dl_status_put_time(out, "started_at", one->row, 0, "started_at_ms");
	dl_status_put_time(out, "completed_at", one->row, 0, "completed_at_ms");
	dl_json_member_int(
	    out, "poll_after_ms",
	    dl_progress_poll_ms(one->phase, one->rate > 0, unfinished));
	dl_status_put_ms(out, "as_of", one->now_ms);
	dl_json_object_end(out);
}

enum dl_code
dl_status_one(const struct dl_status_app *app, const struct dl_request *request,
	      struct dl_response *response, const struct dl_identity *identity,
	      const struct dl_uuid *campaign_id, int64_t *version,
	      struct dl_error *err)
{
	const char *params[] = {campaign_id->text};
	struct dl_status_ask ask = {identity->tenant_id.text, campaign_id, NULL,
				    0};
	struct dl_json_out out;
	PGresult *row;
	struct one one;
	int64_t read_version;
	enum dl_code code =
	    dl_db_call(app->pool, request->arena, ask.tenant_id, true,
		       DL_SQL_STATUS_ONE, params, &row, err);

	if (code != DL_OK)
		return code;
	if (PQntuples(row) == 0) {
		dl_problem(response, DL_P_NOT_FOUND, NULL);
		return DL_OK;
	}
	one = one_of(row);
	ask.row = row;
	ask.waiting = one.pending + one.queued;
	code = dl_status_outlook(app, request->arena, &ask, &one.outlook, err);
	if (code != DL_OK)
		return code;
	read_version = dl_db_int(row, 0, "version", 0);
	if (version)
		*version = read_version;
	dl_response_json(response, 200);
	dl_status_cache_version(response, read_version);
	dl_json_begin(&out, response->body);
	put_one(&out, request->arena, &one);
	return DL_OK;
}
