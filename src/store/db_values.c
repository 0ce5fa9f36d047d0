/* SPDX-License-Identifier: MIT */
/* Values into parameters and out of results, all as text. */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "store/db.h"

/* More than the names that one view reads of its rows. */
#define N_GUESSES 127

/*
 * The column's number; a name that the statement lacks is a program error.
 * Comparing with all names is most of what reading a short value costs, so the
 * number that this name, a literal mostly, had the last time is tried first: a
 * guess alone, right for whatever result.
 */
static int
number_of(const PGresult *result, const char *column)
{
	static _Thread_local unsigned char guesses[N_GUESSES];
	unsigned char *guess = &guesses[(uintptr_t)column % N_GUESSES];
	int n = *guess;

	if (n < PQnfields(result) && strcmp(PQfname(result, n), column) == 0)
		return n;
	n = PQfnumber(result, column);
	assert(n >= 0);
	*guess = (unsigned char)n;
	return n;
}

struct dl_str
dl_db_text(const PGresult *result, int row, const char *column)
{
	int n = number_of(result, column);

	if (PQgetisnull(result, row, n))
		return (struct dl_str){NULL, 0};
	return (struct dl_str){PQgetvalue(result, row, n),
			       (size_t)PQgetlength(result, row, n)};
}

const char *
dl_db_cstr(const PGresult *result, int row, const char *column)
{
	return dl_db_text(result, row, column).ptr;
}

int64_t
dl_db_int(const PGresult *result, int row, const char *column, int64_t fallback)
{
	struct dl_str text = dl_db_text(result, row, column);
	int64_t value = fallback;
	bool is_number;

	if (!text.ptr)
		return fallback;
	is_number = dl_str_to_int64(text, &value);
	assert(is_number);
	(void)is_number;
	return value;
}

bool
dl_db_bool(const PGresult *result, int row, const char *column)
{
	return dl_str_eq(dl_db_text(result, row, column), DL_STR("t"));
}

const char *
dl_db_from_int(struct dl_arena *arena, int64_t n)
{
	return dl_arena_printf(arena, "%" PRId64, n);
}

const char *
dl_db_from_time(struct dl_arena *arena, int64_t at_ms)
{
	char text[DL_RFC3339_MAX];

	return dl_arena_strdup(arena, dl_clock_format(at_ms, text));
}
