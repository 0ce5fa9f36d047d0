/* SPDX-License-Identifier: MIT */
/* Group commit by a leader among the waiting threads. */
#include "config.h"

#include "store/merger.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/die.h"

/* Behind a batch that hangs, milliseconds. */
#define PATIENCE_MS 2000

struct dl_merger {
	pthread_mutex_t lock;
	dl_merger_run run;
	void *ctx;
	struct dl_turn *turn;         /* NULL: none */
	struct dl_merger_item *first; /* waiting, the oldest first */
	struct dl_merger_item **last;
	bool has_leader;
};

struct dl_merger *
dl_merger_create(dl_merger_run run, void *ctx, struct dl_turn *turn)
{
	struct dl_merger *merger = dl_must(calloc(1, sizeof(*merger)));

	pthread_mutex_init(&merger->lock, NULL);
	merger->run = run;
	merger->ctx = ctx;
	merger->turn = turn;
	merger->last = &merger->first;
	return merger;
}

void
dl_merger_destroy(struct dl_merger *merger)
{
	if (!merger)
		return;
	pthread_mutex_destroy(&merger->lock);
	free(merger);
}

bool
dl_merger_is_data_fault(const struct dl_error *err)
{
	return strncmp(err->sqlstate, "22", 2) == 0 ||
	       strncmp(err->sqlstate, "23", 2) == 0 ||
	       strncmp(err->sqlstate, "54", 2) == 0 ||
	       strncmp(err->sqlstate, "P0", 2) == 0;
}

/* Takes up to DL_MERGER_MAX waiting items; the lock is held. */
static size_t
take(struct dl_merger *merger, struct dl_merger_item **items)
{
	size_t n = 0;

	while (merger->first && n < DL_MERGER_MAX) {
		items[n++] = merger->first;
		merger->first->is_taken = true;
		merger->first = merger->first->next;
	}
	if (!merger->first)
		merger->last = &merger->first;
	return n;
}

/* Runs a batch; a fault of the data is followed down to its item. */
static void
run_batch(struct dl_merger *merger, struct dl_merger_item **items, size_t n)
{
	struct dl_error err = {0};
	enum dl_code code = merger->run(merger->ctx, items, n, &err);

	if (code != DL_OK && n > 1 && dl_merger_is_data_fault(&err)) {
		run_batch(merger, items, n / 2);
		run_batch(merger, items + n / 2, n - n / 2);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		items[i]->code = code;
		items[i]->err = err;
	}
}

/* An item may be gone as soon as its thread is woken. */
static void
wake(struct dl_merger_item **items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		items[i]->is_done = true;
		sem_post(&items[i]->woken);
	}
}

/*
 * Does one round for all that waits, whose leader the caller is; then hands on
 * to the oldest of those that came meanwhile.
 */
static void
lead(struct dl_merger *merger)
{
	struct dl_merger_item *items[DL_MERGER_MAX];
	struct dl_merger_item *next;
	bool has_turn = merger->turn && dl_turn_take(merger->turn);
	size_t n;

	pthread_mutex_lock(&merger->lock);
	n = take(merger, items);
	pthread_mutex_unlock(&merger->lock);
	run_batch(merger, items, n);
	if (has_turn)
		dl_turn_give(merger->turn);
	pthread_mutex_lock(&merger->lock);
	next = merger->first;
	merger->has_leader = next != NULL;
	if (next)
		next->is_leader = true;
	pthread_mutex_unlock(&merger->lock);
	if (next)
		sem_post(&next->woken);
	wake(items, n);
}

/*
 * The leader hangs: a round besides, unless the item is in a batch or the next
 * leader, who takes all, is on its way.
 */
static void
overtake(struct dl_merger *merger, const struct dl_merger_item *item)
{
	struct dl_merger_item *items[DL_MERGER_MAX];
	size_t n = 0;

	pthread_mutex_lock(&merger->lock);
	if (!item->is_taken && !merger->first->is_leader)
		n = take(merger, items);
	pthread_mutex_unlock(&merger->lock);
	if (n) {
		run_batch(merger, items, n);
		wake(items, n);
	}
}

/* Puts the item behind the others; true: its thread is to lead. */
static bool
queue(struct dl_merger *merger, struct dl_merger_item *item)
{
	bool leads;

	pthread_mutex_lock(&merger->lock);
	*merger->last = item;
	merger->last = &item->next;
	leads = !merger->has_leader;
	merger->has_leader = true;
	pthread_mutex_unlock(&merger->lock);
	return leads;
}

/*
 * False where none came for PATIENCE_MS.  ThreadSanitizer of GCC 12 does not
 * know sem_clockwait() and reports all that it orders; with sem_timedwait() in
 * its place it reports nothing.
 */
static bool
wait_for_word(struct dl_merger_item *item)
{
	struct timespec until;

	dl_clock_after(PATIENCE_MS, &until);
	while (sem_clockwait(&item->woken, CLOCK_MONOTONIC, &until) != 0) {
		if (errno == ETIMEDOUT)
			return false;
		assert(errno == EINTR);
	}
	return true;
}

enum dl_code
dl_merger_submit(struct dl_merger *merger, struct dl_merger_item *item)
{
	item->next = NULL;
	item->is_taken = false;
	item->is_leader = false;
	item->is_done = false;
	sem_init(&item->woken, 0, 0);
	if (queue(merger, item))
		lead(merger);
	while (!wait_for_word(item))
		overtake(merger, item);
	if (!item->is_done) /* the word was: lead; it is the first itself */
		lead(merger);
	sem_destroy(&item->woken);
	return item->code;
}
