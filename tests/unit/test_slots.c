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
	struct dl_slots_plan plan = {DL_PACING_CAMPAIGN, 2, 1000001, 3, 8,
				     by_turns,           &n};
	struct dl_slots *slots = dl_slots_create(arena, &plan);
	static const size_t turns[] = {0, 1, 0, 1};
	static const int64_t want[] = {1001, 1004, 1012, 1015};

	for (size_t i = 0; i < 4; i++) {
		size_t turn = dl_slots_turn(slots);

		CU_ASSERT_EQUAL(turn, turns[i]);
		CU_ASSERT_EQUAL(dl_slots_next(slots, turn), want[i]);
	}
	dl_arena_destroy(arena);
}

static void
test_stream_of_each_number(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 16);
	int n = 0;
	struct dl_slots_plan plan = {DL_PACING_INSTANCE, 2, 5000, 4, 4,
				     by_turns,           &n};
	struct dl_slots *slots = dl_slots_create(arena, &plan);

	CU_ASSERT_EQUAL(dl_slots_next(slots, 0), 5);
	CU_ASSERT_EQUAL(dl_slots_next(slots, 1), 5);
	CU_ASSERT_EQUAL(dl_slots_next(slots, 1), 9);
	CU_ASSERT_EQUAL(dl_slots_next(slots, 0), 9);
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
					    2000, by_turns, &n, &plan, &err),
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

	CU_ASSERT_EQUAL(dl_launch_plan_make(arena, &request, &key, 1, 2000,
					    by_turns, NULL, &plan, &err),
			DL_OK);
	CU_ASSERT_EQUAL(plan.n_suppressed, 1);
	CU_ASSERT_EQUAL(plan.first_s, 0);
	CU_ASSERT_EQUAL(plan.last_s, 0);
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"one stream", test_one_stream},
    {"a stream of each number", test_stream_of_each_number},
    {"a plan skips the suppressed", test_plan_skips_the_suppressed},
    {"all suppressed", test_all_suppressed},
};

UNIT_MAIN("slots", tests)
