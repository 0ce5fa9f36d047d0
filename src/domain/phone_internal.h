/* SPDX-License-Identifier: MIT */
/* What phone.c and phone_split.c share; of no use to anybody else. */
#ifndef DL_DOMAIN_PHONE_INTERNAL_H
#define DL_DOMAIN_PHONE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/phone.h"

/* As dl_phone_parse(), for a field that holds one number at most. */
enum dl_problem_code dl_phone_parse_one(struct dl_str text, int country,
					struct dl_phone *out);

/*
 * The code point at text.ptr[*at], *at moved behind it; U+FFFD, one byte on,
 * for bytes that are no UTF-8.
 */
int32_t dl_phone_next_point(struct dl_str text, size_t *at);

/* White space of any kind, and the format characters that nobody sees. */
bool dl_phone_is_blank_point(int32_t point);

#endif
