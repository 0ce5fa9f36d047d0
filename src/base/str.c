/* SPDX-License-Identifier: MIT */
/* Text with its length: comparison, trimming, cutting, integers. */
#include "config.h"

#include "base/str.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool
dl_str_eq_nocase(struct dl_str a, struct dl_str b)
{
	return a.len == b.len &&
	       (!a.len || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

bool
dl_str_starts_with(struct dl_str s, struct dl_str prefix)
{
	return s.len >= prefix.len &&
	       (!prefix.len || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool
dl_str_contains(struct dl_str s, struct dl_str needle)
{
	if (!needle.len)
		return true;
	if (!s.len)
		return false;
	return memmem(s.ptr, s.len, needle.ptr, needle.len) != NULL;
}

struct dl_str
dl_str_trim(struct dl_str s)
{
	while (s.len && is_space(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

struct dl_str
dl_str_cut(struct dl_str *rest, char sep)
{
	struct dl_str part = *rest;
	const char *at = part.len ? memchr(part.ptr, sep, part.len) : NULL;

	if (!at) {
		*rest = (struct dl_str){NULL, 0};
		return part;
	}
	part.len = (size_t)(at - part.ptr);
	rest->ptr = at + 1;
	rest->len -= part.len + 1;
	return part;
}

bool
dl_str_to_int64(struct dl_str s, int64_t *out)
{
	bool negative = s.len && s.ptr[0] == '-';
	int64_t value = 0;

	if (s.len == (negative ? 1U : 0U))
		return false;
	for (size_t i = negative ? 1 : 0; i < s.len; i++) {
		int digit = s.ptr[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		/* Counted downwards, so that INT64_MIN fits as well. */
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, digit, &value))
			return false;
	}
	if (!negative && value == INT64_MIN)
		return false;
	*out = negative ? value : -value;
	return true;
}
