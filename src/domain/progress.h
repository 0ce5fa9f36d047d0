/* SPDX-License-Identifier: MIT */
/*
 * What the figures of a campaign mean to whoever looks on: how far it is, how
 * well it goes, how fast, when to ask again.  Figures and
 * the time are arguments; no look at a clock or a database.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_PROGRESS_H
#define DL_DOMAIN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* The states of a campaign, as far as a reader cares. */
enum dl_phase {
	DL_PHASE_LIVE,   /* pending, processing */
	DL_PHASE_PAUSED, /* paused */
	DL_PHASE_FINAL   /* completed, failed, cancelled */
};

/* The phase of a stored status; an unknown one counts as final. */
enum dl_phase dl_phase_of(struct dl_str status);

/*
 * Tenths of a percent, 0..1000: final rows of all, rounded down.  1000 only
 * where nothing is unfinished and the campaign itself is not live any more;
 * of no rows at all, 1000 once it is final.
 */
int dl_progress_tenths(int64_t final_rows, int64_t total, enum dl_phase phase);

/* sent / (sent + failed), 0..1; negative where both are 0. */
double dl_progress_success(int64_t sent, int64_t failed);

/* The rate is that of the last five minutes. */
#define DL_RATE_WINDOW_MS 300000

/*
 * Messages a minute: "recent" is how many were sent within the window before
 * now_ms, first_ms when the campaign's first one was (0: none yet).  A
 * campaign younger than the window is judged by its age, at least 10 s.
 */
double dl_progress_rate(int64_t recent, int64_t first_ms, int64_t now_ms);

/*
 * How long until it makes sense to ask again, milliseconds; 0 when nothing
 * will change any more.  unfinished: rows in a non-final state.
 */
int64_t dl_progress_poll_ms(enum dl_phase phase, bool is_moving,
			    int64_t unfinished);

#endif
