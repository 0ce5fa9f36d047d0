/* SPDX-License-Identifier: MIT */
/* Open times and days, found by halving. */
#include "config.h"

#include "domain/calendar.h"

#include <assert.h>

int64_t
dl_calendar_opening(const struct dl_calendar *calendar, int place, int64_t at_s)
{
	size_t list = calendar->n_places == 1 ? 0 : (size_t)place;
	const struct dl_open_time *open;
	size_t low = 0;
	size_t high;

	assert(place >= 0 && place < DL_PLACES);
	if (calendar->n_places == 0)
		return at_s;
	open = calendar->open[list];
	high = calendar->n_open[list];
	/* The first that ends after at_s. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (open[middle].until_s > at_s)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == calendar->n_open[list])
		return -1;
	return open[low].from_s > at_s ? open[low].from_s : at_s;
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
