/* SPDX-License-Identifier: MIT */
/* One place for each campaign, found by the random end of its id. */
#include "config.h"

#include "status/answer_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/die.h"

#define N_PLACES 64
/*
 * An answer that was begun before we came may be too old for us; the next one
 * is not.  Whoever has waited for both met a failure, and looks himself.
 */
#define MAX_WAITS 2

struct place {
	struct dl_uuid campaign_id;
	int64_t version;
	int64_t made_boot_ms; /* 0: nothing is kept here */
	uint64_t begun;       /* dl_answer_look's */
	struct dl_buf body;
	struct dl_uuid sought_id; /* its answer is being made */
	uint64_t sought;          /* begun then; 0: none is */
	uint64_t n_made;          /* how often one was, or could not be */
};

struct dl_answer_cache {
	int64_t max_age_ms;
	pthread_mutex_t lock;
	pthread_cond_t made;
	uint64_t moment; /* the last look's */
	struct place places[N_PLACES];
};

struct dl_answer_cache *
dl_answer_cache_create(int64_t max_age_ms)
{
	struct dl_answer_cache *cache = dl_must(calloc(1, sizeof(*cache)));

	cache->max_age_ms = max_age_ms;
	pthread_mutex_init(&cache->lock, NULL);
	pthread_cond_init(&cache->made, NULL);
	for (size_t i = 0; i < N_PLACES; i++)
		dl_buf_init(&cache->places[i].body, NULL, DL_ANSWER_KEPT_MAX);
	return cache;
}

void
dl_answer_cache_destroy(struct dl_answer_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < N_PLACES; i++)
		dl_buf_clear(&cache->places[i].body);
	pthread_cond_destroy(&cache->made);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static struct place *
place_of(struct dl_answer_cache *cache, const struct dl_uuid *id)
{
	const char *end = id->text + DL_UUID_MAX - 3;

	return &cache->places[strtoul(end, NULL, 16) % N_PLACES];
}

static bool
is_same(const struct dl_uuid *a, const struct dl_uuid *b)
{
	return strcmp(a->text, b->text) == 0;
}

/* Whether an answer about the campaign is there, however old. */
static bool
holds(const struct place *place, const struct dl_uuid *id)
{
	return place->made_boot_ms > 0 && is_same(&place->campaign_id, id);
}

/*
 * Versions only grow: an answer of a later one than the caller saw was read
 * after the caller looked.  One begun after the caller came is no older than
 * what he would find himself.
 */
static bool
is_fresh(const struct dl_answer_cache *cache, const struct place *place,
	 const struct dl_uuid *id, int64_t version, uint64_t came)
{
	return holds(place, id) && place->version >= version &&
	       (place->begun > came ||
		dl_clock_boot_ms() - place->made_boot_ms < cache->max_age_ms);
}

/* Under the lock: whether the place has it now, or the caller must look. */
static bool
wait_for(struct dl_answer_cache *cache, struct place *place,
	 const struct dl_uuid *id, struct dl_answer_look *look)
{
	uint64_t came = cache->moment;

	for (int waits = 0; !is_fresh(cache, place, id, look->version, came);
	     waits++) {
		uint64_t n_before = place->n_made;
		bool is_sought = place->sought > 0;

		if (is_sought && is_same(&place->sought_id, id) &&
		    waits < MAX_WAITS) {
			while (place->n_made == n_before)
				pthread_cond_wait(&cache->made, &cache->lock);
			continue;
		}
		look->begun = ++cache->moment;
		if (!is_sought) {
			place->sought_id = *id;
			place->sought = look->begun;
		}
		return false;
	}
	return true;
}

bool
dl_answer_cache_get(struct dl_answer_cache *cache,
		    const struct dl_uuid *campaign_id,
		    struct dl_answer_look *look, struct dl_buf *body)
{
	struct place *place;
	bool is_found;

	if (!cache)
		return false;
	place = place_of(cache, campaign_id);
	pthread_mutex_lock(&cache->lock);
	is_found = wait_for(cache, place, campaign_id, look);
	if (is_found) {
		look->version = place->version;
		dl_buf_append_str(body, dl_buf_str(&place->body));
	}
	pthread_mutex_unlock(&cache->lock);
	return is_found;
}

/* Unless an answer is there that was begun later. */
static void
keep(struct place *place, const struct dl_uuid *id,
     const struct dl_answer_look *look, struct dl_str body)
{
	if (holds(place, id) && place->begun > look->begun)
		return;
	place->begun = look->begun;
	dl_buf_reset(&place->body);
	dl_buf_append_str(&place->body, body);
	place->campaign_id = *id;
	place->version = look->version;
	place->made_boot_ms =
	    dl_buf_failed(&place->body) ? 0 : dl_clock_boot_ms();
}

void
dl_answer_cache_put(struct dl_answer_cache *cache,
		    const struct dl_uuid *campaign_id,
		    const struct dl_answer_look *look, struct dl_str body)
{
	struct place *place;

	if (!cache)
		return;
	place = place_of(cache, campaign_id);
	pthread_mutex_lock(&cache->lock);
	if (body.ptr)
		keep(place, campaign_id, look, body);
	if (place->sought == look->begun) {
		place->sought = 0;
		place->n_made++;
		pthread_cond_broadcast(&cache->made);
	}
	pthread_mutex_unlock(&cache->lock);
}
