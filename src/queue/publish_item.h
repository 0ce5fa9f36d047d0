/* SPDX-License-Identifier: MIT */
/*
 * A message as the database takes it: an object of the array that is given to
 * local_queue.publish().  Its members are that function's.
 */
#ifndef DL_QUEUE_PUBLISH_ITEM_H
#define DL_QUEUE_PUBLISH_ITEM_H

#include <json-c/json.h>

#include "base/arena.h"
#include "base/json_out.h"
#include "base/settings.h"
#include "queue/header_list.h"
#include "queue/publish_options.h"

/* "msg_" and 32 hexadecimal digits, or "jwt_"; the NUL. */
#define DL_QUEUE_ID_MAX 37
/*
 * A new id, prefix four characters; ids made later sort later, and those of
 * one millisecond by sequence (0 to 4095).
 */
const char *dl_queue_new_id(const char *prefix, unsigned int sequence,
			    char out[DL_QUEUE_ID_MAX]);

struct dl_publish_item {
	struct dl_str url;
	struct dl_str body;
	struct dl_str caller_ip;
	const struct dl_publish_options *options;
	unsigned int sequence; /* place in its batch, modulo 4096 */
};

/* Writes item; now_ms as given to dl_publish_options_parse(). */
void dl_publish_item_write(struct dl_json_out *out, struct dl_arena *arena,
			   const struct dl_publish_item *item, int64_t now_ms);

/*
 * Writes the callback that was stored with a message as an item of its own,
 * with body, to begin delay seconds after now_ms as the publisher asked.
 */
void dl_publish_item_write_callback(struct dl_json_out *out,
				    struct dl_arena *arena,
				    json_object *callback, struct dl_str body,
				    int64_t now_ms);

/*
 * The options that a request gives, and only those, for
 * local_queue.revived(); before dl_publish_options_fill().  In the arena, NULL
 * where they are too long.
 */
const char *dl_publish_item_overrides(struct dl_arena *arena,
				      const struct dl_publish_options *options,
				      struct dl_str caller_ip, int64_t now_ms);

/* Whether callbacks may go where they are to; false with *fault. */
bool dl_publish_item_check_callbacks(struct dl_arena *arena,
				     const struct dl_settings *settings,
				     const struct dl_publish_options *options,
				     const char **fault);

#endif
