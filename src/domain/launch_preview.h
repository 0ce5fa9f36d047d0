/* SPDX-License-Identifier: MIT */
/*
 * The answer to POST /launch?dry_run=1: what a launch of the same body would
 * do, from the very request and plan that a launch would store.
 *
 * Not thread-safe.
 */
#ifndef DL_DOMAIN_LAUNCH_PREVIEW_H
#define DL_DOMAIN_LAUNCH_PREVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "domain/launch_answer.h"
#include "domain/launch_plan.h"
#include "domain/launch_request.h"
#include "domain/problem_codes.h"

/* So many messages of each template are shown. */
#define DL_PREVIEW_SAMPLES 5

struct dl_launch_preview {
	/* Why a launch would be refused although all else is good (contacts
	 * without a value under the policy reject); DL_P_OK: it would not.
	 * Then nothing counts as accepted and nothing has a time. */
	enum dl_problem_code refusal;
	const struct dl_launch_request *request;
	const struct dl_launch_plan *plan;
	const struct dl_launch_warning *warnings;
	size_t n_warnings;
};

/*
 * Appends the JSON object.  Phones are masked, the texts are whole.  Scratch
 * memory is the arena's; where it is full a phone comes out empty.
 */
void dl_launch_preview_write(const struct dl_launch_preview *preview,
			     struct dl_arena *arena, struct dl_buf *out);

#endif
