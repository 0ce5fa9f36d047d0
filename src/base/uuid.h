/* SPDX-License-Identifier: MIT */
/*
 * UUIDs as lower-case text (RFC 9562).
 *
 * Thread-safe.
 */
#ifndef DL_BASE_UUID_H
#define DL_BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* 36 characters and the NUL */
#define DL_UUID_MAX 37

struct dl_uuid {
	char text[DL_UUID_MAX];
};

/*
 * Reads the 8-4-4-4-12 form, letters in either case, and writes it in lower
 * case.  False for anything else.
 */
bool dl_uuid_parse(struct dl_str s, struct dl_uuid *out);

/*
 * Version 7: at_ms in front, so that rows made together lie together in an
 * index; sequence (0..4095) orders the ids of one millisecond; the rest is
 * random.
 */
void dl_uuid_v7(int64_t at_ms, unsigned int sequence, struct dl_uuid *out);

/* Version 4: random, for tokens that must not be guessed. */
void dl_uuid_v4(struct dl_uuid *out);

#endif
