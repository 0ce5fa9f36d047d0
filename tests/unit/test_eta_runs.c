/* SPDX-License-Identifier: MIT */
/*
 * domain/eta against simulated campaigns: at 5 % of the messages the interval
 * is stated as /status states it, then the run goes on to its end.  Slots come
 * from domain/slots, windows and caps from a calendar; what disturbs a run is
 * drawn for each anew:
 *
 *	calls of 0.6 to 4 s on the average, one in a hundred five times longer
 *	0 to 4 % fail for now (again after 5 s, then 30 s), 0 to 5 % for good
 *	one send in 2,000 leaves no answer: settled within a minute, or, one in
 *	five, within half an hour
 *	three contacts in a thousand opt out
 *	a number is away once in 8 h, for 5 minutes on the average; half the
 *	time for as long as was said, and then up to a minute until a sweep
 *	a third of the campaigns shares its numbers with another one
 *
 * usage: test_eta_runs; DL_SEED sets the first seed.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "domain/eta.h"
#include "domain/slots.h"
#include "unit.h"

#define RUNS      200
#define LANES_MAX 4
#define ROWS_MAX  4000
#define DAYS      60
#define NEVER     INT64_MAX
#define HOUR_MS   INT64_C(3600000)
#define DAY_MS    (24 * HOUR_MS)
#define START_MS  (INT64_C(1800000000) * 1000)
#define MARGIN_MS 250

struct row {
	int64_t due_ms;
	int place;
	int tries;
	bool is_other;
};

struct lane {
	struct row *waiting[2 * ROWS_MAX]; /* a heap by due_ms */
	size_t n_waiting;
	struct row *under_way;
	int64_t ends_ms; /* of the call under way */
	int64_t free_ms;
	int64_t gap_ms;
	int64_t call_sum_ms, calls;
	int64_t away_from_ms, away_until_ms; /* the next absence */
	bool is_announced;                   /* how long it lasts */
	int32_t begun[DAYS];
};

static struct run {
	uint64_t seed;
	struct row rows[2 * ROWS_MAX];
	size_t n_rows; /* of both campaigns */
	int64_t total, done, uncertain;
	int64_t uncertain_until_ms[ROWS_MAX];
	struct lane lanes[LANES_MAX];
	size_t n_lanes;
	int64_t now_ms, end_ms;
	double fails_for_now, fails, call_ms;
	int64_t spacing_ms;
	struct dl_calendar calendar;
	bool has_calendar;
	struct dl_open_time opens[DL_PLACES][DAYS];
	int64_t day_starts[DAYS + 1];
	int32_t left[LANES_MAX * DAYS];
	int32_t cap; /* 0: none */
} run;

/* splitmix64 */
static uint64_t
bits(void)
{
	uint64_t z = (run.seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static double
uniform(double low, double high)
{
	return low + (high - low) * (double)(bits() >> 11) * 0x1p-53;
}

static double
exponential(double mean)
{
	return -mean * log(1 - uniform(0, 1));
}

static int64_t
any_of(void *ctx, int64_t low, int64_t high)
{
	(void)ctx;
	return low + (int64_t)(bits() % (uint64_t)(high - low + 1));
}

static void
push(struct lane *lane, struct row *row)
{
	struct row **heap = lane->waiting;
	size_t i = lane->n_waiting++;

	for (; i > 0 && heap[(i - 1) / 2]->due_ms > row->due_ms;
	     i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = row;
}

static struct row *
pop(struct lane *lane)
{
	struct row **heap = lane->waiting;
	struct row *first = heap[0];
	struct row *moved = heap[--lane->n_waiting];
	size_t i = 0;
	size_t child;

	while ((child = 2 * i + 1) < lane->n_waiting) {
		if (child + 1 < lane->n_waiting &&
		    heap[child + 1]->due_ms < heap[child]->due_ms)
			child++;
		if (heap[child]->due_ms >= moved->due_ms)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = moved;
	return first;
}

static void
next_absence(struct lane *lane, int64_t from_ms)
{
	lane->away_from_ms =
	    from_ms + (int64_t)exponential(8.0 * (double)HOUR_MS);
	lane->away_until_ms = lane->away_from_ms + (int64_t)exponential(300000);
	lane->is_announced = bits() % 2;
}

/* Open from 8 to 20 h, at the places 0, 0, 1 and 2 hours later. */
static void
make_calendar(void)
{
	struct dl_calendar *calendar = &run.calendar;
	size_t kind = bits() % 5;
	bool is_capped = bits() % 5 == 0;

	*calendar = (struct dl_calendar){.n_instances = run.n_lanes};
	calendar->n_places = kind < 3 ? 0 : kind == 3 ? 1 : DL_PLACES;
	run.has_calendar = kind >= 3 || is_capped;
	run.cap = is_capped ? (int32_t)any_of(NULL, 100, 800) : 0;
	for (int64_t d = 0; d <= DAYS; d++)
		run.day_starts[d] = (START_MS + d * DAY_MS) / 1000;
	for (size_t p = 0; p < calendar->n_places; p++) {
		int64_t behind_s = p > 1 ? 3600 * ((int64_t)p - 1) : 0;

		calendar->open[p] = run.opens[p];
		calendar->n_open[p] = DAYS;
		for (size_t d = 0; d < DAYS; d++)
			run.opens[p][d] = (struct dl_open_time){
			    run.day_starts[d] + 8 * 3600 + behind_s,
			    run.day_starts[d] + 20 * 3600 + behind_s};
	}
	for (size_t i = 0; i < LANES_MAX * DAYS; i++)
		run.left[i] = run.cap;
	if (is_capped) {
		calendar->n_days = DAYS;
		calendar->day_starts = run.day_starts;
		calendar->left = run.left;
	}
}

static int
a_place(void)
{
	int kind = (int)(bits() % 20);

	return kind == 0 ? 3 : kind < 4 ? 2 : kind == 4 ? 0 : 1;
}

/* The next campaign finds what this one takes of a day's cap taken. */
static void
take_room(size_t lane, int64_t slot_s)
{
	size_t day =
	    run.calendar.n_days ? dl_calendar_day(&run.calendar, slot_s) : DAYS;

	if (day < DAYS)
		run.left[lane * DAYS + day]--;
}

/* Lays a campaign's slots as a launch does, and queues its rows. */
static void
lay(struct dl_arena *arena, size_t n, bool is_other)
{
	static const int64_t delays[][2] = {
	    {3, 8}, {3, 8}, {5, 5}, {1, 3}, {10, 30}, {20, 20}, {60, 120}};
	const int64_t *delay = delays[bits() % 7];
	struct dl_slots_plan plan = {
	    .pacing = bits() % 2 ? DL_PACING_INSTANCE : DL_PACING_CAMPAIGN,
	    .n_instances = run.n_lanes,
	    .start_ms = run.now_ms + (is_other ? any_of(NULL, 0, HOUR_MS) : 0),
	    .min_s = delay[0],
	    .max_s = delay[1],
	    .random = any_of,
	    .calendar = run.has_calendar ? &run.calendar : NULL,
	};
	struct dl_slots *slots = dl_slots_create(arena, &plan);

	if (!is_other) {
		run.total = (int64_t)n;
		run.spacing_ms = (delay[0] + delay[1]) * 500;
		if (plan.pacing == DL_PACING_CAMPAIGN)
			run.spacing_ms *= (int64_t)run.n_lanes;
	}
	for (size_t i = 0; i < n; i++) {
		struct row *row = &run.rows[run.n_rows++];
		size_t turn = dl_slots_turn(slots);
		struct lane *lane = &run.lanes[turn];

		*row = (struct row){.place = a_place(), .is_other = is_other};
		row->due_ms = dl_slots_next(slots, turn, row->place) * 1000;
		if (row->due_ms < 0)
			row->due_ms = START_MS + DAYS * DAY_MS;
		push(lane, row);
		take_room(turn, row->due_ms / 1000);
		if (lane->gap_ms < delay[0] * 1000 + MARGIN_MS)
			lane->gap_ms = delay[0] * 1000 + MARGIN_MS;
	}
}

static void
begin(struct dl_arena *arena, uint64_t seed)
{
	run = (struct run){.seed = seed};
	run.n_lanes = 1 + bits() % LANES_MAX;
	run.now_ms = START_MS + 9 * HOUR_MS + any_of(NULL, 0, 10 * HOUR_MS);
	run.fails_for_now = uniform(0, 0.04);
	run.fails = uniform(0, 0.05);
	run.call_ms = uniform(600, 4000);
	make_calendar();
	for (size_t i = 0; i < run.n_lanes; i++)
		next_absence(&run.lanes[i], run.now_ms);
	lay(arena, (size_t)exp(uniform(log(100), log(ROWS_MAX))), false);
	if (bits() % 3 == 0)
		lay(arena, (size_t)exp(uniform(log(100), log(ROWS_MAX))), true);
}

/* When a lane's first row may start; NEVER where none waits. */
static int64_t
next_start(struct lane *lane)
{
	int64_t at_ms;

	if (lane->n_waiting == 0)
		return NEVER;
	at_ms = lane->waiting[0]->due_ms;
	if (at_ms < lane->free_ms)
		at_ms = lane->free_ms;
	if (at_ms < run.now_ms)
		at_ms = run.now_ms;
	while (at_ms >= lane->away_until_ms)
		next_absence(lane, lane->away_until_ms);
	if (at_ms >= lane->away_from_ms)
		at_ms = lane->away_until_ms + (int64_t)uniform(0, 60000);
	return at_ms;
}

/* Where a row must wait for an opening or another day: until when, else 0. */
static int64_t
put_off_until(const struct lane *lane, const struct row *row)
{
	const struct dl_calendar *calendar = &run.calendar;
	int64_t now_s = run.now_ms / 1000;
	int64_t at_s = now_s;
	size_t day;

	if (!run.has_calendar)
		return 0;
	at_s = dl_calendar_opening(calendar, row->place, at_s);
	day = calendar->n_days ? dl_calendar_day(calendar, at_s) : DAYS;
	if (day < DAYS - 1 && lane->begun[day] >= run.cap)
		at_s = dl_calendar_opening(calendar, row->place,
					   run.day_starts[day + 1]);
	return at_s > now_s ? at_s * 1000 : 0;
}

static void
finish(const struct row *row, int64_t at_ms)
{
	if (row->is_other)
		return;
	run.done++;
	if (at_ms > run.end_ms)
		run.end_ms = at_ms;
}

static void
start(struct lane *lane)
{
	struct row *row = pop(lane);
	int64_t later_ms = put_off_until(lane, row);
	int64_t took_ms = (int64_t)(run.call_ms * uniform(0.6, 1.4));

	if (later_ms) {
		row->due_ms = later_ms;
		push(lane, row);
		return;
	}
	if (uniform(0, 1) < 0.003) { /* has opted out */
		finish(row, run.now_ms);
		return;
	}
	if (bits() % 100 == 0)
		took_ms *= 5;
	if (run.calendar.n_days)
		lane->begun[dl_calendar_day(&run.calendar,
					    run.now_ms / 1000)]++;
	lane->under_way = row;
	lane->ends_ms = run.now_ms + took_ms;
	lane->call_sum_ms += took_ms;
	lane->calls++;
	lane->free_ms = run.now_ms + lane->gap_ms;
	if (lane->free_ms < lane->ends_ms)
		lane->free_ms = lane->ends_ms;
	lane->free_ms += (int64_t)uniform(0, 150);
}

static void
end(struct lane *lane)
{
	struct row *row = lane->under_way;
	double luck = uniform(0, 1);

	lane->under_way = NULL;
	if (luck < run.fails_for_now && row->tries < 2) {
		row->due_ms = run.now_ms + (row->tries++ ? 30000 : 5000);
		push(lane, row);
		return;
	}
	if (luck < run.fails_for_now || uniform(0, 1) > 0.0005) {
		finish(row, run.now_ms);
		return;
	}
	if (row->is_other)
		return;
	run.uncertain_until_ms[run.uncertain] =
	    run.now_ms + (int64_t)(bits() % 5 ? uniform(1000, 60000)
					      : uniform(600000, 1800000));
	run.uncertain++;
}

/* Unsettled rows whose time has come. */
static void
settle(void)
{
	for (int64_t i = run.uncertain; i-- > 0;) {
		if (run.uncertain_until_ms[i] > run.now_ms)
			continue;
		finish(&(struct row){0}, run.uncertain_until_ms[i]);
		run.uncertain_until_ms[i] =
		    run.uncertain_until_ms[--run.uncertain];
	}
}

/* The next start or end of a call; false when nothing more happens. */
static bool
step(void)
{
	struct lane *first = NULL;
	int64_t at_ms = NEVER;

	for (size_t i = 0; i < run.n_lanes; i++) {
		struct lane *lane = &run.lanes[i];
		int64_t t = lane->under_way ? lane->ends_ms : next_start(lane);

		if (t < at_ms) {
			at_ms = t;
			first = lane;
		}
	}
	for (int64_t i = 0; i < run.uncertain; i++)
		if (run.uncertain_until_ms[i] < at_ms) {
			at_ms = run.uncertain_until_ms[i];
			first = NULL;
		}
	if (at_ms == NEVER)
		return false;
	run.now_ms = at_ms;
	settle();
	if (first && first->under_way)
		end(first);
	else if (first)
		start(first);
	return run.done < run.total;
}

/* What other campaigns have there. */
static void
look_at_others(const struct lane *lane, struct dl_eta_lane *out)
{
	for (size_t i = 0; i < lane->n_waiting; i++) {
		const struct row *row = lane->waiting[i];

		if (!row->is_other)
			continue;
		if (row->due_ms > out->others_last_ms)
			out->others_last_ms = row->due_ms;
		if (row->due_ms > out->last_ms)
			out->others_after++;
		else if (row->due_ms > run.now_ms)
			out->others_later++;
		else
			out->others_overdue++;
	}
}

/* What /status knows of a lane, and its slots to come. */
static void
look(const struct lane *lane, struct dl_eta_lane *out, int64_t *next_ms,
     int64_t *last_ms, int64_t *later)
{
	*out = (struct dl_eta_lane){
	    .gap_ms = lane->gap_ms,
	    .call_ms = lane->calls ? lane->call_sum_ms / lane->calls : 0,
	    .free_ms = lane->free_ms};
	*next_ms = *last_ms = 0;
	for (size_t i = 0; i < lane->n_waiting; i++) {
		const struct row *row = lane->waiting[i];

		if (row->is_other)
			continue;
		if (row->due_ms > out->last_ms)
			out->last_ms = row->due_ms;
		if (row->due_ms <= run.now_ms) {
			out->overdue++;
			continue;
		}
		++*later;
		if (!*next_ms || row->due_ms < *next_ms)
			*next_ms = row->due_ms;
		*last_ms = out->last_ms;
	}
	out->next_ms = *next_ms;
	look_at_others(lane, out);
	if (run.now_ms < lane->away_from_ms || run.now_ms > lane->away_until_ms)
		return;
	if (lane->is_announced)
		out->parked_until_ms = lane->away_until_ms;
	else
		out->is_parked_for_good = true;
}

static struct dl_eta
state_interval(void)
{
	struct dl_eta_lane lanes[LANES_MAX];
	int64_t next_ms[LANES_MAX], last_ms[LANES_MAX];
	int64_t later = 0;
	struct dl_eta_input in = {.now_ms = run.now_ms,
				  .phase = DL_PHASE_LIVE,
				  .uncertain = run.uncertain,
				  .reconcile_limit_s = 1800,
				  .lanes = lanes,
				  .n_lanes = run.n_lanes};

	for (size_t i = 0; i < run.n_lanes; i++) {
		look(&run.lanes[i], &lanes[i], &next_ms[i], &last_ms[i],
		     &later);
		in.sending += run.lanes[i].under_way != NULL;
		for (size_t d = 0; d < DAYS; d++)
			run.left[i * DAYS + d] =
			    run.cap > run.lanes[i].begun[d]
				? run.cap - run.lanes[i].begun[d]
				: 0;
	}
	dl_eta_share_out(lanes, run.n_lanes, later, next_ms, last_ms,
			 run.spacing_ms);
	if (run.has_calendar)
		in.calendar = &run.calendar;
	return dl_eta(&in);
}

struct tally {
	int runs, inside, early, late, unstated, extrapolated;
	double widths[RUNS]; /* of what is left at 5 % */
};

/* One campaign from its launch to its end. */
static void
observe(struct dl_arena *arena, uint64_t seed, struct tally *tally)
{
	struct dl_eta eta;
	int64_t began_ms, told_ms, left_ms;
	double guess_ms;

	begin(arena, seed);
	began_ms = run.now_ms;
	while (run.done * 20 < run.total)
		if (!step())
			return;
	eta = state_interval();
	told_ms = run.now_ms;
	if (!eta.to_ms) {
		tally->unstated++;
		return;
	}
	while (step())
		;
	left_ms = run.end_ms - told_ms;
	guess_ms = (double)(told_ms - began_ms) * 19;
	tally->extrapolated += guess_ms > (double)left_ms * 0.9 &&
			       guess_ms < (double)left_ms * 1.1;
	tally->widths[tally->runs++] =
	    (double)(eta.to_ms - eta.from_ms) / (double)left_ms;
	if (run.end_ms < eta.from_ms)
		tally->early++;
	else if (run.end_ms > eta.to_ms)
		tally->late++;
	else
		tally->inside++;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
test_nine_of_ten(void)
{
	const char *given = getenv("DL_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : 20261126;
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct tally tally = {0};

	for (uint64_t n = 0; tally.runs < RUNS && n < 2 * RUNS; n++) {
		dl_arena_reset(arena);
		observe(arena, seed * 1000 + n, &tally);
	}
	qsort(tally.widths, (size_t)tally.runs, sizeof(double), by_size);
	printf("\nseed %llu: %d runs, end inside the interval stated at 5 %%: "
	       "%d, before %d, after %d;\nwidth of the interval, of what is "
	       "left: median %.1f %%, nine of ten below %.1f %%;\n"
	       "no end stated: %d; extrapolated +-10 %% instead: %d inside\n",
	       (unsigned long long)seed, tally.runs, tally.inside, tally.early,
	       tally.late, 100 * tally.widths[tally.runs / 2],
	       100 * tally.widths[tally.runs * 9 / 10], tally.unstated,
	       tally.extrapolated);
	CU_ASSERT_EQUAL(tally.runs, RUNS);
	CU_ASSERT_TRUE(tally.inside * 10 >= tally.runs * 9);
	/* An interval that says nothing would hold every end. */
	CU_ASSERT_TRUE(tally.widths[tally.runs / 2] < 0.15);
	CU_ASSERT_TRUE(tally.unstated * 10 < tally.runs);
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"the end lies in the interval", test_nine_of_ten},
};

UNIT_MAIN("eta of simulated runs", tests)
