/* SPDX-License-Identifier: MIT */
/*
 * Whole answers about one campaign as they were given a moment ago, so that
 * many viewers of it cost what one does.  An answer is of one moment: nothing
 * in it is newer or older than the rest.  It holds while the campaign's version
 * stands, and no longer than max_age_ms after it was made; several requests
 * for the same campaign wait for the first.  Those that came before its making
 * began take it in any case: it is no older than what each would read itself.
 *
 * Thread-safe.  Memory: at most 64 answers of DL_ANSWER_KEPT_MAX bytes.
 */
#ifndef DL_STATUS_ANSWER_CACHE_H
#define DL_STATUS_ANSWER_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/uuid.h"

/* Bytes of a kept answer: 1,000 numbers of some 300 bytes, and the campaign. */
#define DL_ANSWER_KEPT_MAX (512u << 10)

struct dl_answer_cache;

/* One viewer's look at a campaign. */
struct dl_answer_look {
	int64_t version; /* as he saw it; then the answer's */
	uint64_t begun;  /* set by get, for put: counts, has no unit */
};

/* max_age_ms 0: only requests that wait together share.  Never NULL. */
struct dl_answer_cache *dl_answer_cache_create(int64_t max_age_ms);
void dl_answer_cache_destroy(struct dl_answer_cache *cache);

/*
 * Who has just seen the campaign at look->version asks for its answer.  True:
 * body got it, and look->version is the answer's: that one, or a later one that
 * another request met meanwhile.  False: the caller makes the answer and must
 * call dl_answer_cache_put() afterwards with the same look; others may be
 * waiting.  The caller has found out that this viewer may see the campaign.
 * cache may be NULL: always false.
 */
bool dl_answer_cache_get(struct dl_answer_cache *cache,
			 const struct dl_uuid *campaign_id,
			 struct dl_answer_look *look, struct dl_buf *body);
/*
 * Copies body, the campaign's answer at look->version; {NULL, 0} where there is
 * none to keep.
 */
void dl_answer_cache_put(struct dl_answer_cache *cache,
			 const struct dl_uuid *campaign_id,
			 const struct dl_answer_look *look, struct dl_str body);

#endif
