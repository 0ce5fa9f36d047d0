/* SPDX-License-Identifier: MIT */
/* Group commit by a leader among the waiting threads. */
#include "config.h"

#include "store/merger.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct dl_merger {
	pthread_mutex_t lock;
	dl_merger_run run;
	void *ctx;
	struct dl_merger_item *first; /* waiting, the oldest first */
	struct dl_merger_item **last;
	bool has_leader;
};

struct dl_merger *
dl_merger_create(dl_merger_run run, void *ctx)
{
	struct dl_merger *merger = calloc(1, sizeof(*merger));

	if (!merger || pthread_mutex_init(&merger->lock, NULL)) {
		dl_log_raw(DL_LOG_CRIT, "merger", "out of memory");
		abort();
	}
	merger->run = run;
	merger->ctx = ctx;
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

/*
 * Does one round for all that waits; the lock is held before and after.  Wakes
 * those that are done, and of those that came meanwhile one to lead.
 */
static void
lead(struct dl_merger *merger)
{
	struct dl_merger_item *items[DL_MERGER_MAX];
	size_t n = take(merger, items);

	merger->has_leader = true;
	pthread_mutex_unlock(&merger->lock);
	run_batch(merger, items, n);
	pthread_mutex_lock(&merger->lock);
	merger->has_leader = false;
	for (size_t i = 0; i < n; i++) {
		items[i]->is_done = true;
		pthread_cond_signal(&items[i]->woken);
	}
	if (merger->first)
		pthread_cond_signal(&merger->first->woken);
}

enum dl_code
dl_merger_submit(struct dl_merger *merger, struct dl_merger_item *item)
{
	item->next = NULL;
	item->is_done = false;
	pthread_cond_init(&item->woken, NULL);
	pthread_mutex_lock(&merger->lock);
	*merger->last = item;
	merger->last = &item->next;
	while (!item->is_done) {
		if (merger->has_leader)
			pthread_cond_wait(&item->woken, &merger->lock);
		else
			lead(merger);
	}
	pthread_mutex_unlock(&merger->lock);
	pthread_cond_destroy(&item->woken);
	return item->code;
}
