/* SPDX-License-Identifier: MIT */
/*
 * A message as the API shows it.
 *
 * Not thread-safe beyond its arguments.
 */
#ifndef DL_QUEUE_MESSAGE_JSON_H
#define DL_QUEUE_MESSAGE_JSON_H

#include "base/arena.h"
#include "base/json_out.h"
#include "store/db.h"

/* The column's bytes (bytea), decoded into the arena. */
struct dl_str dl_queue_bytes(struct dl_arena *arena, const PGresult *rows,
			     int row, const char *column);

/*
 * Writes a row of queue_message_get, or of queue_dead_list with what the
 * dead-letter queue adds.
 */
void dl_queue_message_write(struct dl_json_out *out, struct dl_arena *arena,
			    const PGresult *rows, int row, bool is_dead);

#endif
