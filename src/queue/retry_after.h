/* SPDX-License-Identifier: MIT */
/*
 * When a destination wants to be asked again: Retry-After or one of its
 * relatives, X-RateLimit-Reset, -Reset-Requests, -Reset-Tokens, looked at in
 * this order.  A value is seconds, an HTTP date, or a Go duration ("6m5s").
 *
 * Pure; thread-safe.  Source: QStash, "Retry", read 2026-11.
 */
#ifndef DL_QUEUE_RETRY_AFTER_H
#define DL_QUEUE_RETRY_AFTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* A longer wait than this is ignored, milliseconds. */
#define DL_RETRY_AFTER_MAX_MS 86400000

/*
 * One value at now_ms (since 1970).  A date that has passed is 0.  False
 * where it is none of the three forms, or longer than the maximum.
 */
bool dl_retry_after_parse(struct dl_str value, int64_t now_ms,
			  int64_t *delay_ms);

/* What the header of a response is named and says; {NULL, 0} where absent. */
typedef struct dl_str (*dl_retry_after_lookup)(const void *headers,
					       const char *name);

/* The first of the four that says something usable; false for none. */
bool dl_retry_after_find(dl_retry_after_lookup lookup, const void *headers,
			 int64_t now_ms, int64_t *delay_ms);

#endif
