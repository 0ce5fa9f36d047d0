/* SPDX-License-Identifier: MIT */
/* Each number is a server with a pace; the campaign ends with the last. */
#include "config.h"

#include "domain/eta.h"

/* The queue's two retries: 5 s and 30 s. */
#define RETRIES_MS 35000
/* A number that opens is found open, and its rows published, by a sweep. */
#define SWEEP_MS 60000
/* What a send takes where none has been measured, at best and at worst. */
#define CALL_MIN_MS 300
#define CALL_MAX_MS 3000
/* From the end of a delivery to the start of the next one of its number. */
#define HANDOVER_MS 150
/* Rows in a thousand that opt out at best, that are tried again at worst. */
#define FEWER_PER_MILLE 20
#define MORE_PER_MILLE  30
/* The numbers' absences: a part of the time, no more than so much. */
#define AWAY_PART   20
#define AWAY_MAX_MS INT64_C(1800000)

/* How late the last row may be, however much room the schedule left. */
#define LATE_PART   50
#define LATE_MAX_MS INT64_C(180000)
/* Each time the end is put off, more of the others' rows come before it. */
#define OVERTAKEN_ROUNDS 4

/* How the rest of a campaign may go on one number. */
struct course {
	int64_t step_ms; /* between two starts */
	int64_t begin_ms;
	int64_t per_mille; /* of the rows that are counted */
	int64_t more;      /* rows of others that come in between */
	int place;         /* whose open times hold */
};

/* Rows taken from a day's cap. */
struct taken {
	size_t day;
	int64_t rows;
};

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
up_to_seconds(int64_t ms)
{
	return (ms + 999) / 1000;
}

/*
 * How many starts from *at_ms on, put off to the next opening or day that
 * admits one, fit into that opening and day.  -1 where the calendar ends.
 */
static int64_t
admitted(const struct dl_calendar *calendar, size_t lane,
	 const struct course *c, struct taken *taken, int64_t *at_ms)
{
	int64_t at_s = up_to_seconds(*at_ms);
	int64_t until_s, left = INT64_MAX;
	size_t day;

	for (;;) {
		at_s = dl_calendar_opening(calendar, c->place, at_s);
		if (at_s < 0)
			return -1;
		until_s = sooner(dl_calendar_closing(calendar, c->place, at_s),
				 INT64_MAX / 1000);
		if (!calendar->n_days)
			break;
		day = dl_calendar_day(calendar, at_s);
		if (day == calendar->n_days)
			return -1;
		if (day != taken->day)
			*taken = (struct taken){day, 0};
		left =
		    calendar->left[lane * calendar->n_days + day] - taken->rows;
		until_s = sooner(until_s, calendar->day_starts[day + 1]);
		if (left > 0)
			break;
		at_s = calendar->day_starts[day + 1];
	}
	*at_ms = later(*at_ms, at_s * 1000);
	return sooner(
	    left, c->step_ms > 0
		      ? (later(until_s * 1000 - *at_ms, 1) - 1) / c->step_ms + 1
		      : INT64_MAX);
}

/* When the last of so many rows starts, the first at at_ms or later; or -1. */
static int64_t
serve(const struct dl_calendar *calendar, size_t lane, const struct course *c,
      struct taken *taken, int64_t at_ms, int64_t rows)
{
	int64_t fit;

	if (!calendar)
		return at_ms + (rows - 1) * c->step_ms;
	for (;;) {
		fit = admitted(calendar, lane, c, taken, &at_ms);
		if (fit < 0)
			return -1;
		fit = sooner(fit, rows);
		taken->rows += fit;
		rows -= fit;
		if (rows == 0)
			return at_ms + (fit - 1) * c->step_ms;
		at_ms += fit * c->step_ms;
	}
}

/* So many of a thousand, at least the campaign's last one. */
static int64_t
part(int64_t rows, int64_t per_mille)
{
	return rows > 0 ? later((rows * per_mille + 500) / 1000, 1) : 0;
}

/*
 * When the campaign's last row on a number starts: first what is due, then
 * what comes, none before its slot; or -1 where the calendar ends.
 */
static int64_t
last_start(const struct dl_eta_input *in, size_t i, const struct course *c)
{
	const struct dl_eta_lane *lane = &in->lanes[i];
	int64_t due = part(lane->overdue + lane->others_overdue, c->per_mille);
	int64_t coming =
	    part(lane->later + lane->others_later + c->more, c->per_mille);
	struct taken taken = {0};
	int64_t at_ms = c->begin_ms;
	int64_t start_ms = at_ms;

	if (due > 0) {
		start_ms = serve(in->calendar, i, c, &taken, at_ms, due);
		at_ms = start_ms + c->step_ms;
	}
	if (coming > 0 && start_ms >= 0)
		start_ms = serve(in->calendar, i, c, &taken,
				 later(at_ms, lane->next_ms), coming);
	return start_ms < 0 ? -1 : later(start_ms, lane->last_ms);
}

/* The latest of the places' open times, or the soonest; -1: beyond them. */
static int64_t
over_places(const struct dl_eta_input *in, size_t i, struct course c,
	    bool is_latest)
{
	int64_t a, b;

	c.place = 0;
	if (!in->calendar || in->calendar->n_places <= 1)
		return last_start(in, i, &c);
	c.place = 1;
	a = last_start(in, i, &c);
	c.place = DL_PLACES - 1;
	b = last_start(in, i, &c);
	if (a < 0 || b < 0)
		return is_latest ? -1 : later(a, b);
	return is_latest ? later(a, b) : sooner(a, b);
}

static int64_t
lane_from(const struct dl_eta_input *in, size_t i)
{
	const struct dl_eta_lane *lane = &in->lanes[i];
	int64_t call_ms = lane->call_ms ? lane->call_ms * 9 / 10 : CALL_MIN_MS;
	struct course c = {
	    .step_ms = later(lane->gap_ms, call_ms),
	    .begin_ms =
		later(later(in->now_ms, lane->free_ms), lane->parked_until_ms),
	    .per_mille = 1000 - FEWER_PER_MILLE,
	};

	return over_places(in, i, c, false);
}

/*
 * Where the last slot has passed before the last row goes out, a row that is
 * tried again falls behind what others have due until then.
 */
static int64_t
overtaking(const struct dl_eta_lane *lane, int64_t end_ms)
{
	int64_t all_ms = lane->others_last_ms - lane->last_ms;

	if (lane->others_after <= 0 || end_ms <= lane->last_ms)
		return 0;
	if (end_ms >= lane->others_last_ms)
		return lane->others_after;
	return (int64_t)((double)lane->others_after *
			 (double)(end_ms - lane->last_ms) / (double)all_ms);
}

static int64_t
lane_to(const struct dl_eta_input *in, size_t i)
{
	const struct dl_eta_lane *lane = &in->lanes[i];
	int64_t call_ms = lane->call_ms ? lane->call_ms * 11 / 10 : CALL_MAX_MS;
	struct course c = {
	    .step_ms = later(lane->gap_ms + HANDOVER_MS, call_ms + HANDOVER_MS),
	    .begin_ms = later(in->now_ms, lane->free_ms),
	    .per_mille = 1000 + MORE_PER_MILLE,
	};
	int64_t end_ms;

	if (lane->is_parked_for_good)
		return -1;
	if (lane->parked_until_ms)
		c.begin_ms =
		    later(c.begin_ms, lane->parked_until_ms + SWEEP_MS);
	end_ms = over_places(in, i, c, true);
	if (end_ms > 0)
		c.begin_ms +=
		    sooner((end_ms - in->now_ms) / AWAY_PART, AWAY_MAX_MS);
	for (int round = 0; round < OVERTAKEN_ROUNDS && end_ms >= 0; round++) {
		c.more = overtaking(lane, end_ms);
		end_ms = over_places(in, i, c, true);
	}
	if (end_ms < 0)
		return -1;
	end_ms += sooner((end_ms - in->now_ms) / LATE_PART, LATE_MAX_MS);
	return end_ms + RETRIES_MS + call_ms + 2 * c.step_ms;
}

static struct dl_eta
eta_of_lanes(const struct dl_eta_input *in)
{
	struct dl_eta eta = {in->now_ms, in->now_ms + RETRIES_MS};
	int64_t to_ms;

	for (size_t i = 0; i < in->n_lanes; i++) {
		if (in->lanes[i].overdue + in->lanes[i].later <= 0)
			continue;
		eta.from_ms = later(eta.from_ms, lane_from(in, i));
		to_ms = lane_to(in, i);
		eta.to_ms =
		    to_ms < 0 || !eta.to_ms ? 0 : later(eta.to_ms, to_ms);
	}
	if (eta.to_ms)
		eta.to_ms = later(eta.to_ms, eta.from_ms);
	return eta;
}

struct dl_eta
dl_eta(const struct dl_eta_input *in)
{
	struct dl_eta eta = {0, 0};
	int64_t rows = in->sending + in->uncertain;

	for (size_t i = 0; i < in->n_lanes; i++)
		rows += in->lanes[i].overdue + in->lanes[i].later;
	if (in->phase != DL_PHASE_LIVE || rows <= 0)
		return eta;
	eta = eta_of_lanes(in);
	if (in->uncertain > 0 && eta.to_ms)
		eta.to_ms =
		    later(eta.to_ms, in->now_ms + in->reconcile_limit_s * 1000);
	return eta;
}

void
dl_eta_share_out(struct dl_eta_lane *lanes, size_t n, int64_t rows,
		 const int64_t *next_ms, const int64_t *last_ms,
		 int64_t spacing_ms)
{
	double weights = 0;
	double before = 0;
	int64_t given = 0;

	for (size_t i = 0; i < n; i++)
		if (next_ms[i])
			weights += (double)(last_ms[i] - next_ms[i] +
					    later(spacing_ms, 1));
	for (size_t i = 0; i < n && rows > 0; i++) {
		int64_t upto;

		if (!next_ms[i])
			continue;
		before +=
		    (double)(last_ms[i] - next_ms[i] + later(spacing_ms, 1));
		upto = (int64_t)((double)rows * before / weights + 0.5);
		lanes[i].later += upto - given;
		given = upto;
	}
}
