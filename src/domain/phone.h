/* SPDX-License-Identifier: MIT */
/*
 * Phone numbers as people and spreadsheets write them, read into E.164
 * digits.  Knows Brazil in full (area codes, ninth digit, landlines, carrier
 * prefixes), of other countries only the country code and the length, and the
 * North American shape.  Whether a number has WhatsApp, Evolution says.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_PHONE_H
#define DL_DOMAIN_PHONE_H

#include <stddef.h>

#include "base/str.h"
#include "domain/problem_codes.h"

/* E.164: at most 15 digits; and the NUL */
#define DL_PHONE_MAX 16

/* What a number without a country code belongs to, where nothing is set. */
#define DL_PHONE_BRAZIL 55

struct dl_phone {
	char digits[DL_PHONE_MAX]; /* "5511987654321", as it is dialled */
	char key[DL_PHONE_MAX];    /* the identity: both spellings are one */
};

/*
 * Reads one number.  text is UTF-8, the value as the caller wrote it (a JSON
 * integer as its digits); country is the code of numbers written without one,
 * 1..999.  DL_P_OK and *out filled, or one of the DL_P_PHONE_* codes and *out
 * empty.
 */
enum dl_problem_code dl_phone_parse(struct dl_str text, int country,
				    struct dl_phone *out);

/*
 * Where the owner of a number lives, for send windows in the recipient's own
 * hours: 0 abroad; in Brazil 1 by Brasília's time, 2 an hour behind it (area
 * codes 65 66 67 69 92 95 97), 3 two hours behind it (68).  digits: E.164.
 * Agrees with disparalead.phone_place, which the claim asks.
 */
int dl_phone_place(const char *digits);

/*
 * Splits a spreadsheet's cell into the numbers in it: at line ends, commas,
 * semicolons, bars, "e" and "ou", or slashes where each part holds eight digits
 * or more; else where white space or a sign leaves a number on both sides.
 * parts point into cell.  A cell with one number or none gives one part, the
 * whole.  Returns the number of parts, at most max (>= 1); the last holds
 * what did not fit.
 */
size_t dl_phone_split(struct dl_str cell, int country, struct dl_str *parts,
		      size_t max);

#endif
