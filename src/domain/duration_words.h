/* SPDX-License-Identifier: MIT */
/*
 * How long something takes, in words for people who plan their day by it.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_DURATION_WORDS_H
#define DL_DOMAIN_DURATION_WORDS_H

#include <stdint.h>

/* "cerca de 23 horas e 55 minutos", or days of 19 digits, and the NUL. */
#define DL_DURATION_WORDS_MAX 64

/*
 * Writes seconds in Portuguese and returns out: "menos de 1 minuto", "cerca de
 * 9 minutos", "cerca de 2 horas e 15 minutos" (to five minutes), "1 dia e 3
 * horas" (to the hour), from 30 days on whole days.  A negative number is 0.
 */
const char *dl_duration_words(int64_t seconds, char out[DL_DURATION_WORDS_MAX]);

#endif
