/* SPDX-License-Identifier: MIT */
/* status/outlook_cache: for how long, for whom, and many at once. */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "status/outlook_cache.h"
#include "unit.h"

#define N_THREADS 16
#define LONG_MS   60000

/* The second one has the place of the first. */
static const struct dl_uuid shop = {"019b0000-0000-7000-8000-000000000001"};
static const struct dl_uuid beside = {"019b0000-0000-7000-8000-000000000041"};
static const struct dl_uuid other = {"019b0000-0000-7000-8000-000000000002"};

static bool
get(struct dl_outlook_cache *cache, const struct dl_uuid *id, int64_t version,
    const char *wanted)
{
	struct dl_arena *arena = dl_arena_create(1 << 16);
	struct dl_outlook got;
	bool is_found = dl_outlook_cache_get(cache, id, version, arena, &got);

	if (is_found) {
		DL_ASSERT_STR(got.lanes, dl_str(wanted));
		CU_ASSERT_EQUAL(got.first_ms, 7);
		CU_ASSERT_EQUAL(got.eta.to_ms, 9);
	}
	dl_arena_destroy(arena);
	return is_found;
}

static void
put(struct dl_outlook_cache *cache, const struct dl_uuid *id, int64_t version,
    const char *lanes)
{
	dl_outlook_cache_put(cache, id, version,
			     &(struct dl_outlook){.lanes = dl_str(lanes),
						  .first_ms = 7,
						  .eta = {8, 9}});
}

static void
test_kept(void)
{
	struct dl_outlook_cache *cache = dl_outlook_cache_create(LONG_MS);

	CU_ASSERT_FALSE(get(cache, &shop, 1, ""));
	put(cache, &shop, 1, "[1]");
	CU_ASSERT_TRUE(get(cache, &shop, 1, "[1]"));
	CU_ASSERT_FALSE(get(cache, &other, 1, ""));
	dl_outlook_cache_put(cache, &other, 1, NULL);
	/* Another version is another outlook. */
	CU_ASSERT_FALSE(get(cache, &shop, 2, ""));
	put(cache, &shop, 2, "[2]");
	CU_ASSERT_TRUE(get(cache, &shop, 2, "[2]"));
	CU_ASSERT_FALSE(get(cache, &shop, 1, ""));
	dl_outlook_cache_put(cache, &shop, 1, NULL);
	/* A failure leaves what was there. */
	CU_ASSERT_TRUE(get(cache, &shop, 2, "[2]"));
	CU_ASSERT_FALSE(get(cache, &beside, 2, ""));
	put(cache, &beside, 2, "[3]");
	CU_ASSERT_TRUE(get(cache, &beside, 2, "[3]"));
	CU_ASSERT_FALSE(get(cache, &shop, 2, ""));
	dl_outlook_cache_put(cache, &shop, 2, NULL);
	dl_outlook_cache_destroy(cache);
}

static void
test_ages(void)
{
	struct dl_outlook_cache *cache = dl_outlook_cache_create(20);

	CU_ASSERT_FALSE(get(cache, &shop, 1, ""));
	put(cache, &shop, 1, "[1]");
	dl_clock_sleep_ms(25);
	CU_ASSERT_FALSE(get(cache, &shop, 1, ""));
	dl_outlook_cache_put(cache, &shop, 1, NULL);
	dl_outlook_cache_destroy(cache);
}

static void
test_off(void)
{
	struct dl_outlook_cache *cache = dl_outlook_cache_create(0);

	CU_ASSERT_FALSE(get(cache, &shop, 1, ""));
	put(cache, &shop, 1, "[1]");
	CU_ASSERT_FALSE(get(cache, &shop, 1, ""));
	CU_ASSERT_FALSE(get(NULL, &shop, 1, ""));
	dl_outlook_cache_put(NULL, &shop, 1, NULL);
	dl_outlook_cache_destroy(cache);
}

static atomic_int n_sought, n_failed;

/* The first one finds nothing, so that another of those who wait must look. */
static void *
look(void *ptr)
{
	struct dl_outlook_cache *cache = ptr;
	struct dl_arena *own = dl_arena_create(1 << 16);
	struct dl_outlook got;

	if (!dl_outlook_cache_get(cache, &shop, 1, own, &got)) {
		n_sought++;
		dl_clock_sleep_ms(20);
		if (atomic_fetch_add(&n_failed, 1) == 0)
			dl_outlook_cache_put(cache, &shop, 1, NULL);
		else
			put(cache, &shop, 1, "[1]");
	}
	dl_arena_destroy(own);
	return NULL;
}

static void
test_many(void)
{
	struct dl_outlook_cache *cache = dl_outlook_cache_create(LONG_MS);
	pthread_t threads[N_THREADS];

	for (int i = 0; i < N_THREADS; i++)
		pthread_create(&threads[i], NULL, look, cache);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(n_sought, 2);
	CU_ASSERT_TRUE(get(cache, &shop, 1, "[1]"));
	dl_outlook_cache_destroy(cache);
}

static const struct unit_test tests[] = {
    {"kept for one version of one campaign", test_kept},
    {"no longer than it may be", test_ages},
    {"switched off", test_off},
    {"many at once look once", test_many},
};

UNIT_MAIN("outlook_cache", tests)
