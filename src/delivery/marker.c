/* SPDX-License-Identifier: MIT */
/* Accepted messages in pages of one statement each, and who marks them. */
#include "config.h"

#include "delivery/marker.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/die.h"

/* Of a statement: a database far away is asked seldom. */
#define PAGE_MESSAGES 500
/* An array of a page: the queue's ids have some 60 bytes, and may have 650. */
#define PAGE_ARRAY (320 * 1024)
#define PAGE_ARENA (4 * 1024 * 1024)
/* Pages that wait before the publisher lends a hand. */
#define MAX_WAITING 4

struct page {
	struct page *next;
	struct dl_arena *arena;
	struct dl_db_array ids, generations, queue_ids;
	int n;
};

struct dl_marker {
	struct dl_db_pool *pool;
	struct page *open; /* the publisher's, not full yet; or NULL */
	/* The publisher's, too.  One: two took as long (measured, 2 cores). */
	pthread_t thread;
	bool has_thread;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	struct page *first; /* full ones, the oldest first */
	struct page **last;
	int n_waiting;
	bool is_ending;
	int64_t marked;
	struct dl_error err; /* the first failure */
};

/* --------------------------------------------------------------- one page */

static struct page *
page_create(void)
{
	struct dl_arena *arena = dl_arena_create(PAGE_ARENA);
	struct page *page = dl_must(calloc(1, sizeof(*page)));

	page->arena = arena;
	dl_db_array_begin(&page->ids, arena, PAGE_ARRAY);
	dl_db_array_begin(&page->generations, arena, PAGE_ARRAY);
	dl_db_array_begin(&page->queue_ids, arena, PAGE_ARRAY);
	return page;
}

static void
page_destroy(struct page *page)
{
	dl_arena_destroy(page->arena);
	free(page);
}

static enum dl_code
page_mark(struct page *page, struct dl_db_pool *pool, struct dl_error *err)
{
	const char *params[] = {dl_db_array_end(&page->ids),
				dl_db_array_end(&page->generations),
				dl_db_array_end(&page->queue_ids)};

	if (!params[0] || !params[1] || !params[2])
		return dl_fail(err, DL_TOO_LARGE, "marker",
			       "the queue's ids are too long");
	return dl_db_call(pool, page->arena, NULL, true, DL_SQL_MARK_PUBLISHED,
			  params, NULL, err);
}

/* ------------------------------------------------------------- the waiting */

/* Returns how many wait now. */
static int
put(struct dl_marker *marker, struct page *page)
{
	int n;

	pthread_mutex_lock(&marker->lock);
	*marker->last = page;
	marker->last = &page->next;
	n = ++marker->n_waiting;
	pthread_cond_signal(&marker->changed);
	pthread_mutex_unlock(&marker->lock);
	return n;
}

/* The oldest, NULL for none; may_wait: until there is one, or the end. */
static struct page *
take(struct dl_marker *marker, bool may_wait)
{
	struct page *page;

	pthread_mutex_lock(&marker->lock);
	while (may_wait && !marker->first && !marker->is_ending)
		pthread_cond_wait(&marker->changed, &marker->lock);
	page = marker->first;
	if (page) {
		marker->first = page->next;
		marker->n_waiting--;
		if (!marker->first)
			marker->last = &marker->first;
	}
	pthread_mutex_unlock(&marker->lock);
	return page;
}

/* Marks the page, unless one failed before, and frees it. */
static void
mark(struct dl_marker *marker, struct page *page)
{
	struct dl_error err = {0};
	bool is_good;

	pthread_mutex_lock(&marker->lock);
	is_good = marker->err.code == DL_OK;
	pthread_mutex_unlock(&marker->lock);
	if (is_good) {
		is_good = page_mark(page, marker->pool, &err) == DL_OK;
		pthread_mutex_lock(&marker->lock);
		if (is_good)
			marker->marked += page->n;
		else if (marker->err.code == DL_OK)
			marker->err = err;
		pthread_mutex_unlock(&marker->lock);
	}
	page_destroy(page);
}

static void *
run_thread(void *arg)
{
	struct dl_marker *marker = arg;
	struct page *page;

	while ((page = take(marker, true)))
		mark(marker, page);
	return NULL;
}

/* -------------------------------------------------------- for the publisher */

struct dl_marker *
dl_marker_begin(struct dl_db_pool *pool)
{
	struct dl_marker *marker = dl_must(calloc(1, sizeof(*marker)));

	pthread_mutex_init(&marker->lock, NULL);
	pthread_cond_init(&marker->changed, NULL);
	marker->pool = pool;
	marker->last = &marker->first;
	return marker;
}

/* The open page is full. */
static void
hand_over(struct dl_marker *marker)
{
	int n_waiting = put(marker, marker->open);
	struct page *page;

	marker->open = NULL;
	if (!marker->has_thread)
		marker->has_thread = pthread_create(&marker->thread, NULL,
						    run_thread, marker) == 0;
	if (n_waiting > MAX_WAITING && (page = take(marker, false)))
		mark(marker, page);
}

void
dl_marker_add(struct dl_marker *marker, const char *message_id,
	      int64_t generation, struct dl_str queue_id)
{
	struct page *page;

	if (!marker->open)
		marker->open = page_create();
	page = marker->open;
	dl_db_array_text(&page->ids, message_id);
	dl_db_array_int(&page->generations, generation);
	dl_db_array_str(&page->queue_ids, queue_id);
	if (++page->n == PAGE_MESSAGES)
		hand_over(marker);
}

int64_t
dl_marker_end(struct dl_marker *marker, struct dl_error *err)
{
	struct page *page;
	int64_t marked;

	pthread_mutex_lock(&marker->lock);
	marker->is_ending = true;
	pthread_cond_broadcast(&marker->changed);
	pthread_mutex_unlock(&marker->lock);
	if (marker->open)
		mark(marker, marker->open);
	while ((page = take(marker, false)))
		mark(marker, page);
	if (marker->has_thread)
		pthread_join(marker->thread, NULL);
	marked = marker->marked;
	*err = marker->err;
	pthread_cond_destroy(&marker->changed);
	pthread_mutex_destroy(&marker->lock);
	free(marker);
	return marked;
}
