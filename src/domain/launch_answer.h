/* SPDX-License-Identifier: MIT */
/*
 * The body of a successful POST /launch (201, or 202 for respond-async), which
 * is also what launch_answer keeps for a repeated Idempotency-Key.
 *
 * Not thread-safe.
 */
#ifndef DL_DOMAIN_LAUNCH_ANSWER_H
#define DL_DOMAIN_LAUNCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json_out.h"
#include "base/str.h"
#include "domain/launch_request.h"

/* A number that was not connected when last heard of. */
struct dl_launch_warning {
	struct dl_str instance_name;
	struct dl_str state; /* as Evolution says it: "close", "connecting" */
};

struct dl_launch_answer {
	struct dl_str campaign_id;
	struct dl_str status; /* the campaign's, as its row has it */
	int64_t total_messages;
	int64_t queued;
	int64_t suppressed; /* rows */
	const struct dl_launch_warning *warnings;
	size_t n_warnings;
	bool has_slots;          /* some row is not suppressed */
	int64_t first_s, last_s; /* seconds since 1970 */
	/* Whose duplicates and rejected are listed; NULL where they are not
	 * known any more (an answer made from the rows). */
	const struct dl_launch_request *request;
};

/* Appends the JSON object. */
void dl_launch_answer_write(const struct dl_launch_answer *answer,
			    struct dl_buf *out);

/* ----------------------- members that the answer of a preview has as well */

/* duplicates, rejected, and their totals; request may be NULL (none). */
void dl_launch_answer_left_out(struct dl_json_out *out,
			       const struct dl_launch_request *request);

/* warnings: n of them, about numbers that are not connected. */
void dl_launch_answer_warnings(struct dl_json_out *out,
			       const struct dl_launch_warning *warnings,
			       size_t n);

/* The time at_s (seconds since 1970) as RFC 3339, null where not known. */
void dl_launch_answer_time(struct dl_json_out *out, const char *name,
			   bool is_known, int64_t at_s);

#endif
