/* SPDX-License-Identifier: MIT */
/* disparalead sweep: parked lanes. */
#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "cli/sweep.h"

/* Questions to Evolution, one call each. */
#define MAX_PROBES 50

static void
probe_lane(struct sweep *s, struct dl_str instance, struct dl_str token)
{
	struct dl_error err = {0};
	struct dl_str state;
	PGresult *rows;

	s->probed++;
	/* A parked lane that can't be asked stays as it is. */
	if (dl_evolution_state(&s->evolution, s->arena, instance, token, &state,
			       &err) != DL_OK) {
		dl_log_error(&err);
		return;
	}
	const char *params[] = {
	    dl_arena_strndup(s->arena, instance.ptr, instance.len),
	    state.len ? dl_arena_strndup(s->arena, state.ptr, state.len)
		      : "close"};
	if (sweep_call(s, DL_SQL_SET_LANE_STATE, params, &rows))
		s->opened += dl_db_bool(rows, 0, "opened");
}

void
sweep_probe_lanes(struct sweep *s)
{
	const char *params[] = {dl_db_from_int(s->arena, MAX_PROBES)};
	PGresult *rows;

	if (!sweep_call(s, DL_SQL_LANES_TO_PROBE, params, &rows))
		return;
	for (int row = 0;
	     row < PQntuples(rows) && dl_clock_boot_ms() < s->ask_until_boot_ms;
	     row++)
		probe_lane(s, dl_db_text(rows, row, "instance_name"),
			   dl_db_text(rows, row, "token"));
}
