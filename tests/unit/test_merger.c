/* SPDX-License-Identifier: MIT */
/* store/merger, store/turn: batches, their splitting, many threads. */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/clock.h"
#include "store/merger.h"
#include "unit.h"

#define N_THREADS 200

struct work {
	struct dl_merger_item item;
	bool is_guilty;
	int done;
};

static atomic_int n_runs, largest, at_work;

/* Adds one to each; a guilty one spoils its batch. */
static enum dl_code
run(void *ctx, struct dl_merger_item **items, size_t n, struct dl_error *err)
{
	const char *sqlstate = ctx;

	CU_ASSERT_EQUAL(atomic_fetch_add(&at_work, 1), 0);
	n_runs++;
	if ((int)n > largest)
		largest = (int)n;
	dl_clock_sleep_ms(5);
	atomic_fetch_sub(&at_work, 1);
	for (size_t i = 0; i < n; i++)
		if (((struct work *)items[i])->is_guilty) {
			snprintf(err->sqlstate, sizeof(err->sqlstate), "%s",
				 sqlstate);
			return dl_fail(err, DL_BAD_REQUEST, "run", "guilty");
		}
	for (size_t i = 0; i < n; i++)
		((struct work *)items[i])->done++;
	return DL_OK;
}

struct thread {
	pthread_t id;
	struct dl_merger *merger;
	struct work work;
	enum dl_code code;
};

static void *
submit(void *arg)
{
	struct thread *thread = arg;

	thread->code = dl_merger_submit(thread->merger, &thread->work.item);
	return NULL;
}

/* One item of guilty_at among many threads; -1: none. */
static void
run_threads(struct thread *threads, char *sqlstate, int guilty_at)
{
	struct dl_merger *merger = dl_merger_create(run, sqlstate, NULL);

	n_runs = 0;
	largest = 0;
	for (int i = 0; i < N_THREADS; i++) {
		threads[i] = (struct thread){.merger = merger};
		threads[i].work.is_guilty = i == guilty_at;
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&threads[i].id, NULL, submit, &threads[i]),
		    0);
	}
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i].id, NULL);
	dl_merger_destroy(merger);
}

static void
test_many_threads(void)
{
	struct thread threads[N_THREADS];

	run_threads(threads, (char[]){""}, -1);
	for (int i = 0; i < N_THREADS; i++) {
		CU_ASSERT_EQUAL(threads[i].code, DL_OK);
		CU_ASSERT_EQUAL(threads[i].work.done, 1);
	}
	CU_ASSERT_TRUE(n_runs < N_THREADS);
	CU_ASSERT_TRUE(largest > 1);
}

static void
test_one_guilty(void)
{
	static char states[][6] = {"22P02", "23505", "54001", "P0001"};
	struct thread threads[N_THREADS];

	for (size_t s = 0; s < sizeof(states) / sizeof(*states); s++) {
		run_threads(threads, states[s], 7);
		for (int i = 0; i < N_THREADS; i++) {
			CU_ASSERT_EQUAL(threads[i].code,
					i == 7 ? DL_BAD_REQUEST : DL_OK);
			CU_ASSERT_EQUAL(threads[i].work.done, i == 7 ? 0 : 1);
		}
		CU_ASSERT_STRING_EQUAL(threads[7].work.item.err.sqlstate,
				       states[s]);
	}
}

/* Other failures are no single item's fault: the batch fails as one. */
static void
test_failed_batch(void)
{
	struct work work = {.is_guilty = true};
	char sqlstate[] = "57P01";
	struct dl_merger *merger = dl_merger_create(run, sqlstate, NULL);

	n_runs = 0;
	CU_ASSERT_EQUAL(dl_merger_submit(merger, &work.item), DL_BAD_REQUEST);
	CU_ASSERT_EQUAL(n_runs, 1);
	CU_ASSERT_FALSE(dl_merger_is_data_fault(&work.item.err));
	dl_merger_destroy(merger);
	dl_merger_destroy(NULL);
}

/* The first batch hangs until *ctx, a semaphore, is posted. */
static enum dl_code
run_hanging(void *ctx, struct dl_merger_item **items, size_t n,
	    struct dl_error *err)
{
	(void)err;
	if (atomic_fetch_add(&n_runs, 1) == 0)
		while (sem_wait(ctx) != 0)
			continue;
	for (size_t i = 0; i < n; i++)
		((struct work *)items[i])->done++;
	return DL_OK;
}

/* A thread whose batch hangs from now on. */
static void
start_hanging(struct thread *hanging, sem_t *release)
{
	n_runs = 0;
	sem_init(release, 0, 0);
	pthread_create(&hanging->id, NULL, submit, hanging);
	while (atomic_load(&n_runs) == 0)
		dl_clock_sleep_ms(1);
}

static void
test_hanging_batch(void)
{
	sem_t release;
	struct dl_merger *merger =
	    dl_merger_create(run_hanging, &release, NULL);
	struct thread hanging = {.merger = merger}, behind[N_THREADS];
	struct work last = {0};

	start_hanging(&hanging, &release);
	for (int i = 0; i < N_THREADS; i++) {
		behind[i] = (struct thread){.merger = merger};
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&behind[i].id, NULL, submit, &behind[i]), 0);
	}
	/* All of them end while the first hangs. */
	for (int i = 0; i < N_THREADS; i++) {
		pthread_join(behind[i].id, NULL);
		CU_ASSERT_EQUAL(behind[i].code, DL_OK);
		CU_ASSERT_EQUAL(behind[i].work.done, 1);
	}
	CU_ASSERT_EQUAL(hanging.work.done, 0);
	sem_post(&release);
	pthread_join(hanging.id, NULL);
	CU_ASSERT_EQUAL(hanging.work.done, 1);
	/* And nobody waits for a leader that there is not. */
	CU_ASSERT_EQUAL(dl_merger_submit(merger, &last.item), DL_OK);
	CU_ASSERT_EQUAL(last.done, 1);
	sem_destroy(&release);
	dl_merger_destroy(merger);
}

/* Another merger's batch hangs with the turn. */
static void
test_hanging_turn(void)
{
	sem_t release;
	struct dl_turn *turn = dl_turn_create();
	struct dl_merger *claims =
	    dl_merger_create(run_hanging, &release, turn);
	struct dl_merger *outcomes = dl_merger_create(run, NULL, turn);
	struct thread hanging = {.merger = claims};
	struct work work = {0};

	start_hanging(&hanging, &release);
	for (int i = 1; i <= 3; i++) {
		CU_ASSERT_EQUAL(dl_merger_submit(outcomes, &work.item), DL_OK);
		CU_ASSERT_EQUAL(work.done, i);
	}
	CU_ASSERT_EQUAL(hanging.work.done, 0);
	CU_ASSERT_FALSE(dl_turn_take(turn));
	sem_post(&release);
	pthread_join(hanging.id, NULL);
	CU_ASSERT_EQUAL(hanging.work.done, 1);
	/* It was given back, and only once. */
	CU_ASSERT_TRUE(dl_turn_take(turn));
	CU_ASSERT_FALSE(dl_turn_take(turn));
	sem_destroy(&release);
	dl_merger_destroy(claims);
	dl_merger_destroy(outcomes);
	dl_turn_destroy(turn);
	dl_turn_destroy(NULL);
}

static void *
take_turn(void *turn)
{
	if (!dl_turn_take(turn))
		return NULL;
	dl_turn_give(turn);
	return turn;
}

/* Who waits has it once it is given; unless the machine sleeps meanwhile. */
static void
test_turn_is_given(void)
{
	struct dl_turn *turn = dl_turn_create();
	void *had_it = NULL;
	pthread_t waiter;

	for (int i = 0; i < 100 && !had_it; i++) {
		dl_clock_sleep_ms(i ? 110 : 0); /* none waits for 100 ms */
		CU_ASSERT_TRUE(dl_turn_take(turn));
		pthread_create(&waiter, NULL, take_turn, turn);
		dl_clock_sleep_ms(5);
		dl_turn_give(turn);
		pthread_join(waiter, &had_it);
	}
	CU_ASSERT_PTR_EQUAL(had_it, turn);
	dl_turn_destroy(turn);
}

/* Threads of two mergers: each piece is done once. */
static void
test_two_mergers(void)
{
	struct dl_turn *turn = dl_turn_create();
	struct dl_merger *mergers[2];
	struct thread threads[N_THREADS];

	n_runs = 1; /* so that none hangs */
	for (int i = 0; i < 2; i++)
		mergers[i] = dl_merger_create(run_hanging, NULL, turn);
	for (int i = 0; i < N_THREADS; i++) {
		threads[i] = (struct thread){.merger = mergers[i % 2]};
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&threads[i].id, NULL, submit, &threads[i]),
		    0);
	}
	for (int i = 0; i < N_THREADS; i++) {
		pthread_join(threads[i].id, NULL);
		CU_ASSERT_EQUAL(threads[i].code, DL_OK);
		CU_ASSERT_EQUAL(threads[i].work.done, 1);
	}
	for (int i = 0; i < 2; i++)
		dl_merger_destroy(mergers[i]);
	CU_ASSERT_TRUE(dl_turn_take(turn));
	dl_turn_destroy(turn);
}

static const struct unit_test tests[] = {
    {"many threads share few statements", test_many_threads},
    {"a bad piece is found and the others go on", test_one_guilty},
    {"a failure that is nobody's fault", test_failed_batch},
    {"a batch that hangs keeps its own alone", test_hanging_batch},
    {"nor the batches of another merger", test_hanging_turn},
    {"a turn goes to who waits for it", test_turn_is_given},
    {"two mergers with one turn", test_two_mergers},
};

UNIT_MAIN("merger", tests)
