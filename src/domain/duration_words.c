/* SPDX-License-Identifier: MIT */
/* Rounded first, then split: never "60 minutos" or "24 horas". */
#include "config.h"

#include "domain/duration_words.h"

#include <inttypes.h>
#include <stdio.h>

#define MINUTE INT64_C(60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
/* Beyond it nobody counts the hours. */
#define LONG_DAYS 30

/* To the nearest multiple of unit, in units; halves go up. */
static int64_t
nearest(int64_t seconds, int64_t unit)
{
	return seconds / unit + (seconds % unit * 2 >= unit);
}

/* "1 dia e 3 horas", "2 dias". */
static const char *
write_two(char out[DL_DURATION_WORDS_MAX], const char *about, int64_t large,
	  const char *large_noun, int64_t small, const char *small_noun)
{
	int n = snprintf(out, DL_DURATION_WORDS_MAX, "%s%" PRId64 " %s%s",
			 about, large, large_noun, large == 1 ? "" : "s");

	if (small && n > 0 && n < DL_DURATION_WORDS_MAX)
		snprintf(out + n, (size_t)(DL_DURATION_WORDS_MAX - n),
			 " e %" PRId64 " %s%s", small, small_noun,
			 small == 1 ? "" : "s");
	return out;
}

const char *
dl_duration_words(int64_t seconds, char out[DL_DURATION_WORDS_MAX])
{
	int64_t minutes = nearest(seconds, MINUTE);
	int64_t fives = nearest(seconds, 5 * MINUTE) * 5;
	int64_t hours = nearest(seconds, HOUR);

	if (seconds < MINUTE) {
		snprintf(out, DL_DURATION_WORDS_MAX, "menos de 1 minuto");
		return out;
	}
	if (minutes < 60)
		return write_two(out, "cerca de ", minutes, "minuto", 0, "");
	if (fives < 24 * 60)
		return write_two(out, "cerca de ", fives / 60, "hora",
				 fives % 60, "minuto");
	if (hours < LONG_DAYS * 24)
		return write_two(out, "", hours / 24, "dia", hours % 24,
				 "hora");
	return write_two(out, "", nearest(seconds, DAY), "dia", 0, "");
}
