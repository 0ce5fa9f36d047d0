/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the text of a phone field.  What is accepted is E.164, reads as
 * itself again, and so does its key; parts of a cell lie inside it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/phone.h"
#include "fuzz.h"

static void
check_again(const char *digits, const char *key)
{
	struct dl_phone again;
	char text[DL_PHONE_MAX + 1];

	snprintf(text, sizeof(text), "+%s", digits);
	if (dl_phone_parse(dl_str(text), 55, &again) != DL_P_OK ||
	    strcmp(again.digits, digits) != 0 || strcmp(again.key, key) != 0)
		abort();
}

static void
check_parts(struct dl_str cell)
{
	struct dl_str parts[5];
	size_t n = dl_phone_split(cell, 55, parts, 5);

	if (n < 1 || n > 5)
		abort();
	for (size_t i = 0; i < n; i++)
		if (parts[i].len &&
		    (parts[i].ptr < cell.ptr ||
		     parts[i].ptr + parts[i].len > cell.ptr + cell.len))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dl_str text = {(const char *)data, size};
	struct dl_phone phone;

	if (dl_phone_parse(text, 55, &phone) == DL_P_OK) {
		check_again(phone.digits, phone.key);
		check_again(phone.key, phone.key);
	} else if (phone.digits[0] || phone.key[0]) {
		abort();
	}
	(void)!dl_phone_parse(text, 351, &phone);
	check_parts(text);
	return 0;
}
