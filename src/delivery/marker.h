/* SPDX-License-Identifier: MIT */
/*
 * Marks behind a publication what the queue has accepted (mark_published):
 * the publisher hands in each message and goes on, while a thread marks those
 * of several batches in one statement.  A short publication starts no thread.
 *
 * A mark that fails is harmless: the row is pending and is published again
 * under the same deduplication id.  After one failure no more is marked.
 *
 * One publisher a marker; markers know nothing of each other.
 */
#ifndef DL_DELIVERY_MARKER_H
#define DL_DELIVERY_MARKER_H

#include <stdint.h>

#include "base/error.h"
#include "store/db.h"

struct dl_marker;

/* pool outlives it.  Never NULL. */
struct dl_marker *dl_marker_begin(struct dl_db_pool *pool);

/*
 * The queue has accepted a message under queue_id.  Both texts are copied.
 * Where the database lags behind, this thread marks some as well: no more than
 * some 2,500 ever wait.
 */
void dl_marker_add(struct dl_marker *marker, const char *message_id,
		   int64_t generation, struct dl_str queue_id);

/*
 * Marks what waits still and ends the marker.  Returns how many were marked;
 * *err says why others were not, DL_OK where all were.
 */
int64_t dl_marker_end(struct dl_marker *marker, struct dl_error *err);

#endif
