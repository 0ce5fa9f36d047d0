/* SPDX-License-Identifier: MIT */
/*
 * When a campaign will end, from its schedule: the slots that were laid, the
 * pace of each WhatsApp number, what other campaigns have in front of it there,
 * open times, caps, parked numbers.  Nothing is extrapolated from how fast it
 * went so far.
 *
 * Pure; thread-safe.
 */
#ifndef DL_DOMAIN_ETA_H
#define DL_DOMAIN_ETA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/calendar.h"
#include "domain/progress.h"

/* What waits on one number.  Times in milliseconds since 1970, 0: none. */
struct dl_eta_lane {
	int64_t overdue;        /* the campaign's rows whose slot has come */
	int64_t later;          /* its rows whose slot is still to come */
	int64_t others_overdue; /* of other live campaigns, likewise */
	int64_t others_later;   /* no later than last_ms */
	int64_t others_after;   /* after last_ms */
	int64_t others_last_ms; /* the last of these */
	int64_t next_ms;        /* the campaign's first slot to come */
	int64_t last_ms;        /* its last slot */
	int64_t gap_ms;         /* least time between two starts */
	int64_t call_ms;        /* what a send took lately; 0: unknown */
	int64_t free_ms;        /* no start before; 0: now */
	int64_t parked_until_ms;
	bool is_parked_for_good; /* until somebody connects it */
};

struct dl_eta_input {
	int64_t now_ms;
	enum dl_phase phase;
	int64_t sending;           /* rows of the campaign */
	int64_t uncertain;         /* likewise */
	int64_t reconcile_limit_s; /* an uncertain row is closed by then */
	const struct dl_eta_lane *lanes;
	size_t n_lanes;
	/* Open times and caps of the lanes, in their order; NULL: none. */
	const struct dl_calendar *calendar;
};

struct dl_eta {
	int64_t from_ms; /* 0: can't be told */
	int64_t to_ms;   /* 0: can't be told */
};

/*
 * The interval in which a live campaign ends.  from_ms: everything goes well
 * from now on; it is never before the last slot.  to_ms: some rows need a
 * second attempt, the last one all three, each behind all that is due by then,
 * and the numbers are away for a twentieth of the time, at most half an hour.
 * In nine of ten runs the end lies between (tests/unit/test_eta_runs.c).
 * Nothing for a campaign that is paused, final or has nothing left; no to_ms
 * while a number with messages is parked for good, or where the calendar ends
 * before they could go out.
 */
struct dl_eta dl_eta(const struct dl_eta_input *in);

/*
 * Adds to "later" of each lane its share of "rows" whose slots lie evenly from
 * next_ms[i] to last_ms[i] (0, 0: it has none), "spacing_ms" apart.  So the
 * rows of each number need not be counted one by one.
 */
void dl_eta_share_out(struct dl_eta_lane *lanes, size_t n, int64_t rows,
		      const int64_t *next_ms, const int64_t *last_ms,
		      int64_t spacing_ms);

#endif
