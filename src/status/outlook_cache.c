/* SPDX-License-Identifier: MIT */
/* One place for each campaign, found by the random end of its id. */
#include "config.h"

#include "status/outlook_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define N_PLACES 64

struct place {
	struct dl_uuid campaign_id;
	int64_t version;
	int64_t found_boot_ms; /* 0: nothing is kept here */
	struct dl_outlook outlook;
	char *lanes; /* of the heap; what outlook.lanes points to */
	/* Whose campaign_id and version are being looked for; version -1: none.
	 */
	struct dl_uuid sought_id;
	int64_t sought_version;
};

struct dl_outlook_cache {
	int64_t max_age_ms;
	pthread_mutex_t lock;
	pthread_cond_t found;
	struct place places[N_PLACES];
};

struct dl_outlook_cache *
dl_outlook_cache_create(int64_t max_age_ms)
{
	struct dl_outlook_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		abort();
	cache->max_age_ms = max_age_ms;
	pthread_mutex_init(&cache->lock, NULL);
	pthread_cond_init(&cache->found, NULL);
	for (size_t i = 0; i < N_PLACES; i++)
		cache->places[i].sought_version = -1;
	return cache;
}

void
dl_outlook_cache_destroy(struct dl_outlook_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < N_PLACES; i++)
		free(cache->places[i].lanes);
	pthread_cond_destroy(&cache->found);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static struct place *
place_of(struct dl_outlook_cache *cache, const struct dl_uuid *id)
{
	const char *end = id->text + DL_UUID_MAX - 3;

	return &cache->places[strtoul(end, NULL, 16) % N_PLACES];
}

static bool
is_same(const struct dl_uuid *a, int64_t a_version, const struct dl_uuid *b,
	int64_t b_version)
{
	return a_version == b_version && strcmp(a->text, b->text) == 0;
}

static bool
is_fresh(const struct dl_outlook_cache *cache, const struct place *place,
	 const struct dl_uuid *id, int64_t version)
{
	return place->found_boot_ms > 0 &&
	       is_same(&place->campaign_id, place->version, id, version) &&
	       dl_clock_boot_ms() - place->found_boot_ms < cache->max_age_ms;
}

/* Under the lock: whether the place has it now, or the caller may look. */
static bool
wait_for(struct dl_outlook_cache *cache, struct place *place,
	 const struct dl_uuid *id, int64_t version)
{
	for (;;) {
		if (is_fresh(cache, place, id, version))
			return true;
		if (!is_same(&place->sought_id, place->sought_version, id,
			     version))
			break;
		pthread_cond_wait(&cache->found, &cache->lock);
	}
	if (place->sought_version == -1) {
		place->sought_id = *id;
		place->sought_version = version;
	}
	return false;
}

bool
dl_outlook_cache_get(struct dl_outlook_cache *cache,
		     const struct dl_uuid *campaign_id, int64_t version,
		     struct dl_arena *arena, struct dl_outlook *outlook)
{
	struct place *place;
	bool is_found;

	if (!cache || !cache->max_age_ms)
		return false;
	place = place_of(cache, campaign_id);
	pthread_mutex_lock(&cache->lock);
	is_found = wait_for(cache, place, campaign_id, version);
	if (is_found) {
		*outlook = place->outlook;
		outlook->lanes = dl_arena_str(arena, outlook->lanes);
	}
	pthread_mutex_unlock(&cache->lock);
	return is_found;
}

static void
keep(struct place *place, const struct dl_uuid *id, int64_t version,
     const struct dl_outlook *outlook)
{
	char *lanes = malloc(outlook->lanes.len + 1);

	if (!lanes)
		return;
	memcpy(lanes, outlook->lanes.ptr, outlook->lanes.len);
	free(place->lanes);
	place->lanes = lanes;
	place->outlook = *outlook;
	place->outlook.lanes.ptr = lanes;
	place->campaign_id = *id;
	place->version = version;
	place->found_boot_ms = dl_clock_boot_ms();
}

void
dl_outlook_cache_put(struct dl_outlook_cache *cache,
		     const struct dl_uuid *campaign_id, int64_t version,
		     const struct dl_outlook *outlook)
{
	struct place *place;

	if (!cache || !cache->max_age_ms)
		return;
	place = place_of(cache, campaign_id);
	pthread_mutex_lock(&cache->lock);
	if (outlook && outlook->lanes.len <= DL_OUTLOOK_MAX)
		keep(place, campaign_id, version, outlook);
	if (is_same(&place->sought_id, place->sought_version, campaign_id,
		    version))
		place->sought_version = -1;
	pthread_cond_broadcast(&cache->found);
	pthread_mutex_unlock(&cache->lock);
}
