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

/* When the last look that found nothing was begun. */
static uint64_t begun;

/* Which version answers whoever has seen this one; 0: none does. */
static int64_t
get(struct dl_answer_cache *cache, const struct dl_uuid *id, int64_t version,
    const char *wanted)
{
	struct dl_answer_look look = {.version = version};
	struct dl_buf body;
	bool is_found;

	dl_buf_init(&body, NULL, 1 << 16);
	is_found = dl_answer_cache_get(cache, id, &look, &body);
	DL_ASSERT_STR(dl_str(dl_buf_cstr(&body)), dl_str(wanted));
	dl_buf_clear(&body);
	if (!is_found)
		begun = look.begun;
	return is_found ? look.version : 0;
}

static void
put(struct dl_answer_cache *cache, const struct dl_uuid *id, int64_t version,
    const char *body)
{
	struct dl_answer_look look = {version, begun};

	dl_answer_cache_put(cache, id, &look, dl_str(body));
}

static void
put_nothing(struct dl_answer_cache *cache, const struct dl_uuid *id)
{
	struct dl_answer_look look = {0, begun};

	dl_answer_cache_put(cache, id, &look, (struct dl_str){NULL, 0});
}

static void
test_kept(void)
{
	struct dl_answer_cache *cache = dl_answer_cache_create(LONG_MS);

	CU_ASSERT_EQUAL(get(cache, &shop, 1, ""), 0);
	put(cache, &shop, 1, "{1}");
	CU_ASSERT_EQUAL(get(cache, &shop, 1, "{1}"), 1);
	CU_ASSERT_EQUAL(get(cache, &other, 1, ""), 0);
	put_nothing(cache, &other);
	/* A later version needs another answer, which may be later yet. */
	CU_ASSERT_EQUAL(get(cache, &shop, 2, ""), 0);
	put(cache, &shop, 3, "{3}");
	CU_ASSERT_EQUAL(get(cache, &shop, 3, "{3}"), 3);
	CU_ASSERT_EQUAL(get(cache, &shop, 2, "{3}"), 3);
	CU_ASSERT_EQUAL(get(cache, &shop, 4, ""), 0);
	/* A failure leaves what was there. */
	put_nothing(cache, &shop);
	CU_ASSERT_EQUAL(get(cache, &shop, 3, "{3}"), 3);
	CU_ASSERT_EQUAL(get(cache, &beside, 2, ""), 0);
	put(cache, &beside, 2, "{b}");
	CU_ASSERT_EQUAL(get(cache, &beside, 2, "{b}"), 2);
	CU_ASSERT_EQUAL(get(cache, &shop, 3, ""), 0);
	put_nothing(cache, &shop);
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
	put_nothing(cache, &shop);
	dl_answer_cache_destroy(cache);
}

static void
test_off(void)
{
	struct dl_answer_cache *cache = dl_answer_cache_create(0);

	CU_ASSERT_EQUAL(get(cache, &shop, 1, ""), 0);
	put(cache, &shop, 1, "{1}");
	CU_ASSERT_EQUAL(get(cache, &shop, 1, ""), 0);
	put_nothing(cache, &shop);
	CU_ASSERT_EQUAL(get(NULL, &shop, 1, ""), 0);
	put_nothing(NULL, &shop);
	dl_answer_cache_destroy(cache);
}

static void
test_large(void)
{
	struct dl_answer_cache *cache = dl_answer_cache_create(LONG_MS);
	struct dl_answer_look look = {1, 0};
	struct dl_buf large;

	dl_buf_init(&large, NULL, DL_ANSWER_KEPT_MAX + 1);
	while (!dl_buf_failed(&large))
		dl_buf_append_c(&large, '1');
	dl_answer_cache_put(cache, &shop, &look, dl_buf_str(&large));
	CU_ASSERT_EQUAL(get(cache, &shop, 1, ""), 0);
	put(cache, &shop, 1, "{1}");
	CU_ASSERT_EQUAL(get(cache, &shop, 1, "{1}"), 1);
	dl_buf_clear(&large);
	dl_answer_cache_destroy(cache);
}

/* Whether those who look find nothing at first, or always, or never. */
static enum { FAILS_FIRST, FAILS_ALWAYS, FAILS_NEVER } failure;
static atomic_int n_sought, n_failed, n_looking, most_looking;
/* The version that the database has: each look finds another one. */
static _Atomic int64_t latest;

static void *
look(void *ptr)
{
	struct dl_answer_cache *cache = ptr;
	struct dl_buf body;
	int64_t seen = latest;
	struct dl_answer_look look = {.version = seen};

	dl_buf_init(&body, NULL, 1 << 16);
	if (!dl_answer_cache_get(cache, &shop, &look, &body)) {
		int looking = ++n_looking;

		n_sought++;
		look.version = ++latest;
		if (looking > most_looking)
			most_looking = looking;
		dl_clock_sleep_ms(20);
		n_looking--;
		if (failure == FAILS_ALWAYS ||
		    (failure == FAILS_FIRST && n_failed++ == 0))
			dl_answer_cache_put(cache, &shop, &look,
					    (struct dl_str){NULL, 0});
		else
			dl_answer_cache_put(cache, &shop, &look, DL_STR("{1}"));
	} else {
		/* With nothing kept, of one who began after we came. */
		CU_ASSERT(look.version > seen - (failure != FAILS_NEVER));
	}
	dl_buf_clear(&body);
	return NULL;
}

/* Runs them all at once; how many had to look themselves. */
static int
look_at_once(int64_t max_age_ms)
{
	struct dl_answer_cache *cache = dl_answer_cache_create(max_age_ms);
	pthread_t threads[N_THREADS];

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
	failure = FAILS_FIRST;
	CU_ASSERT_EQUAL(look_at_once(LONG_MS), 2);
	CU_ASSERT_EQUAL(most_looking, 1);
}

/* Nobody waits for ever, or for each of the others. */
static void
test_failing(void)
{
	failure = FAILS_ALWAYS;
	CU_ASSERT_EQUAL(look_at_once(LONG_MS), N_THREADS);
	CU_ASSERT(most_looking > 1);
}

/* On a busy machine they come one by one: another time, then. */
static void
test_nothing_kept(void)
{
	int tries = 0;

	failure = FAILS_NEVER;
	while (look_at_once(0) > N_THREADS / 2 && tries < 50)
		tries++;
	CU_ASSERT(tries < 50);
}

static const struct unit_test tests[] = {
    {"kept for one version of one campaign", test_kept},
    {"no longer than it may be", test_ages},
    {"switched off", test_off},
    {"too large to keep", test_large},
    {"many at once look once", test_many},
    {"and do not queue behind failures", test_failing},
    {"and share what is not kept", test_nothing_kept},
};

UNIT_MAIN("answer_cache", tests)
