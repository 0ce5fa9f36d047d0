/* SPDX-License-Identifier: MIT */
/*
 * The most frequent failures of a campaign, from its error_counts, in the
 * words of domain/row_errors.h.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_TOP_ERRORS_H
#define DL_DOMAIN_TOP_ERRORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

#define DL_TOP_ERRORS_MAX 5

struct dl_top_error {
	const char *code; /* in the arena */
	int64_t count;
	const char *message; /* Portuguese, static */
	const char *action;  /* Portuguese, static */
};

/*
 * Fills top, the most frequent first, equal ones by code, from
 * {"<error_code>": n}; returns how many.  Entries that are no positive number
 * are left out; a code that this version does not know has general words.
 */
size_t dl_top_errors(struct dl_arena *arena, struct dl_str error_counts,
		     struct dl_top_error top[DL_TOP_ERRORS_MAX]);

/* The words for a stored code; those of an unknown one are general. */
const char *dl_error_words(struct dl_str code, const char **action);

#endif
