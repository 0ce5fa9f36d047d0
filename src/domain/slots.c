/* SPDX-License-Identifier: MIT */
/* Turns that go round and slots that accumulate. */
#include "config.h"

#include "domain/slots.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

struct dl_slots {
	struct dl_slots_plan plan;
	size_t next_turn;
	size_t n_streams;
	struct stream {
		int64_t last_s;
		bool has_begun;
	} * streams;
	/* As in the calendar, less the slots laid; NULL: no caps. */
	int32_t *left;
};

const char *
dl_pacing_name(enum dl_pacing pacing)
{
	return pacing == DL_PACING_INSTANCE ? "instance" : "campaign";
}

/* What the calendar's days admit, to be counted down. */
static bool
copy_left(struct dl_slots *slots, struct dl_arena *arena)
{
	const struct dl_calendar *calendar = slots->plan.calendar;
	size_t n;

	slots->left = NULL;
	if (!calendar || !calendar->n_days)
		return true;
	assert(calendar->n_instances == slots->plan.n_instances);
	n = calendar->n_instances * calendar->n_days;
	slots->left = dl_arena_array(arena, n, sizeof(*slots->left));
	if (slots->left)
		memcpy(slots->left, calendar->left, n * sizeof(*slots->left));
	return slots->left != NULL;
}

struct dl_slots *
dl_slots_create(struct dl_arena *arena, const struct dl_slots_plan *plan)
{
	struct dl_slots *slots = dl_arena_alloc(arena, sizeof(*slots));
	size_t n = plan->pacing == DL_PACING_INSTANCE ? plan->n_instances : 1;

	assert(plan->n_instances > 0);
	assert(plan->min_s >= 0 && plan->min_s <= plan->max_s);
	if (!slots)
		return NULL;
	slots->plan = *plan;
	slots->n_streams = n;
	slots->streams = dl_arena_array(arena, n, sizeof(*slots->streams));
	return slots->streams && copy_left(slots, arena) ? slots : NULL;
}

size_t
dl_slots_turn(struct dl_slots *slots)
{
	size_t turn = slots->next_turn;

	slots->next_turn = (turn + 1) % slots->plan.n_instances;
	return turn;
}

/* The first moment from at_s on that the calendar admits, taken; or -1. */
static int64_t
admit(struct dl_slots *slots, size_t instance, int place, int64_t at_s)
{
	const struct dl_calendar *calendar = slots->plan.calendar;
	size_t day;
	int32_t *left;

	if (!calendar)
		return at_s;
	while ((at_s = dl_calendar_opening(calendar, place, at_s)) >= 0) {
		if (!slots->left)
			return at_s;
		day = dl_calendar_day(calendar, at_s);
		if (day == calendar->n_days)
			return -1;
		left = &slots->left[instance * calendar->n_days + day];
		if (*left > 0) {
			--*left; /* DL_NO_CAP outlasts any campaign */
			return at_s;
		}
		at_s = calendar->day_starts[day + 1];
	}
	return -1;
}

int64_t
dl_slots_next(struct dl_slots *slots, size_t instance, int place)
{
	const struct dl_slots_plan *plan = &slots->plan;
	struct stream *stream =
	    &slots->streams[slots->n_streams == 1 ? 0 : instance];

	assert(instance < plan->n_instances);
	if (!stream->has_begun) {
		stream->has_begun = true;
		/* Whole seconds, and never before the start. */
		stream->last_s = (plan->start_ms + 999) / 1000;
	} else if (stream->last_s >= 0) {
		stream->last_s +=
		    plan->random(plan->random_ctx, plan->min_s, plan->max_s);
	}
	if (stream->last_s >= 0)
		stream->last_s = admit(slots, instance, place, stream->last_s);
	return stream->last_s;
}
