/* SPDX-License-Identifier: MIT */
/*
 * The two ways that the queue's API writes a span of time: QStash's own
 * ("1d10h30m", whole numbers, units s m h d) and Go's ("6m5s", "1.5h", units
 * ns us µs ms s m h).
 *
 * Pure; thread-safe.
 */
#ifndef DL_QUEUE_DURATION_H
#define DL_QUEUE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Beyond it a span is refused: ten years, in seconds. */
#define DL_DURATION_MAX_S 315360000

/*
 * One or more "<whole number><unit>", or a bare "0".  False for anything
 * else and beyond DL_DURATION_MAX_S.
 */
bool dl_duration_parse(struct dl_str text, int64_t *seconds);

/*
 * Go's time.ParseDuration without a sign, cut to milliseconds.  False as
 * above.
 */
bool dl_duration_parse_go(struct dl_str text, int64_t *milliseconds);

#endif
