/* SPDX-License-Identifier: MIT */
/* Turns and slots of a campaign, and the rows of a launch. */
#include "config.h"

#include <stdio.h>

#include "domain/launch_plan.h"
#include "domain/slots.h"
#include "unit.h"

/* Least and largest by turns, so that a test knows what comes. */
static int64_t
by_turns(void *ctx, int64_t low, int64_t high)
{
	int *n = ctx;

	return (*n)++ % 2 ? high : low;
}

static void
test_one_stream(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 16);
	int n = 0;
	struct dl_slots_plan plan = {DL_PACING_CAMPAIGN, 2,  1000001, 3, 8,
				     by_turns,           &n, NULL};
	struct dl_slots *slots = dl_slots_create(arena, &plan);
	static const size_t turns[] = {0, 1, 0, 1};
	static const int64_t want[] = {1001, 1004, 1012, 1015};

	for (size_t i = 0; i < 4; i++) {
		size_t turn = dl_slots_turn(slots);

		CU_ASSERT_EQUAL(turn, turns[i]);
		CU_ASSERT_EQUAL(dl_slots_next(slots, turn, 0), want[i]);
	}
	dl_arena_destroy(arena);
}

static void
test_stream_of_each_number(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 16);
	int n = 0;
	struct dl_slots_plan plan = {DL_PACING_INSTANCE, 2,  5000, 4, 4,
				     by_turns,           &n, NULL};
	struct dl_slots *slots = dl_slots_create(arena, &plan);

	CU_ASSERT_EQUAL(dl_slots_next(slots, 0, 0), 5);
	CU_ASSERT_EQUAL(dl_slots_next(slots, 1, 0), 5);
	CU_ASSERT_EQUAL(dl_slots_next(slots, 1, 0), 9);
	CU_ASSERT_EQUAL(dl_slots_next(slots, 0, 0), 9);
	dl_arena_destroy(arena);
}

static void
test_plan_skips_the_suppressed(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 16);
	struct dl_launch_contact contacts[4] = {{0}};
	struct dl_launch_template templates[2] = {{0}};
	static const struct dl_str instances[] = {{"a", 1}, {"b", 1}};
	struct dl_launch_request request = {
	    .instances = instances,
	    .n_instances = 2,
	    .delay_min_s = 10,
	    .delay_max_s = 10,
	    .start_ms = 1000,
	    .templates = templates,
	    .n_templates = 2,
	    .contacts = contacts,
	    .n_contacts = 4,
	};
	const struct dl_str suppressed[] = {DL_STR("zz"),
					    DL_STR("5511900000001")};
	struct dl_launch_plan plan;
	struct dl_error err = {0};
	int n = 0;
	/* contact, number, slot; contact 1 has opted out */
	static const int64_t want[][3] = {{0, 0, 2},  {0, 0, 12}, {1, 0, 0},
					  {1, 0, 0},  {2, 1, 22}, {2, 1, 32},
					  {3, 0, 42}, {3, 0, 52}};

	for (int i = 0; i < 4; i++)
		snprintf(contacts[i].phone.key, DL_PHONE_MAX, "551190000000%d",
			 i);
	CU_ASSERT_EQUAL(dl_launch_plan_make(arena, &request, suppressed, 2,
					    NULL, 2000, by_turns, &n, &plan,
					    &err),
			DL_OK);
	CU_ASSERT_EQUAL_FATAL(plan.n_rows, 8);
	CU_ASSERT_EQUAL(plan.n_suppressed, 2);
	CU_ASSERT_EQUAL(plan.first_s, 2);
	CU_ASSERT_EQUAL(plan.last_s, 52);
	for (size_t i = 0; i < 8; i++) {
		const struct dl_launch_row *row = &plan.rows[i];

		CU_ASSERT_EQUAL(row->contact, want[i][0]);
		CU_ASSERT_EQUAL(row->template_index, i % 2);
		CU_ASSERT_EQUAL(row->is_suppressed, want[i][0] == 1);
		CU_ASSERT_EQUAL(row->instance, want[i][1]);
		CU_ASSERT_EQUAL(row->slot_s, want[i][2]);
	}
	dl_arena_destroy(arena);
}

static void
test_all_suppressed(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 16);
	struct dl_launch_contact contact = {.phone = {.key = "1"}};
	struct dl_launch_template template = {0};
	static const struct dl_str instance = {"a", 1};
	struct dl_launch_request request = {
	    .instances = &instance,
	    .n_instances = 1,
	    .templates = &template,
	    .n_templates = 1,
	    .contacts = &contact,
	    .n_contacts = 1,
	};
	const struct dl_str key = DL_STR("1");
	struct dl_launch_plan plan;
	struct dl_error err = {0};

	CU_ASSERT_EQUAL(dl_launch_plan_make(arena, &request, &key, 1, NULL,
					    2000, by_turns, NULL, &plan, &err),
			DL_OK);
	CU_ASSERT_EQUAL(plan.n_suppressed, 1);
	CU_ASSERT_EQUAL(plan.first_s, 0);
	CU_ASSERT_EQUAL(plan.last_s, 0);
	dl_arena_destroy(arena);
}

/* Each day, from 0, is open from its second 100 to its second 200. */
#define DAYS 3
static void
fill_calendar(struct dl_calendar *calendar, struct dl_arena *arena,
	      size_t n_places)
{
	*calendar =
	    (struct dl_calendar){.n_places = n_places, .n_instances = 2};
	for (size_t p = 0; p < n_places; p++) {
		calendar->n_open[p] = DAYS;
		calendar->open[p] =
		    dl_arena_array(arena, DAYS, sizeof(struct dl_open_time));
		for (int64_t d = 0; d < DAYS; d++)
			calendar->open[p][d] = (struct dl_open_time){
			    1000 * d + 100 + 50 * (int64_t)p,
			    1000 * d + 200 + 50 * (int64_t)p};
	}
}

/* Caps of the two numbers on each day. */
static void
fill_caps(struct dl_calendar *calendar, struct dl_arena *arena, int32_t first,
	  int32_t second)
{
	calendar->n_days = DAYS;
	calendar->day_starts = dl_arena_array(arena, DAYS + 1, sizeof(int64_t));
	calendar->left = dl_arena_array(arena, 2 * DAYS, sizeof(int32_t));
	for (size_t d = 0; d <= DAYS; d++)
		calendar->day_starts[d] = 1000 * (int64_t)d;
	for (size_t d = 0; d < DAYS; d++) {
		calendar->left[d] = first;
		calendar->left[DAYS + d] = second;
	}
}

static void
test_openings(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 16);
	struct dl_calendar calendar;
	static const struct {
		size_t n_places;
		int place;
		int64_t at_s, want_s;
	} rows[] = {
	    {0, 3, 5, 5},       {1, 0, 0, 100},    {1, 0, 100, 100},
	    {1, 0, 199, 199},   {1, 0, 200, 1100}, {1, 3, 200, 1100},
	    {1, 0, 2199, 2199}, {1, 0, 2200, -1},  {4, 0, 2200, -1},
	    {4, 3, 2200, 2250}, {4, 3, 249, 250},  {4, 3, 349, 349},
	    {4, 3, 350, 1250},  {1, 0, 99999, -1}, {0, 0, 99999, 99999},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fill_calendar(&calendar, arena, rows[i].n_places);
		CU_ASSERT_EQUAL(
		    dl_calendar_opening(&calendar, rows[i].place, rows[i].at_s),
		    rows[i].want_s);
	}
	fill_caps(&calendar, arena, 1, 1);
	CU_ASSERT_EQUAL(dl_calendar_day(&calendar, 0), 0);
	CU_ASSERT_EQUAL(dl_calendar_day(&calendar, 999), 0);
	CU_ASSERT_EQUAL(dl_calendar_day(&calendar, 1000), 1);
	CU_ASSERT_EQUAL(dl_calendar_day(&calendar, 2999), 2);
	CU_ASSERT_EQUAL(dl_calendar_day(&calendar, 3000), DAYS);
	CU_ASSERT_EQUAL(dl_calendar_day(&calendar, -1), DAYS);
	dl_arena_destroy(arena);
}

/* Slots of one campaign on two numbers, 40 s apart, by turns. */
static void
check_slots(enum dl_pacing pacing, size_t n_places, int place, int32_t first,
	    int32_t second, const int64_t *want, size_t n)
{
	struct dl_arena *arena = dl_arena_create(1 << 16);
	struct dl_calendar calendar;
	int turns = 0;
	struct dl_slots_plan plan = {pacing, 2,        90000,  40,
				     40,     by_turns, &turns, &calendar};
	struct dl_slots *slots;

	fill_calendar(&calendar, arena, n_places);
	if (first)
		fill_caps(&calendar, arena, first, second);
	slots = dl_slots_create(arena, &plan);
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_EQUAL(
		    dl_slots_next(slots, dl_slots_turn(slots), place), want[i]);
	/* What the slots count down is their own. */
	if (first)
		CU_ASSERT_EQUAL(calendar.left[0], first);
	dl_arena_destroy(arena);
}

static void
test_closed_time_is_skipped(void)
{
	static const int64_t one[] = {100,  140,  180,  1100, 1140, 1180,
				      2100, 2140, 2180, -1,   -1};
	static const int64_t each[] = {100, 100, 140,  140,
				       180, 180, 1100, 1100};
	static const int64_t west[] = {250, 290, 330, 1250};

	check_slots(DL_PACING_CAMPAIGN, 1, 3, 0, 0, one, 11);
	check_slots(DL_PACING_INSTANCE, 1, 0, 0, 0, each, 8);
	check_slots(DL_PACING_CAMPAIGN, 4, 3, 0, 0, west, 4);
}

static void
test_caps_go_to_the_next_day(void)
{
	static const int64_t one[] = {100, 140, 1100, 1140, 2100, 2140, -1};
	/* The second number goes on while the first waits for tomorrow. */
	static const int64_t each[] = {100, 100, 1100, 140, 2100,
				       180, -1,  1100, -1,  1140};
	static const int64_t no_window[] = {90,   130,  1000, 1040,
					    2000, 2040, -1};

	check_slots(DL_PACING_CAMPAIGN, 1, 0, 1, DL_NO_CAP, one, 7);
	check_slots(DL_PACING_INSTANCE, 1, 0, 1, DL_NO_CAP, each, 10);
	check_slots(DL_PACING_CAMPAIGN, 0, 0, 1, DL_NO_CAP, no_window, 7);
}

static void
test_plan_too_long(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 16);
	struct dl_launch_contact contacts[10] = {{0}};
	struct dl_launch_template template = {0};
	static const struct dl_str instances[] = {{"a", 1}, {"b", 1}};
	struct dl_launch_request request = {
	    .instances = instances,
	    .n_instances = 2,
	    .delay_min_s = 40,
	    .delay_max_s = 40,
	    .start_ms = 90000,
	    .templates = &template,
	    .n_templates = 1,
	    .contacts = contacts,
	    .n_contacts = 9,
	};
	struct dl_calendar calendar;
	struct dl_launch_plan plan;
	struct dl_error err = {0};

	fill_calendar(&calendar, arena, 1);
	CU_ASSERT_EQUAL(dl_launch_plan_make(arena, &request, NULL, 0, &calendar,
					    0, by_turns, &(int){0}, &plan,
					    &err),
			DL_OK);
	CU_ASSERT_FALSE(plan.is_too_long);
	CU_ASSERT_EQUAL(plan.last_s, 2180);
	request.n_contacts = 10;
	CU_ASSERT_EQUAL(dl_launch_plan_make(arena, &request, NULL, 0, &calendar,
					    0, by_turns, &(int){0}, &plan,
					    &err),
			DL_OK);
	CU_ASSERT_TRUE(plan.is_too_long);
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"one stream", test_one_stream},
    {"a stream of each number", test_stream_of_each_number},
    {"a plan skips the suppressed", test_plan_skips_the_suppressed},
    {"all suppressed", test_all_suppressed},
    {"openings", test_openings},
    {"closed time is skipped", test_closed_time_is_skipped},
    {"caps go to the next day", test_caps_go_to_the_next_day},
    {"a plan too long", test_plan_too_long},
};

UNIT_MAIN("slots", tests)
