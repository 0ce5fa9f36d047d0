/* SPDX-License-Identifier: MIT */
/*
 * The expression of Upstash-Retry-Delay: milliseconds until the next attempt,
 * from the number of retries made so far.  Numbers, retried, + - * / and
 * parentheses, pow sqrt abs exp floor ceil round min max.  Doubles all the
 * way; no name, loop or call beyond these exists, so that it can be taken
 * from anybody.
 *
 * Pure; thread-safe.  Source: QStash, "Retry", read 2026-11.
 */
#ifndef DL_QUEUE_RETRY_DELAY_H
#define DL_QUEUE_RETRY_DELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* "5000 * pow(6, retried)" has 22; nobody needs ten times that. */
#define DL_RETRY_DELAY_MAX_LEN 256
/* Parentheses, calls and signs within one another. */
#define DL_RETRY_DELAY_MAX_DEPTH 32
/* A longer delay becomes this one, milliseconds. */
#define DL_RETRY_DELAY_CAP_MS 86400000

/* Whether the text is such an expression, whatever it evaluates to. */
bool dl_retry_delay_check(struct dl_str expression);

/*
 * Its value for retried (0 before the first retry), rounded down to whole
 * milliseconds and capped.  False where it is no expression, or its value is
 * negative or no number.
 */
bool dl_retry_delay_eval(struct dl_str expression, int64_t retried,
			 int64_t *delay_ms);

#endif
