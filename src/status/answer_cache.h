/* SPDX-License-Identifier: MIT */
/*
 * Whole answers about one campaign as they were given a moment ago, so that
 * many viewers of it cost what one does.  An answer is of one moment: nothing
 * in it is newer or older than the rest.  It holds while the campaign's version
 * stands, and no longer than max_age_ms after it was made; several requests
 * for the same campaign wait for the first.
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

/* max_age_ms 0: nothing is kept.  Never NULL. */
struct dl_answer_cache *dl_answer_cache_create(int64_t max_age_ms);
void dl_answer_cache_destroy(struct dl_answer_cache *cache);

/*
 * Who has just seen the campaign at *version asks for its answer.  True: body
 * got it, and *version is the answer's: that one, or a later one that another
 * request met meanwhile.  False: the caller makes the answer and must call
 * dl_answer_cache_put() afterwards; others may be waiting.  The caller has
 * found out that this viewer may see the campaign.  cache may be NULL: always
 * false.
 */
bool dl_answer_cache_get(struct dl_answer_cache *cache,
			 const struct dl_uuid *campaign_id, int64_t *version,
			 struct dl_buf *body);
/*
 * Copies body, the campaign's answer at version; {NULL, 0} where there is none
 * to keep.
 */
void dl_answer_cache_put(struct dl_answer_cache *cache,
			 const struct dl_uuid *campaign_id, int64_t version,
			 struct dl_str body);

#endif
