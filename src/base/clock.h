/* SPDX-License-Identifier: MIT */
/*
 * Clocks and the one way times are written: RFC 3339, UTC.  Times are int64_t
 * milliseconds since 1970 unless the name says otherwise.  Deciding code
 * takes the time as an argument and never calls the first two.
 *
 * Thread-safe.
 */
#ifndef DL_BASE_CLOCK_H
#define DL_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/str.h"

/* "2026-11-27T12:00:00.000Z" and its NUL */
#define DL_RFC3339_MAX 32

/* Wall clock (CLOCK_REALTIME), milliseconds since 1970. */
int64_t dl_clock_now_ms(void);

/* Milliseconds since boot, sleep included (CLOCK_BOOTTIME): for deadlines. */
int64_t dl_clock_boot_ms(void);

/* ms from now (CLOCK_MONOTONIC), for a wait on a condition. */
void dl_clock_after(int64_t ms, struct timespec *until);

/* Sleeps ms milliseconds; a signal does not shorten it. */
void dl_clock_sleep_ms(int64_t ms);

/* Writes "2026-11-27T15:00:00.000Z" and returns out. */
const char *dl_clock_format(int64_t at_ms, char out[DL_RFC3339_MAX]);

/*
 * Reads an RFC 3339 date-time with a zone ("2026-11-27T12:00:00-03:00",
 * fractions of any length allowed, cut to ms; "T" and "Z" in either case).
 * False for anything else, an impossible date, or a year outside 1970-9999.
 */
bool dl_clock_parse(struct dl_str s, int64_t *at_ms);

#endif
