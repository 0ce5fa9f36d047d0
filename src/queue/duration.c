/* SPDX-License-Identifier: MIT */
/* Numbers with units, summed up. */
#include "config.h"

#include "queue/duration.h"

#include <ctype.h>
#include <stddef.h>

struct unit {
	struct dl_str name;
	double factor;
};

/* Milliseconds; the longer name of two that begin alike stands first. */
static const struct unit go_units[] = {
    {{"ns", 2}, 1e-6},        {{"us", 2}, 1e-3}, {{"\xc2\xb5s", 3}, 1e-3},
    {{"\xce\xbcs", 3}, 1e-3}, {{"ms", 2}, 1},    {{"s", 1}, 1e3},
    {{"m", 1}, 60e3},         {{"h", 1}, 3600e3}};

/* Seconds. */
static const struct unit own_units[] = {
    {{"s", 1}, 1}, {{"m", 1}, 60}, {{"h", 1}, 3600}, {{"d", 1}, 86400}};

static struct dl_str
skip(struct dl_str s, size_t n)
{
	return (struct dl_str){s.ptr + n, s.len - n};
}

/*
 * Cuts the digits off *rest, with a fraction where allowed; false where there
 * is none.  A number beyond 10^15 is beyond every limit, exact or not.
 */
static bool
cut_number(struct dl_str *rest, bool may_be_fraction, double *number)
{
	double scale = 1;
	size_t n = 0;
	size_t digits = 0;
	bool is_fraction = false;

	*number = 0;
	for (; n < rest->len; n++) {
		char c = rest->ptr[n];

		if (c == '.' && may_be_fraction && !is_fraction) {
			is_fraction = true;
			continue;
		}
		if (!isdigit((unsigned char)c))
			break;
		digits++;
		if (is_fraction)
			scale /= 10;
		*number = is_fraction ? *number + (c - '0') * scale
				      : *number * 10 + (c - '0');
	}
	*rest = skip(*rest, n);
	return digits > 0;
}

static bool
cut_unit(struct dl_str *rest, const struct unit *units, size_t n_units,
	 double *factor)
{
	for (size_t i = 0; i < n_units; i++) {
		if (!dl_str_starts_with(*rest, units[i].name))
			continue;
		*rest = skip(*rest, units[i].name.len);
		*factor = units[i].factor;
		return true;
	}
	return false;
}

static bool
parse(struct dl_str text, bool may_be_fraction, const struct unit *units,
      size_t n_units, double max, int64_t *sum)
{
	double total = 0;

	if (!text.len)
		return false;
	while (text.len) {
		double number, factor;

		if (!cut_number(&text, may_be_fraction, &number) ||
		    !cut_unit(&text, units, n_units, &factor))
			return false;
		total += number * factor;
	}
	if (total > max)
		return false;
	/* 0.1 + 0.2 s are 300 ms: a millionth makes up for the binary. */
	*sum = (int64_t)(total + 1e-6);
	return true;
}

bool
dl_duration_parse(struct dl_str text, int64_t *seconds)
{
	if (dl_str_eq(text, DL_STR("0"))) {
		*seconds = 0;
		return true;
	}
	return parse(text, false, own_units,
		     sizeof(own_units) / sizeof(*own_units), DL_DURATION_MAX_S,
		     seconds);
}

bool
dl_duration_parse_go(struct dl_str text, int64_t *milliseconds)
{
	return parse(text, true, go_units, sizeof(go_units) / sizeof(*go_units),
		     DL_DURATION_MAX_S * 1e3, milliseconds);
}
