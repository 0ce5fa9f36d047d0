/* SPDX-License-Identifier: MIT */
/* Rows of a launch: who sends what to whom, and when. */
#include "config.h"

#include "domain/launch_plan.h"

#include <stdlib.h>
#include <string.h>

static int
compare_str(const void *a, const void *b)
{
	const struct dl_str *x = a;
	const struct dl_str *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = len ? memcmp(x->ptr, y->ptr, len) : 0;

	if (order)
		return order;
	return (x->len > y->len) - (x->len < y->len);
}

/* A sorted copy of the keys, so that each contact is looked up in log n. */
static struct dl_str *
sort_keys(struct dl_arena *arena, const struct dl_str *keys, size_t n)
{
	struct dl_str *sorted = dl_arena_array(arena, n, sizeof(*sorted));

	if (!sorted)
		return NULL;
	if (n) {
		memcpy(sorted, keys, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), compare_str);
	}
	return sorted;
}

static void
note_slot(struct dl_launch_plan *plan, int64_t slot_s)
{
	if (!plan->first_s || slot_s < plan->first_s)
		plan->first_s = slot_s;
	if (slot_s > plan->last_s)
		plan->last_s = slot_s;
}

/* The rows of one contact: one number for all of its templates. */
static void
plan_contact(struct dl_launch_plan *plan,
	     const struct dl_launch_request *request, size_t contact,
	     bool is_suppressed, struct dl_slots *slots)
{
	size_t instance = is_suppressed ? 0 : dl_slots_turn(slots);

	for (size_t t = 0; t < request->n_templates; t++) {
		struct dl_launch_row *row = &plan->rows[plan->n_rows++];

		*row = (struct dl_launch_row){
		    .contact = (uint32_t)contact,
		    .template_index = (uint32_t)t,
		    .instance = (uint32_t)instance,
		    .is_suppressed = is_suppressed,
		};
		if (is_suppressed) {
			plan->n_suppressed++;
			continue;
		}
		row->slot_s = dl_slots_next(
		    slots, instance,
		    dl_phone_place(request->contacts[contact].phone.digits));
		if (row->slot_s < 0)
			plan->is_too_long = true;
		else
			note_slot(plan, row->slot_s);
	}
}

enum dl_code
dl_launch_plan_make(struct dl_arena *arena,
		    const struct dl_launch_request *request,
		    const struct dl_str *suppressed, size_t n_suppressed,
		    const struct dl_calendar *calendar, int64_t now_ms,
		    dl_random_fn random, void *random_ctx,
		    struct dl_launch_plan *out, struct dl_error *err)
{
	const struct dl_slots_plan pace = {
	    .pacing = request->pacing,
	    .n_instances = request->n_instances,
	    .start_ms = now_ms > request->start_ms ? now_ms : request->start_ms,
	    .min_s = request->delay_min_s,
	    .max_s = request->delay_max_s,
	    .random = random,
	    .random_ctx = random_ctx,
	    .calendar = calendar,
	};
	struct dl_slots *slots = dl_slots_create(arena, &pace);
	struct dl_str *keys = sort_keys(arena, suppressed, n_suppressed);

	*out = (struct dl_launch_plan){0};
	out->rows =
	    dl_arena_array(arena, request->n_contacts * request->n_templates,
			   sizeof(*out->rows));
	if (!slots || !keys || !out->rows)
		return dl_fail(err, DL_TOO_LARGE, "launch.plan",
			       "%zu contacts do not fit", request->n_contacts);
	for (size_t i = 0; i < request->n_contacts; i++) {
		struct dl_str key = dl_str(request->contacts[i].phone.key);

		plan_contact(out, request, i,
			     bsearch(&key, keys, n_suppressed, sizeof(key),
				     compare_str) != NULL,
			     slots);
	}
	return DL_OK;
}
