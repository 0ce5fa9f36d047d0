/* SPDX-License-Identifier: MIT */
/*
 * Pacing: when each message of a campaign goes out.  Slots accumulate: each
 * is the one before plus a random number of seconds between two bounds, the
 * first is the start itself.  One stream for the campaign, or one for each
 * WhatsApp number.
 *
 * A slot that the calendar does not admit (closed for its recipient, or above
 * the number's cap of that day) moves to the next opening, or to the first of
 * the next day, and its stream goes on from there: the order stays.
 *
 * Not thread-safe.
 */
#ifndef DL_DOMAIN_SLOTS_H
#define DL_DOMAIN_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "domain/calendar.h"

enum dl_pacing {
	DL_PACING_CAMPAIGN, /* one stream */
	DL_PACING_INSTANCE  /* one stream for each number */
};

/* "campaign" or "instance", as in campaigns.pacing; static. */
const char *dl_pacing_name(enum dl_pacing pacing);

/* A uniform number in low..high, both included. */
typedef int64_t (*dl_random_fn)(void *ctx, int64_t low, int64_t high);

struct dl_slots_plan {
	enum dl_pacing pacing;
	size_t n_instances; /* >= 1 */
	int64_t start_ms;   /* no slot lies before it, since 1970 */
	int64_t min_s, max_s;
	dl_random_fn random;
	void *random_ctx;
	const struct dl_calendar *calendar; /* NULL: always open, no caps */
};

struct dl_slots;

/*
 * Begins a campaign's slots; NULL at the arena's cap.  The calendar stays as
 * it is and must live as long; its n_instances is the plan's, or it has no
 * days.
 */
struct dl_slots *dl_slots_create(struct dl_arena *arena,
				 const struct dl_slots_plan *plan);

/* The number (from 0) whose turn it is, for one contact; turns go round. */
size_t dl_slots_turn(struct dl_slots *slots);

/*
 * The next slot for a message from that number to a recipient at that place
 * (dl_phone_place): whole seconds since 1970.  -1 where the calendar ends
 * before there is one; so does every later call of that stream.
 */
int64_t dl_slots_next(struct dl_slots *slots, size_t instance, int place);

#endif
