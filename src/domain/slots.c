/* SPDX-License-Identifier: MIT */
/* Turns that go round and slots that accumulate. */
#include "config.h"

#include "domain/slots.h"

#include <assert.h>
#include <stdbool.h>

struct dl_slots {
	struct dl_slots_plan plan;
	size_t next_turn;
	size_t n_streams;
	struct stream {
		int64_t last_s;
		bool has_begun;
	} * streams;
};

const char *
dl_pacing_name(enum dl_pacing pacing)
{
	return pacing == DL_PACING_INSTANCE ? "instance" : "campaign";
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
	return slots->streams ? slots : NULL;
}

size_t
dl_slots_turn(struct dl_slots *slots)
{
	size_t turn = slots->next_turn;

	slots->next_turn = (turn + 1) % slots->plan.n_instances;
	return turn;
}

int64_t
dl_slots_next(struct dl_slots *slots, size_t instance)
{
	const struct dl_slots_plan *plan = &slots->plan;
	struct stream *stream =
	    &slots->streams[slots->n_streams == 1 ? 0 : instance];

	assert(instance < plan->n_instances);
	if (!stream->has_begun) {
		stream->has_begun = true;
		/* Whole seconds, and never before the start. */
		stream->last_s = (plan->start_ms + 999) / 1000;
	} else {
		stream->last_s +=
		    plan->random(plan->random_ctx, plan->min_s, plan->max_s);
	}
	return stream->last_s;
}
