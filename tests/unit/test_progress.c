/* SPDX-License-Identifier: MIT */
/* domain/progress: percent, rates, the next question. */
#include "config.h"

#include "domain/progress.h"
#include "unit.h"

#define NOW INT64_C(1800000000000)

static void
test_phase(void)
{
	static const struct {
		const char *status;
		enum dl_phase phase;
	} cases[] = {
	    {"pending", DL_PHASE_LIVE},    {"processing", DL_PHASE_LIVE},
	    {"paused", DL_PHASE_PAUSED},   {"completed", DL_PHASE_FINAL},
	    {"failed", DL_PHASE_FINAL},    {"cancelled", DL_PHASE_FINAL},
	    {"something", DL_PHASE_FINAL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CU_ASSERT_EQUAL(dl_phase_of(dl_str(cases[i].status)),
				cases[i].phase);
}

static void
test_tenths(void)
{
	static const struct {
		int64_t done, total;
		enum dl_phase phase;
		int tenths;
	} cases[] = {
	    {0, 100, DL_PHASE_LIVE, 0},
	    {1, 3, DL_PHASE_LIVE, 333},
	    {2, 3, DL_PHASE_LIVE, 666},
	    {50, 100, DL_PHASE_PAUSED, 500},
	    {299999, 300000, DL_PHASE_LIVE, 999},
	    {299999, 300000, DL_PHASE_FINAL, 999},
	    /* a live campaign is never done, whatever its counters say */
	    {100, 100, DL_PHASE_LIVE, 999},
	    {101, 100, DL_PHASE_LIVE, 999},
	    {100, 100, DL_PHASE_PAUSED, 1000},
	    {100, 100, DL_PHASE_FINAL, 1000},
	    {101, 100, DL_PHASE_FINAL, 1000},
	    {-1, 100, DL_PHASE_FINAL, 0},
	    {0, 0, DL_PHASE_LIVE, 0},
	    {0, 0, DL_PHASE_FINAL, 1000},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CU_ASSERT_EQUAL(dl_progress_tenths(cases[i].done,
						   cases[i].total,
						   cases[i].phase),
				cases[i].tenths);
}

static void
test_success(void)
{
	CU_ASSERT_DOUBLE_EQUAL(dl_progress_success(3, 1), 0.75, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(dl_progress_success(0, 5), 0, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(dl_progress_success(5, 0), 1, 1e-9);
	CU_ASSERT_TRUE(dl_progress_success(0, 0) < 0);
}

static void
test_rate(void)
{
	static const struct {
		int64_t recent, age_ms;
		double rate;
	} cases[] = {
	    {0, 60000, 0},    {100, 3600000, 20}, {100, 300000, 20},
	    {30, 60000, 30},  {1, 0, 6}, /* judged as ten seconds */
	    {20, 10000, 120},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CU_ASSERT_DOUBLE_EQUAL(dl_progress_rate(cases[i].recent,
							NOW - cases[i].age_ms,
							NOW),
				       cases[i].rate, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(dl_progress_rate(0, 0, NOW), 0, 1e-9);
}

static void
test_poll(void)
{
	static const struct {
		enum dl_phase phase;
		bool is_moving;
		int64_t unfinished, poll_ms;
	} cases[] = {
	    {DL_PHASE_LIVE, true, 5, 2000},    {DL_PHASE_LIVE, false, 5, 5000},
	    {DL_PHASE_PAUSED, true, 5, 30000}, {DL_PHASE_FINAL, true, 0, 0},
	    {DL_PHASE_FINAL, false, 1, 5000},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CU_ASSERT_EQUAL(dl_progress_poll_ms(cases[i].phase,
						    cases[i].is_moving,
						    cases[i].unfinished),
				cases[i].poll_ms);
}

static const struct unit_test tests[] = {
    {"phase", test_phase}, {"percent", test_tenths}, {"success", test_success},
    {"rate", test_rate},   {"poll", test_poll},
};

UNIT_MAIN("progress", tests)
