/* SPDX-License-Identifier: MIT */
/*
 * What was found out about campaigns' numbers a moment ago, so that many
 * viewers of one campaign cost what one does.  An entry holds for one version
 * of its campaign, and no longer than max_age_ms; several requests for the same
 * one wait for the first.
 *
 * Thread-safe.  Memory: at most 64 entries of DL_OUTLOOK_MAX bytes.
 */
#ifndef DL_STATUS_OUTLOOK_CACHE_H
#define DL_STATUS_OUTLOOK_CACHE_H

#include "base/arena.h"
#include "base/str.h"
#include "base/uuid.h"
#include "domain/eta.h"

/* Bytes of "lanes" as JSON: 1,000 numbers of some 300 bytes. */
#define DL_OUTLOOK_MAX (512u << 10)

struct dl_outlook {
	struct dl_str lanes; /* the member's value as JSON */
	int64_t first_ms;    /* the first slot that waits; 0: none */
	int64_t last_ms;
	struct dl_eta eta;
};

struct dl_outlook_cache;

/* max_age_ms 0: nothing is kept.  Never NULL. */
struct dl_outlook_cache *dl_outlook_cache_create(int64_t max_age_ms);
void dl_outlook_cache_destroy(struct dl_outlook_cache *cache);

/*
 * True: *outlook is what was kept, its text in the arena.  False: the caller
 * finds it out and must call dl_outlook_cache_put() afterwards, with NULL where
 * it failed; others may be waiting.  cache may be NULL: always false.
 */
bool dl_outlook_cache_get(struct dl_outlook_cache *cache,
			  const struct dl_uuid *campaign_id, int64_t version,
			  struct dl_arena *arena, struct dl_outlook *outlook);
/* Copies *outlook. */
void dl_outlook_cache_put(struct dl_outlook_cache *cache,
			  const struct dl_uuid *campaign_id, int64_t version,
			  const struct dl_outlook *outlook);

#endif
