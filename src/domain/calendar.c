/* SPDX-License-Identifier: MIT */
/* Open times and days, found by halving. */
#include "config.h"

#include "domain/calendar.h"

#include <assert.h>

/* The list of a place's open times. */
static size_t
list_of(const struct dl_calendar *calendar, int place)
{
	assert(place >= 0 && place < DL_PLACES);
	return calendar->n_places == 1 ? 0 : (size_t)place;
}

/* The first open time that ends after at_s; as many as there are: none. */
static size_t
first_after(const struct dl_calendar *calendar, size_t list, int64_t at_s)
{
	const struct dl_open_time *open = calendar->open[list];
	size_t low = 0;
	size_t high = calendar->n_open[list];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (open[middle].until_s > at_s)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

int64_t
dl_calendar_opening(const struct dl_calendar *calendar, int place, int64_t at_s)
{
	size_t list = list_of(calendar, place);
	size_t i;

	if (calendar->n_places == 0)
		return at_s;
	i = first_after(calendar, list, at_s);
	if (i == calendar->n_open[list])
		return -1;
	return calendar->open[list][i].from_s > at_s
		   ? calendar->open[list][i].from_s
		   : at_s;
}

int64_t
dl_calendar_closing(const struct dl_calendar *calendar, int place, int64_t at_s)
{
	size_t list = list_of(calendar, place);
	size_t i;

	if (calendar->n_places == 0)
		return INT64_MAX;
	i = first_after(calendar, list, at_s);
	return i < calendar->n_open[list] ? calendar->open[list][i].until_s
					  : at_s;
}

size_t
dl_calendar_day(const struct dl_calendar *calendar, int64_t at_s)
{
	const int64_t *starts = calendar->day_starts;
	size_t low = 0;
	size_t high = calendar->n_days;

	if (high == 0 || at_s < starts[0] || at_s >= starts[high])
		return high;
	/* The last that begins at or before at_s. */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (starts[middle] <= at_s)
			low = middle;
		else
			high = middle;
	}
	return low;
}
