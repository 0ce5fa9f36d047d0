/* SPDX-License-Identifier: MIT */
/*
 * Which number sends what to whom, and when: turns and slots for the accepted
 * contacts of a request, once the suppressed ones are known.  A suppressed
 * contact takes neither a turn nor a slot.
 *
 * Not thread-safe.
 */
#ifndef DL_DOMAIN_LAUNCH_PLAN_H
#define DL_DOMAIN_LAUNCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "domain/launch_request.h"
#include "domain/slots.h"

/* One message; rows stand in the order of contacts, then templates. */
struct dl_launch_row {
	uint32_t contact; /* index into request->contacts */
	uint32_t template_index;
	uint32_t instance;  /* index into request->instances */
	bool is_suppressed; /* instance and slot mean nothing */
	int64_t slot_s;     /* seconds since 1970 */
};

struct dl_launch_plan {
	struct dl_launch_row *rows;
	size_t n_rows;       /* total_messages */
	size_t n_suppressed; /* rows, not contacts */
	int64_t first_s;     /* earliest and latest slot; 0 where all rows */
	int64_t last_s;      /* are suppressed */
	/* The calendar ends before the last slot: the plan is no plan. */
	bool is_too_long;
};

/*
 * Plans all rows.  suppressed holds phone keys in any order, also such that no
 * contact has.  now_ms is the time of planning: slots start at the later of it
 * and request->start_ms, and keep to the calendar (NULL: none), which is that
 * of request->instances.  DL_TOO_LARGE at the arena's cap (24 bytes a row).
 */
enum dl_code dl_launch_plan_make(struct dl_arena *arena,
				 const struct dl_launch_request *request,
				 const struct dl_str *suppressed,
				 size_t n_suppressed,
				 const struct dl_calendar *calendar,
				 int64_t now_ms, dl_random_fn random,
				 void *random_ctx, struct dl_launch_plan *out,
				 struct dl_error *err) DL_MUST_CHECK;

#endif
