/* SPDX-License-Identifier: MIT */
/* Rows of campaign_calendar and coming_calendar, sorted into their lists. */
#include "config.h"

#include "store/calendar.h"

/* 50 names of 255 characters, quoted. */
#define MAX_ARRAY (256 * 1024)

static bool
is_kind(const PGresult *rows, int row, const char *kind)
{
	return dl_str_eq(dl_db_text(rows, row, "kind"), dl_str(kind));
}

/* The rows of a kind follow one another: from *first on, how many. */
static size_t
count_kind(const PGresult *rows, const char *kind, int *first)
{
	int row = 0;
	size_t n = 0;

	while (row < PQntuples(rows) && !is_kind(rows, row, kind))
		row++;
	*first = row;
	while (row < PQntuples(rows) && is_kind(rows, row, kind)) {
		row++;
		n++;
	}
	return n;
}

static bool
read_open(struct dl_arena *arena, const PGresult *rows, struct dl_calendar *out)
{
	int first;
	size_t n = count_kind(rows, "open", &first);
	struct dl_open_time *times = dl_arena_array(arena, n, sizeof(*times));

	if (!times)
		return false;
	for (size_t i = 0; i < n; i++) {
		int row = first + (int)i;
		int64_t place = dl_db_int(rows, row, "n", 0);

		times[i] =
		    (struct dl_open_time){dl_db_int(rows, row, "at_s", 0),
					  dl_db_int(rows, row, "until_s", 0)};
		if (place < 0 || place >= DL_PLACES)
			continue;
		if (out->n_open[place]++ == 0)
			out->open[place] = &times[i];
	}
	return true;
}

static bool
read_days(struct dl_arena *arena, const PGresult *rows, struct dl_calendar *out)
{
	int first;
	size_t n = count_kind(rows, "day", &first);

	out->n_days = n;
	if (n == 0)
		return true;
	out->day_starts = dl_arena_array(arena, n + 1, sizeof(int64_t));
	out->left =
	    dl_arena_array(arena, n * out->n_instances, sizeof(*out->left));
	if (!out->day_starts || !out->left)
		return false;
	for (size_t i = 0; i < n; i++) {
		out->day_starts[i] = dl_db_int(rows, first + (int)i, "at_s", 0);
		out->day_starts[i + 1] =
		    dl_db_int(rows, first + (int)i, "until_s", 0);
	}
	return true;
}

/* Where the row's number and day stand in left; NULL where there is no such. */
static int32_t *
left_of(const PGresult *rows, int row, struct dl_calendar *out)
{
	int64_t n = dl_db_int(rows, row, "n", -1);
	int64_t day = dl_db_int(rows, row, "at_s", -1);

	if (n < 0 || (size_t)n >= out->n_instances || day < 0 ||
	    (size_t)day >= out->n_days)
		return NULL;
	return &out->left[(size_t)n * out->n_days + (size_t)day];
}

/* Each cap holds to the number's last day, where no later one follows. */
static void
read_caps(const PGresult *rows, struct dl_calendar *out)
{
	int first;
	size_t n = count_kind(rows, "cap", &first);

	for (size_t i = 0; i < n; i++) {
		int row = first + (int)i;
		int64_t cap = dl_db_int(rows, row, "amount", DL_NO_CAP);
		int32_t *left = left_of(rows, row, out);

		for (int64_t day = dl_db_int(rows, row, "at_s", 0);
		     left && day < (int64_t)out->n_days; day++)
			*left++ = (int32_t)cap;
	}
	n = count_kind(rows, "used", &first);
	for (size_t i = 0; i < n; i++) {
		int row = first + (int)i;
		int64_t used = dl_db_int(rows, row, "amount", 0);
		int32_t *left = left_of(rows, row, out);

		if (left && *left != DL_NO_CAP)
			*left = used < *left ? *left - (int32_t)used : 0;
	}
}

static enum dl_code
read_calendar(struct dl_arena *arena, const PGresult *rows, size_t n_instances,
	      struct dl_calendar *out, struct dl_error *err)
{
	*out = (struct dl_calendar){.n_instances = n_instances};
	if (PQntuples(rows) > 0)
		out->n_places = (size_t)dl_db_int(rows, 0, "amount", 0);
	if (!read_open(arena, rows, out) || !read_days(arena, rows, out))
		return dl_fail(err, DL_TOO_LARGE, "calendar",
			       "the arena is full");
	read_caps(rows, out);
	return DL_OK;
}

enum dl_code
dl_calendar_load(struct dl_db_pool *pool, struct dl_db *db,
		 struct dl_arena *arena, const struct dl_calendar_ask *ask,
		 struct dl_calendar *calendar, struct dl_error *err)
{
	struct dl_db_array names;
	enum dl_code code;
	PGresult *rows;

	dl_db_array_begin(&names, arena, MAX_ARRAY);
	for (size_t i = 0; i < ask->n_instances; i++)
		dl_db_array_str(&names, ask->instances[i]);
	const char *params[] = {ask->tenant_id, ask->campaign_id,
				ask->send_window, dl_db_array_end(&names),
				dl_db_from_int(arena, ask->from_ms)};
	code = db ? dl_db_exec(db, arena, DL_SQL_CAMPAIGN_CALENDAR, params,
			       &rows, err)
		  : dl_db_call(pool, arena, ask->tenant_id, true,
			       DL_SQL_CAMPAIGN_CALENDAR, params, &rows, err);
	return code == DL_OK
		   ? read_calendar(arena, rows, ask->n_instances, calendar, err)
		   : code;
}

enum dl_code
dl_calendar_coming(struct dl_db_pool *pool, struct dl_arena *arena,
		   const char *tenant_id, const char *send_window,
		   const char *instances, size_t n_instances, int64_t days,
		   struct dl_calendar *calendar, struct dl_error *err)
{
	const char *params[] = {tenant_id, send_window, instances,
				dl_db_from_int(arena, days)};
	PGresult *rows;
	enum dl_code code =
	    dl_db_call(pool, arena, tenant_id, true, DL_SQL_COMING_CALENDAR,
		       params, &rows, err);

	return code == DL_OK
		   ? read_calendar(arena, rows, n_instances, calendar, err)
		   : code;
}
