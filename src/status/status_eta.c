/* SPDX-License-Identifier: MIT */
/* What is known of a campaign's numbers, put to domain/eta. */
#include "config.h"

#include "status/internal.h"
#include "store/calendar.h"

#define DAY_MS INT64_C(86400000)
/* Open times are asked for until so long after the last slot. */
#define DAYS_AFTER 14
/* Names of 1,000 numbers as an array literal. */
#define MAX_NAMES (256 << 10)

/* One number; its slots to come in the queue alone, 0 where there are none. */
static struct dl_eta_lane
lane_of(const PGresult *lanes, int i, int64_t *queued_next_ms,
	int64_t *queued_last_ms)
{
	struct dl_eta_lane lane = {
	    .overdue = dl_db_int(lanes, i, "overdue", 0),
	    .later = dl_db_int(lanes, i, "pending_later", 0),
	    .others_overdue = dl_db_int(lanes, i, "others_overdue", 0),
	    .others_later = dl_db_int(lanes, i, "others_later", 0),
	    .others_after = dl_db_int(lanes, i, "others_after", 0),
	    .others_last_ms = dl_db_int(lanes, i, "others_last_ms", 0),
	    .next_ms = dl_db_int(lanes, i, "next_ms", 0),
	    .last_ms = dl_db_int(lanes, i, "last_ms", 0),
	    .gap_ms = dl_db_int(lanes, i, "gap_ms", 0),
	    .call_ms = dl_db_int(lanes, i, "call_ms", 0),
	    .free_ms = dl_db_int(lanes, i, "free_ms", 0),
	    .parked_until_ms = dl_db_int(lanes, i, "parked_until_ms", 0),
	};

	lane.is_parked_for_good =
	    dl_db_bool(lanes, i, "is_parked") && !lane.parked_until_ms;
	*queued_next_ms = dl_db_int(lanes, i, "queued_next_ms", 0);
	*queued_last_ms = dl_db_int(lanes, i, "queued_last_ms", 0);
	return lane;
}

/* What is not counted one by one: the queue's rows whose slot is to come. */
static int64_t
queued_later(const struct dl_eta_lane *lanes, size_t n, int64_t waiting)
{
	for (size_t i = 0; i < n; i++)
		waiting -= lanes[i].overdue + lanes[i].later;
	return waiting > 0 ? waiting : 0;
}

static bool
read_lanes(struct dl_arena *arena, const struct dl_status_ask *ask,
	   const PGresult *rows, struct dl_eta_input *in)
{
	size_t n = (size_t)PQntuples(rows);
	struct dl_eta_lane *lanes = dl_arena_array(arena, n, sizeof(*lanes));
	int64_t *next_ms = dl_arena_array(arena, n, sizeof(*next_ms));
	int64_t *last_ms = dl_arena_array(arena, n, sizeof(*last_ms));

	if (!lanes || !next_ms || !last_ms)
		return false;
	for (size_t i = 0; i < n; i++)
		lanes[i] = lane_of(rows, (int)i, &next_ms[i], &last_ms[i]);
	dl_eta_share_out(lanes, n, queued_later(lanes, n, ask->waiting),
			 next_ms, last_ms,
			 dl_db_int(ask->row, 0, "spacing_ms", 0));
	in->lanes = lanes;
	in->n_lanes = n;
	return true;
}

static int64_t
days_ahead(const struct dl_eta_input *in)
{
	int64_t last_ms = in->now_ms;

	for (size_t i = 0; i < in->n_lanes; i++)
		if (in->lanes[i].last_ms > last_ms)
			last_ms = in->lanes[i].last_ms;
	return (last_ms - in->now_ms) / DAY_MS + DAYS_AFTER;
}

/* Whether some number has a window or a cap to keep to. */
static bool
has_calendar(const PGresult *lanes)
{
	for (int i = 0; i < PQntuples(lanes); i++)
		if (dl_db_bool(lanes, i, "has_calendar"))
			return true;
	return false;
}

/* When those numbers may be used in the coming days, in their order. */
static enum dl_code
read_calendar(const struct dl_status_app *app, struct dl_arena *arena,
	      const struct dl_status_ask *ask, const PGresult *lanes,
	      const struct dl_eta_input *in, struct dl_calendar *calendar,
	      struct dl_error *err)
{
	struct dl_db_array names;

	dl_db_array_begin(&names, arena, MAX_NAMES);
	for (size_t i = 0; i < in->n_lanes; i++)
		dl_db_array_str(&names,
				dl_db_text(lanes, (int)i, "instance_name"));
	return dl_calendar_coming(app->pool, arena, ask->tenant_id,
				  dl_db_cstr(ask->row, 0, "send_window"),
				  dl_db_array_end(&names), in->n_lanes,
				  days_ahead(in), calendar, err);
}

enum dl_code
dl_status_eta(const struct dl_status_app *app, struct dl_arena *arena,
	      const struct dl_status_ask *ask, const PGresult *lanes,
	      struct dl_eta *eta, struct dl_error *err)
{
	struct dl_calendar calendar;
	struct dl_eta_input in = {
	    .now_ms = dl_db_int(ask->row, 0, "now_ms", 0),
	    .phase = dl_phase_of(dl_db_text(ask->row, 0, "status")),
	    .sending = dl_db_int(ask->row, 0, "sending", 0),
	    .uncertain = dl_db_int(ask->row, 0, "uncertain", 0),
	    .reconcile_limit_s = app->settings->reconcile_deadline_s,
	};
	enum dl_code code;

	*eta = (struct dl_eta){0, 0};
	if (in.phase != DL_PHASE_LIVE)
		return DL_OK;
	if (!read_lanes(arena, ask, lanes, &in))
		return dl_fail(err, DL_TOO_LARGE, "status.eta",
			       "the arena is full");
	if (has_calendar(lanes)) {
		code =
		    read_calendar(app, arena, ask, lanes, &in, &calendar, err);
		if (code != DL_OK)
			return code;
		in.calendar = &calendar;
	}
	*eta = dl_eta(&in);
	return DL_OK;
}
