/* SPDX-License-Identifier: MIT */
/* domain/eta: the interval of the end, by tables. */
#include "config.h"

#include "domain/eta.h"
#include "unit.h"

#define NOW INT64_C(1800000000000)
#define S   INT64_C(1000)

/* 3 s between starts, calls of a second, the last slot in a minute. */
static const struct dl_eta_lane plain = {.later = 10,
					 .next_ms = NOW + 6 * S,
					 .last_ms = NOW + 60 * S,
					 .gap_ms = 3250,
					 .call_ms = 1000};

/* A last row at worst: two retries, a call, two steps; and 2 % late. */
#define TAIL_MS (35000 + 1100 + 2 * 3400)

static struct dl_eta
eta_of(const struct dl_eta_lane *lanes, size_t n,
       const struct dl_calendar *calendar)
{
	const struct dl_eta_input in = {.now_ms = NOW,
					.phase = DL_PHASE_LIVE,
					.reconcile_limit_s = 1800,
					.lanes = lanes,
					.n_lanes = n,
					.calendar = calendar};

	return dl_eta(&in);
}

/* from and to in milliseconds after NOW; -1: none. */
static void
check(struct dl_eta eta, int64_t from_ms, int64_t to_ms)
{
	CU_ASSERT_EQUAL(eta.from_ms, from_ms < 0 ? 0 : NOW + from_ms);
	CU_ASSERT_EQUAL(eta.to_ms, to_ms < 0 ? 0 : NOW + to_ms);
}

static void
test_last_slot(void)
{
	struct dl_eta_lane lane = plain;

	check(eta_of(&lane, 1, NULL), 60 * S, 60 * S + 1200 + TAIL_MS);
	/* a gap that no number of rows outgrows changes nothing */
	lane.later = 1;
	check(eta_of(&lane, 1, NULL), 60 * S, 60 * S + 1200 + TAIL_MS);
	check(eta_of(&lane, 0, NULL), -1, -1);
}

static void
test_phases(void)
{
	struct dl_eta_input in = {.now_ms = NOW,
				  .phase = DL_PHASE_PAUSED,
				  .reconcile_limit_s = 1800,
				  .lanes = &plain,
				  .n_lanes = 1};

	check(dl_eta(&in), -1, -1);
	in.phase = DL_PHASE_FINAL;
	check(dl_eta(&in), -1, -1);
	in.phase = DL_PHASE_LIVE;
	in.uncertain = 1;
	check(dl_eta(&in), 60 * S, 1800 * S);
	/* only answers are missing */
	in.n_lanes = 0;
	check(dl_eta(&in), 0, 1800 * S);
	in.uncertain = 0;
	in.sending = 1;
	check(dl_eta(&in), 0, 35 * S);
}

/* 103 rows 3.4 s apart, begun a twentieth of the time later. */
#define BACKLOG_MS (INT64_C(102) * 3400 * 21 / 20)

static void
test_backlog(void)
{
	struct dl_eta_lane lane = plain;
	struct dl_eta_lane lanes[2];
	struct dl_eta eta;

	/* 98 of a hundred rows 3.25 s apart */
	lane.overdue = 100;
	lane.later = 0;
	lane.next_ms = 0;
	check(eta_of(&lane, 1, NULL), 97 * 3250,
	      BACKLOG_MS + BACKLOG_MS / 50 + TAIL_MS);
	/* the last of two numbers counts */
	lanes[0] = lane;
	lanes[1] = plain;
	eta = eta_of(lanes, 2, NULL);
	CU_ASSERT_EQUAL(eta.from_ms, NOW + INT64_C(97) * 3250);
	/* slow calls set the pace, whatever the gap */
	lane.call_ms = 10000;
	CU_ASSERT_EQUAL(eta_of(&lane, 1, NULL).from_ms,
			NOW + INT64_C(97) * 9000);
	/* what other campaigns have in front of it goes first */
	lane = plain;
	lane.others_overdue = 50;
	lane.others_later = 50;
	eta = eta_of(&lane, 1, NULL);
	CU_ASSERT_EQUAL(eta.from_ms, NOW + INT64_C(107) * 3250);
	/* a lane that only others wait on is nothing to this campaign */
	lane.later = 0;
	check(eta_of(&lane, 1, NULL), -1, -1);
}

static void
test_parked(void)
{
	struct dl_eta_lane lanes[2] = {plain, plain};
	struct dl_eta eta;

	lanes[0].parked_until_ms = NOW + 600 * S;
	eta = eta_of(lanes, 2, NULL);
	CU_ASSERT_EQUAL(eta.from_ms, NOW + 600 * S + INT64_C(9) * 3250);
	CU_ASSERT_TRUE(eta.to_ms > NOW + 660 * S + INT64_C(9) * 3400);
	CU_ASSERT_TRUE(eta.to_ms < NOW + 900 * S);
	lanes[0].is_parked_for_good = true;
	lanes[0].parked_until_ms = 0;
	check(eta_of(lanes, 2, NULL), 60 * S, -1);
	/* without messages of the campaign it holds up nothing */
	lanes[0].later = 0;
	check(eta_of(lanes, 2, NULL), 60 * S, 60 * S + 1200 + TAIL_MS);
}

/* Open for the first 100 s of each 1000 s; days of 1000 s. */
#define DAYS 4
static struct dl_open_time opens[DAYS];
static int64_t day_starts[DAYS + 1];
static int32_t left[DAYS];

static struct dl_calendar
calendar_of(int32_t cap)
{
	struct dl_calendar calendar = {.n_places = 1, .n_instances = 1};

	for (int64_t d = 0; d <= DAYS; d++)
		day_starts[d] = NOW / 1000 + 1000 * d;
	for (int d = 0; d < DAYS; d++) {
		opens[d] =
		    (struct dl_open_time){day_starts[d], day_starts[d] + 100};
		left[d] = cap;
	}
	calendar.open[0] = opens;
	calendar.n_open[0] = DAYS;
	if (cap) {
		calendar.n_days = DAYS;
		calendar.day_starts = day_starts;
		calendar.left = left;
	}
	return calendar;
}

static void
test_windows(void)
{
	struct dl_eta_lane lane = {
	    .overdue = 50, .last_ms = NOW - S, .gap_ms = 3250, .call_ms = 1000};
	struct dl_calendar calendar = calendar_of(0);
	struct dl_eta eta = eta_of(&lane, 1, &calendar);

	/* 49 rows, 31 fit into the first opening, 18 into the second */
	CU_ASSERT_EQUAL(eta.from_ms, NOW + 1000 * S + INT64_C(17) * 3250);
	CU_ASSERT_TRUE(eta.to_ms > NOW + 1000 * S + INT64_C(21) * 3400);
	CU_ASSERT_TRUE(eta.to_ms < NOW + 2200 * S);
	/* longer than the calendar */
	lane.overdue = 5000;
	CU_ASSERT_EQUAL(eta_of(&lane, 1, &calendar).to_ms, 0);
	/* the recipients' own hours: between the first's and the last's */
	lane.overdue = 50;
	calendar.n_places = DL_PLACES;
	for (int p = 1; p < DL_PLACES; p++) {
		calendar.open[p] = opens + (p == 3);
		calendar.n_open[p] = DAYS - (p == 3);
	}
	eta = eta_of(&lane, 1, &calendar);
	CU_ASSERT_EQUAL(eta.from_ms, NOW + 1000 * S + INT64_C(17) * 3250);
	CU_ASSERT_TRUE(eta.to_ms > NOW + 2000 * S);
}

static void
test_caps(void)
{
	struct dl_eta_lane lane = {
	    .overdue = 50, .last_ms = NOW - S, .gap_ms = 3250, .call_ms = 1000};
	struct dl_calendar calendar = calendar_of(20);

	/* 20 today, 20 tomorrow, 9 the day after */
	CU_ASSERT_EQUAL(eta_of(&lane, 1, &calendar).from_ms,
			NOW + 2000 * S + INT64_C(8) * 3250);
	/* also where it is always open, and some are used up */
	calendar.n_places = 0;
	left[0] = 0;
	CU_ASSERT_EQUAL(eta_of(&lane, 1, &calendar).from_ms,
			NOW + 3000 * S + INT64_C(8) * 3250);
	/* what is due and what comes share a day's cap */
	calendar = calendar_of(20);
	lane.overdue = 15;
	lane.later = 10;
	lane.next_ms = NOW + 60 * S;
	lane.last_ms = NOW + 90 * S;
	CU_ASSERT_EQUAL(eta_of(&lane, 1, &calendar).from_ms,
			NOW + 1000 * S + INT64_C(4) * 3250);
}

static void
test_share_out(void)
{
	struct dl_eta_lane lanes[3] = {{.later = 1}, {0}, {0}};
	const int64_t next_ms[] = {NOW, 0, NOW + 5000};
	const int64_t last_ms[] = {NOW + 9000, 0, NOW + 24000};

	dl_eta_share_out(lanes, 3, 30, next_ms, last_ms, 1000);
	CU_ASSERT_EQUAL(lanes[0].later, 11);
	CU_ASSERT_EQUAL(lanes[1].later, 0);
	CU_ASSERT_EQUAL(lanes[2].later, 20);
	dl_eta_share_out(lanes, 3, 0, next_ms, last_ms, 1000);
	dl_eta_share_out(lanes + 1, 1, 5, next_ms + 1, last_ms + 1, 1000);
	CU_ASSERT_EQUAL(lanes[0].later + lanes[1].later + lanes[2].later, 31);
}

static const struct unit_test tests[] = {
    {"the last slot", test_last_slot},
    {"phases", test_phases},
    {"a backlog", test_backlog},
    {"parked numbers", test_parked},
    {"windows", test_windows},
    {"caps", test_caps},
    {"rows of each number", test_share_out},
};

UNIT_MAIN("eta", tests)
