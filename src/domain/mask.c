/* SPDX-License-Identifier: MIT */
/* Stars over digits. */
#include "config.h"

#include "domain/mask.h"

#include <stdbool.h>

/* A landline without area code has eight digits. */
#define PHONE_DIGITS_MIN 8
/* What remains readable at the end of a short number, or one in a text. */
#define SHOWN_IN_TEXT 2

struct dl_str
dl_mask_phone(struct dl_arena *arena, struct dl_str phone)
{
	char *out =
	    dl_arena_strndup(arena, phone.ptr ? phone.ptr : "", phone.len);
	bool is_long = phone.len >= 12;
	size_t head = is_long ? 5 : 0;
	size_t tail = is_long ? 4 : SHOWN_IN_TEXT;

	if (!out)
		return (struct dl_str){NULL, 0};
	for (size_t i = head; i + tail < phone.len; i++)
		out[i] = '*';
	return (struct dl_str){out, phone.len};
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What people put between the digits of one number: beside these, blanks and
 * dashes beyond ASCII. */
static bool
is_filler(char c)
{
	return (unsigned char)c >= 0x80 || memchr(" \t.-()/", c, 7) != NULL;
}

/* The end of the number that begins at from, and its digits. */
static size_t
number_end(const char *text, size_t len, size_t from, size_t *digits)
{
	size_t end = from;

	*digits = 0;
	for (size_t i = from; i < len; i++) {
		if (is_digit(text[i])) {
			(*digits)++;
			end = i + 1;
		} else if (!is_filler(text[i])) {
			break;
		}
	}
	return end;
}

struct dl_str
dl_mask_text(struct dl_arena *arena, struct dl_str text)
{
	char *out = dl_arena_strndup(arena, text.ptr ? text.ptr : "", text.len);
	size_t i = 0;

	if (!out)
		return (struct dl_str){NULL, 0};
	while (i < text.len) {
		size_t digits;
		size_t end;

		if (!is_digit(out[i])) {
			i++;
			continue;
		}
		end = number_end(out, text.len, i, &digits);
		if (digits >= PHONE_DIGITS_MIN)
			for (size_t k = i; digits > SHOWN_IN_TEXT; k++)
				if (is_digit(out[k])) {
					out[k] = '*';
					digits--;
				}
		i = end;
	}
	return (struct dl_str){out, text.len};
}
