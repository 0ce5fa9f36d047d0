/* SPDX-License-Identifier: MIT */
/*
 * Finds several numbers in one field.  What separates them varies, and "/" and
 * white space also stand inside numbers, so the clear separators are tried
 * first, then the slash, then every gap.
 */
#include "config.h"

#include "domain/phone.h"

#include <string.h>

#include "domain/phone_internal.h"

/* Without an area code a number still has eight digits. */
#define PART_DIGITS_MIN 8

/* "00" and the 15 digits of E.164. */
#define PART_DIGITS_MAX 17

/* Trying every gap costs the square of the length; no cell of two or three
 * numbers is longer. */
#define GAPS_LEN_MAX 128

static struct dl_str
slice(struct dl_str text, size_t from, size_t to)
{
	return (struct dl_str){text.ptr + from, to - from};
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits of the part; *is_blank when nothing but white space is in it. */
static size_t
inspect(struct dl_str part, bool *is_blank)
{
	size_t n = 0;

	*is_blank = true;
	for (size_t at = 0; at < part.len;) {
		int32_t point = dl_phone_next_point(part, &at);

		if (!dl_phone_is_blank_point(point))
			*is_blank = false;
		if (point >= '0' && point <= '9')
			n++;
	}
	return n;
}

/* The length of " e " or " ou " at this place, less the space behind it. */
static size_t
word_at(struct dl_str text, size_t at)
{
	static const char *const words[] = {" e ", " E ", " ou ", " OU "};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);

		if (text.len - at >= len &&
		    memcmp(text.ptr + at, words[i], len) == 0)
			return len - 1;
	}
	return 0;
}

static size_t
separator_at(struct dl_str text, size_t at, const char *separators)
{
	char c = text.ptr[at];

	if (c && strchr(separators, c))
		return 1;
	return c == ' ' ? word_at(text, at) : 0;
}

/*
 * Splits at the separators; 0 when a part is neither blank nor long enough
 * to be a number, so that this is not what they are there for.
 */
static size_t
split_at(struct dl_str cell, const char *separators, struct dl_str *parts,
	 size_t max)
{
	size_t n = 0, from = 0;

	for (size_t at = 0; at <= cell.len; at++) {
		size_t len =
		    at < cell.len ? separator_at(cell, at, separators) : 1;
		size_t digits;
		bool is_blank;

		if (!len)
			continue;
		digits = inspect(slice(cell, from, at), &is_blank);
		if (!is_blank && digits < PART_DIGITS_MIN)
			return 0;
		if (!is_blank && n == max)
			parts[max - 1].len =
			    (size_t)(cell.ptr + at - parts[max - 1].ptr);
		else if (!is_blank)
			parts[n++] = slice(cell, from, at);
		from = at + len;
	}
	return n;
}

/* Splits before a gap that leaves a valid number on its left. */
static size_t
split_gaps(struct dl_str cell, int country, struct dl_str *parts, size_t max)
{
	struct dl_phone phone;
	size_t n, digits = 0;

	if (cell.len > GAPS_LEN_MAX || max < 2)
		return 0;
	for (size_t at = 1; at < cell.len && digits <= PART_DIGITS_MAX; at++) {
		struct dl_str left = slice(cell, 0, at);
		struct dl_str right = slice(cell, at, cell.len);

		digits += is_digit(cell.ptr[at - 1]);
		if (!is_digit(cell.ptr[at - 1]) || is_digit(cell.ptr[at]) ||
		    digits < PART_DIGITS_MIN ||
		    dl_phone_parse_one(left, country, &phone) != DL_P_OK)
			continue;
		parts[0] = left;
		parts[1] = right;
		if (dl_phone_parse_one(right, country, &phone) == DL_P_OK)
			return 2;
		n = split_gaps(right, country, parts + 1, max - 1);
		if (n > 1)
			return 1 + n;
	}
	return 0;
}

size_t
dl_phone_split(struct dl_str cell, int country, struct dl_str *parts,
	       size_t max)
{
	size_t n = 0;

	if (cell.len)
		n = split_at(cell, ",;|&\r\n", parts, max);
	if (n < 2 && cell.len)
		n = split_at(cell, ",;|&\r\n/", parts, max);
	if (n < 2)
		n = split_gaps(cell, country, parts, max);
	if (n < 2) {
		parts[0] = cell;
		n = 1;
	}
	return n;
}
