/* SPDX-License-Identifier: MIT */
/* status/answer_cache: for how long, for whom, and many at once. */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "status/answer_cache.h"
#include "unit.h"

#define N_THREADS 16
#define LONG_MS   60000

/* The second one has the place of the first. */
static const struct dl_uuid shop = {"019b0000-0000-7000-8000-000000000001"};
static const struct dl_uuid beside = {"019b0000-0000-7000-8000-000000000041"};
static const struct dl_uuid other = {"019b0000-0000-7000-8000-000000000002"};

static const struct dl_str nothing = {NULL, 0};

/* Which version answers whoever has seen this one; 0: none does. */
static int64_t
get(struct dl_answer_cache *cache, const struct dl_uuid *id, int64_t version,
    const char *wanted)
{
	struct dl_buf body;
	bool is_found;

	dl_buf_init(&body, NULL, 1 << 16);
	is_found = dl_answer_cache_get(cache, id, &version, &body);
	DL_ASSERT_STR(dl_str(dl_buf_cstr(&body)), dl_str(wanted));
	dl_buf_clear(&body);
	return is_found ? version : 0;
}

static void
put(struct dl_answer_cache *cache, const struct dl_uuid *id, int64_t version,
    const char *body)
{
	dl_answer_cache_put(cache, id, version, dl_str(body));
}

static void
test_kept(void)
{
	struct dl_answer_cache *cache = dl_answer_cache_create(LONG_MS);

	CU_ASSERT_EQUAL(get(cache, &shop, 1, ""), 0);
	put(cache, &shop, 1, "{1}");
	CU_ASSERT_EQUAL(get(cache, &shop, 1, "{1}"), 1);
	CU_ASSERT_EQUAL(get(cache, &other, 1, ""), 0);
	dl_answer_cache_put(cache, &other, 1, nothing);
	/* A later version needs another answer, which may be later yet. */
	CU_ASSERT_EQUAL(get(cache, &shop, 2, ""), 0);
	put(cache, &shop, 3, "{3}");
	CU_ASSERT_EQUAL(get(cache, &shop, 3, "{3}"), 3);
	CU_ASSERT_EQUAL(get(cache, &shop, 2, "{3}"), 3);
	CU_ASSERT_EQUAL(get(cache, &shop, 4, ""), 0);
	/* A failure leaves what was there. */
	dl_answer_cache_put(cache, &shop, 4, nothing);
	CU_ASSERT_EQUAL(get(cache, &shop, 3, "{3}"), 3);
	CU_ASSERT_EQUAL(get(cache, &beside, 2, ""), 0);
	put(cache, &beside, 2, "{b}");
	CU_ASSERT_EQUAL(get(cache, &beside, 2, "{b}"), 2);
	CU_ASSERT_EQUAL(get(cache, &shop, 3, ""), 0);
	dl_answer_cache_put(cache, &shop, 3, nothing);
	dl_answer_cache_destroy(cache);
}

static void
test_ages(void)
{
	struct dl_answer_cache *cache = dl_answer_cache_create(20);

	CU_ASSERT_EQUAL(get(cache, &shop, 1, ""), 0);
	put(cache, &shop, 1, "{1}");
	dl_clock_sleep_ms(25);
	CU_ASSERT_EQUAL(get(cache, &shop, 1, ""), 0);
	dl_answer_cache_put(cache, &shop, 1, nothing);
	dl_answer_cache_destroy(cache);
}

static void
test_off(void)
{
	struct dl_answer_cache *cache = dl_answer_cache_create(0);

	CU_ASSERT_EQUAL(get(cache, &shop, 1, ""), 0);
	put(cache, &shop, 1, "{1}");
	CU_ASSERT_EQUAL(get(cache, &shop, 1, ""), 0);
	CU_ASSERT_EQUAL(get(NULL, &shop, 1, ""), 0);
	dl_answer_cache_put(NULL, &shop, 1, nothing);
	dl_answer_cache_destroy(cache);
}

static void
test_large(void)
{
	struct dl_answer_cache *cache = dl_answer_cache_create(LONG_MS);
	struct dl_buf large;

	dl_buf_init(&large, NULL, DL_ANSWER_KEPT_MAX + 1);
	while (!dl_buf_failed(&large))
		dl_buf_append_c(&large, '1');
	dl_answer_cache_put(cache, &shop, 1, dl_buf_str(&large));
	CU_ASSERT_EQUAL(get(cache, &shop, 1, ""), 0);
	put(cache, &shop, 1, "{1}");
	CU_ASSERT_EQUAL(get(cache, &shop, 1, "{1}"), 1);
	dl_buf_clear(&large);
	dl_answer_cache_destroy(cache);
}

/* Whether those who look find nothing at first, or always. */
static bool always_fails;
static atomic_int n_sought, n_failed, n_looking, most_looking;
/* The version that the database has: each look finds another one. */
static _Atomic int64_t latest;

static void *
look(void *ptr)
{
	struct dl_answer_cache *cache = ptr;
	struct dl_buf body;
	int64_t seen = latest;
	int64_t version = seen;

	dl_buf_init(&body, NULL, 1 << 16);
	if (!dl_answer_cache_get(cache, &shop, &version, &body)) {
		int looking = ++n_looking;

		n_sought++;
		version = ++latest;
		if (looking > most_looking)
			most_looking = looking;
		dl_clock_sleep_ms(20);
		n_looking--;
		if (atomic_fetch_add(&n_failed, 1) == 0 || always_fails)
			dl_answer_cache_put(cache, &shop, version, nothing);
		else
			put(cache, &shop, version, "{1}");
	} else {
		CU_ASSERT(version >= seen);
	}
	dl_buf_clear(&body);
	return NULL;
}

/* Runs them all at once; how many had to look themselves. */
static int
look_at_once(bool fails)
{
	struct dl_answer_cache *cache = dl_answer_cache_create(LONG_MS);
	pthread_t threads[N_THREADS];

	always_fails = fails;
	n_sought = n_failed = most_looking = 0;
	latest = 1;
	for (int i = 0; i < N_THREADS; i++)
		pthread_create(&threads[i], NULL, look, cache);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	dl_answer_cache_destroy(cache);
	return n_sought;
}

/* The first one fails, so that another of those who wait must look. */
static void
test_many(void)
{
	CU_ASSERT_EQUAL(look_at_once(false), 2);
	CU_ASSERT_EQUAL(most_looking, 1);
}

/* Nobody waits for ever, or for each of the others. */
static void
test_failing(void)
{
	CU_ASSERT_EQUAL(look_at_once(true), N_THREADS);
	CU_ASSERT(most_looking > 1);
}

static const struct unit_test tests[] = {
    {"kept for one version of one campaign", test_kept},
    {"no longer than it may be", test_ages},
    {"switched off", test_off},
    {"too large to keep", test_large},
    {"many at once look once", test_many},
    {"and do not queue behind failures", test_failing},
};

UNIT_MAIN("answer_cache", tests)
