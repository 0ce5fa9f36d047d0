/* SPDX-License-Identifier: MIT */
/*
 * The body of POST /control, decoded and validated as far as that goes
 * without the campaign:
 *
 *	{"campaign_id": "...", "action": "...", ...}
 *
 * with what the action takes: retry_failed error_code; reschedule
 * scheduledFor, tempoMin, tempoMax, sendWindow, expiresAt, one at least, null
 * takes a date or the window away; edit template_index and text, mediaUrl or
 * fileName; resolve_uncertain resolution and message_ids.  Any other member
 * is a fault: a misspelt error_code must not become a retry of everything.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_CONTROL_REQUEST_H
#define DL_DOMAIN_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/uuid.h"
#include "domain/control_action.h"
#include "domain/launch_request.h"
#include "domain/problem_codes.h"

/* Messages that one resolution names. */
#define DL_CONTROL_MAX_IDS 1000

enum dl_resolution {
	DL_RESOLVE_SEND_AGAIN,
	DL_RESOLVE_SENT,
	DL_RESOLVE_FAILED
};

/* What reschedule changes; the campaign keeps what is not given. */
struct dl_control_schedule {
	bool has_start, has_min, has_max, has_window, has_expiry;
	bool is_scheduled; /* where has_start; else from now */
	int64_t scheduled_for_ms;
	int64_t delay_min_s, delay_max_s;
	struct dl_str send_window; /* JSON; empty: none */
	int64_t expires_at_ms;     /* 0: never */
};

struct dl_control_request {
	struct dl_uuid campaign_id;
	enum dl_control_action action;
	struct dl_str error_code; /* of retry_failed; empty: all */
	struct dl_control_schedule schedule;
	int64_t template_index;                   /* of edit */
	struct dl_str text, media_url, file_name; /* ptr NULL: as it was */
	enum dl_resolution resolution;
	const struct dl_uuid *message_ids; /* each once; NULL: all */
	size_t n_message_ids;
};

/*
 * Reads body as of now_ms.  DL_P_OK and *out filled; or the code to answer
 * with, single faults in *problems (none for a body that is no JSON).  *out
 * points into arena.  DL_P_BODY_TOO_LARGE at the arena's cap; ten times the
 * body is enough.
 */
enum dl_problem_code
dl_control_request_read(struct dl_arena *arena, struct dl_str body,
			const struct dl_launch_limits *limits, int64_t now_ms,
			struct dl_control_request *out,
			struct dl_problem_list *problems);

#endif
