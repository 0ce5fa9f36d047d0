/* SPDX-License-Identifier: MIT */
/*
 * The calendar of a campaign, as the database works it out of the windows and
 * caps of the tenant, the campaign and its numbers: for 400 days from a moment
 * on.  Source: disparalead.campaign_calendar.
 *
 * Thread-safe as the pool is; a connection belongs to one thread.
 */
#ifndef DL_STORE_CALENDAR_H
#define DL_STORE_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "domain/calendar.h"
#include "store/db.h"

struct dl_calendar_ask {
	const char *tenant_id;
	/* Its own waiting messages take no room; NULL for a new campaign. */
	const char *campaign_id;
	const char *send_window; /* the campaign's, JSON; NULL: none */
	const struct dl_str *instances;
	size_t n_instances;
	int64_t from_ms; /* since 1970: where the slots begin */
};

/*
 * Fills *calendar, in the arena (some 100 KB; with caps 1.6 KB a number more).
 * db: in a transaction of the caller's; NULL: on a connection of the pool's.
 */
enum dl_code dl_calendar_load(struct dl_db_pool *pool, struct dl_db *db,
			      struct dl_arena *arena,
			      const struct dl_calendar_ask *ask,
			      struct dl_calendar *calendar,
			      struct dl_error *err) DL_MUST_CHECK;

/*
 * The same from now on for so many days (at most 400), less what each number
 * has begun today; "instances" is an array literal of n_instances names.  Only
 * the rows of settings and lanes are read.  Source:
 * disparalead.coming_calendar.
 */
enum dl_code dl_calendar_coming(struct dl_db_pool *pool, struct dl_arena *arena,
				const char *tenant_id, const char *send_window,
				const char *instances, size_t n_instances,
				int64_t days, struct dl_calendar *calendar,
				struct dl_error *err) DL_MUST_CHECK;

#endif
