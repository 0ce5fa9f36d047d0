/* SPDX-License-Identifier: MIT */
/*
 * Text that carries its length and may hold any byte.  It owns nothing: the
 * bytes belong to an arena, a buffer or a literal, and the place that makes a
 * dl_str says for how long they stand.
 */
#ifndef DL_BASE_STR_H
#define DL_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct dl_str {
	const char *ptr; /* NULL only where len is 0 */
	size_t len;      /* bytes */
};

/* A dl_str of a string literal. */
#define DL_STR(literal) ((struct dl_str){"" literal, sizeof(literal) - 1})

/* A dl_str of a NUL-terminated string; NULL gives the empty one. */
static inline struct dl_str
dl_str(const char *s)
{
	return (struct dl_str){s, s ? strlen(s) : 0};
}

static inline bool
dl_str_eq(struct dl_str a, struct dl_str b)
{
	return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/*
 * FNV-1a, 32 bits, of s behind what hash is of (DL_STR_HASH: nothing).  It
 * spreads slots of a table and guards nothing.
 */
#define DL_STR_HASH 2166136261u
static inline uint32_t
dl_str_hash(uint32_t hash, struct dl_str s)
{
	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)s.ptr[i]) * 16777619u;
	return hash;
}

/* Equal, ASCII letters in either case. */
bool dl_str_eq_nocase(struct dl_str a, struct dl_str b);

bool dl_str_starts_with(struct dl_str s, struct dl_str prefix);

/* Whether needle occurs in s; an empty needle does. */
bool dl_str_contains(struct dl_str s, struct dl_str needle);

/* s without ASCII white space at both ends. */
struct dl_str dl_str_trim(struct dl_str s);

/*
 * Cuts the part before the first sep off *rest and returns it; *rest becomes
 * what follows sep, or {NULL, 0} when there is no further part.
 */
struct dl_str dl_str_cut(struct dl_str *rest, char sep);

/*
 * The whole of s as a decimal integer, an optional '-' before it.  False when
 * s is anything else or does not fit.
 */
bool dl_str_to_int64(struct dl_str s, int64_t *out);

#endif
