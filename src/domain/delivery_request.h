/* SPDX-License-Identifier: MIT */
/*
 * The body of a delivery, and of the queue's failure callback about one: which
 * message of which campaign, in which generation.  What else the body says is
 * for people; the database row is the truth.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_DELIVERY_REQUEST_H
#define DL_DOMAIN_DELIVERY_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/uuid.h"

struct dl_delivery_ref {
	struct dl_uuid message_id;
	struct dl_uuid campaign_id;
	int64_t generation; /* from 1 */
};

/* Reads the body of /process-message; false where it is malformed. */
bool dl_delivery_read(struct dl_arena *arena, struct dl_str body,
		      struct dl_delivery_ref *ref);

/*
 * Reads the body of /process-message/failure: the ids stand in the delivery's
 * own body, base64 in sourceBody.  *status is the last answer's, 0 where there
 * was none.
 */
bool dl_delivery_read_failure(struct dl_arena *arena, struct dl_str body,
			      struct dl_delivery_ref *ref, int64_t *status);

#endif
