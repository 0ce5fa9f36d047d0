/* SPDX-License-Identifier: MIT */
/* delivery/lane_wait: what ends a wait, and what does not. */
#include "config.h"

#include <pthread.h>

#include "base/clock.h"
#include "delivery/lane_wait.h"
#include "unit.h"

/* Never waited out by a test that passes, milliseconds. */
#define LONG_MS   20000
#define N_THREADS 50

struct waiter {
	pthread_t id;
	struct dl_lane_wait *wait;
	uint64_t since;
};

static int64_t
waited_ms(struct dl_lane_wait *wait, const char *lane, uint64_t since,
	  int64_t ms)
{
	int64_t began_ms = dl_clock_boot_ms();

	dl_lane_wait_for(wait, dl_str(lane), since, ms);
	return dl_clock_boot_ms() - began_ms;
}

static void
test_freed_meanwhile(void)
{
	struct dl_lane_wait *wait = dl_lane_wait_create();
	uint64_t since = dl_lane_wait_now(wait);

	dl_lane_wait_freed(wait, DL_STR("um"));
	CU_ASSERT_TRUE(waited_ms(wait, "um", since, LONG_MS) < LONG_MS);
	dl_lane_wait_destroy(wait);
	dl_lane_wait_destroy(NULL);
}

static void
test_nothing_ends_it(void)
{
	struct dl_lane_wait *wait = dl_lane_wait_create();
	uint64_t since = dl_lane_wait_now(wait);

	CU_ASSERT_TRUE(waited_ms(wait, "um", since, 30) >= 29);
	dl_lane_wait_freed(wait, DL_STR("um"));
	/* An end of before, and one of another lane. */
	since = dl_lane_wait_now(wait);
	CU_ASSERT_TRUE(waited_ms(wait, "um", since, 30) >= 29);
	dl_lane_wait_freed(wait, DL_STR("dois"));
	CU_ASSERT_TRUE(waited_ms(wait, "um", since, 30) >= 29);
	CU_ASSERT_TRUE(waited_ms(wait, "um", since, 0) < LONG_MS);
	dl_lane_wait_destroy(wait);
}

static void *
wait_long(void *arg)
{
	struct waiter *waiter = arg;

	dl_lane_wait_for(waiter->wait, DL_STR("um"), waiter->since, LONG_MS);
	return NULL;
}

static void
test_many_wait(void)
{
	struct dl_lane_wait *wait = dl_lane_wait_create();
	int64_t began_ms = dl_clock_boot_ms();
	struct waiter waiters[N_THREADS];
	uint64_t since = dl_lane_wait_now(wait);

	for (int i = 0; i < N_THREADS; i++) {
		waiters[i] = (struct waiter){.wait = wait, .since = since};
		CU_ASSERT_EQUAL_FATAL(pthread_create(&waiters[i].id, NULL,
						     wait_long, &waiters[i]),
				      0);
	}
	dl_clock_sleep_ms(30);
	dl_lane_wait_freed(wait, DL_STR("um"));
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(waiters[i].id, NULL);
	CU_ASSERT_TRUE(dl_clock_boot_ms() - began_ms < LONG_MS);
	dl_lane_wait_destroy(wait);
}

static const struct unit_test tests[] = {
    {"freed between the claim and the wait", test_freed_meanwhile},
    {"waited out: nothing, an earlier end, another lane", test_nothing_ends_it},
    {"one end wakes all that wait", test_many_wait},
};

UNIT_MAIN("lane_wait", tests)
