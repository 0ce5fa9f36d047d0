/* SPDX-License-Identifier: MIT */
/*
 * When the messages of a campaign may go out: open times and daily caps as
 * plain lists of instants.  Time zones, send windows and warm-up are worked
 * out by the database (disparalead.campaign_calendar); here nothing is known
 * of them.
 *
 * A filled calendar is read-only and may be shared.
 */
#ifndef DL_DOMAIN_CALENDAR_H
#define DL_DOMAIN_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Where a recipient may be (dl_phone_place); each has open times of its own. */
#define DL_PLACES 4

/* No cap. */
#define DL_NO_CAP INT32_MAX

/* Unix seconds: from from_s on, and before until_s. */
struct dl_open_time {
	int64_t from_s, until_s;
};

struct dl_calendar {
	size_t n_places; /* 0: always open; 1: open[0] is everybody's; or 4 */
	struct dl_open_time *open[DL_PLACES]; /* ascending, apart */
	size_t n_open[DL_PLACES];
	size_t n_days;       /* of the tenant's; 0: no number has a cap */
	int64_t *day_starts; /* n_days + 1, ascending, unix seconds */
	size_t n_instances;
	/* What a number may still begin on a day: n_days for each number. */
	int32_t *left;
};

/*
 * The first moment from at_s on that is open for a place; -1 where the
 * calendar ends before.
 */
int64_t dl_calendar_opening(const struct dl_calendar *calendar, int place,
			    int64_t at_s);

/* Where the open time that at_s lies in ends; INT64_MAX: nothing closes. */
int64_t dl_calendar_closing(const struct dl_calendar *calendar, int place,
			    int64_t at_s);

/* Which day at_s falls on; n_days outside of all. */
size_t dl_calendar_day(const struct dl_calendar *calendar, int64_t at_s);

#endif
