/* SPDX-License-Identifier: MIT */
/*
 * Messages, dead letters and entries of the log as the API shows them.
 *
 * Not thread-safe beyond its arguments.
 */
#ifndef DL_QUEUE_MESSAGE_JSON_H
#define DL_QUEUE_MESSAGE_JSON_H

#include "base/arena.h"
#include "base/json_out.h"
#include "store/db.h"
#include "web/response.h"

/* The column's bytes (bytea), decoded into the arena. */
struct dl_str dl_queue_bytes(struct dl_arena *arena, const PGresult *rows,
			     int row, const char *column);

/* A member whose value is bytes in base64. */
void dl_queue_base64_write(struct dl_json_out *out, struct dl_arena *arena,
			   const char *name, struct dl_str bytes);

/* Writes a row of queue_message_get. */
void dl_queue_message_write(struct dl_json_out *out, struct dl_arena *arena,
			    const PGresult *rows, int row);

/* Writes a row of queue_dead_list. */
void dl_queue_dead_letter_write(struct dl_json_out *out, struct dl_arena *arena,
				const PGresult *rows, int row);

/* Writes a row of queue_events. */
void dl_queue_event_write(struct dl_json_out *out, struct dl_arena *arena,
			  const PGresult *rows, int row);

/*
 * Answers {name: [rows], "cursor"?} with at most page rows, fewer where they
 * are large; where rows are left the cursor is the place_after of the last
 * one written.
 */
void dl_queue_page_write(struct dl_response *response, const char *name,
			 const PGresult *rows, int64_t page,
			 void (*write_row)(struct dl_json_out *out,
					   struct dl_arena *arena,
					   const PGresult *rows, int row));

#endif
