/* SPDX-License-Identifier: MIT */
/*
 * What an event of Evolution changes: receipts move counters and rows, a
 * connection parks or opens its lane.  The tenant is the row's or the lane's.
 *
 * Thread-safe.
 */
#ifndef DL_DELIVERY_EVENTS_H
#define DL_DELIVERY_EVENTS_H

#include "base/arena.h"
#include "domain/evolution_event.h"
#include "store/db.h"

/*
 * Notes event of the instance of that name; may be repeated, and events may
 * come in any order.  *result says in a word what came of it, for the log;
 * static.
 */
enum dl_code dl_events_note(struct dl_db_pool *pool, struct dl_arena *arena,
			    struct dl_str instance,
			    const struct dl_evolution_event *event,
			    const char **result,
			    struct dl_error *err) DL_MUST_CHECK;

#endif
