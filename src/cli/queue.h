/* SPDX-License-Identifier: MIT */
/*
 * disparalead queue: what its subcommands share.  They speak to the queue's
 * HTTP API and nothing else, so that they serve Upstash as well as local-queue.
 */
#ifndef DL_CLI_QUEUE_H
#define DL_CLI_QUEUE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "cli/api.h"

/* One call of the command. */
struct cli_queue {
	const char *command; /* "list" */
	const char *arg;     /* an id or a key; NULL where none was given */
	const char *label, *key, *state, *status, *cursor; /* NULL: any */
	int64_t count;                                     /* 0: not given */
	bool is_json, is_revealing, is_sure, is_forced;
	struct dl_arena *arena;
	struct cli cli;
	struct cli_api api;
};

/* The subcommands; each returns the exit status. */
int cli_queue_list(struct cli_queue *q);
int cli_queue_show(struct cli_queue *q);
int cli_queue_dlq(struct cli_queue *q);
int cli_queue_retry(struct cli_queue *q);
int cli_queue_cancel(struct cli_queue *q);
int cli_queue_hold(struct cli_queue *q); /* pause and resume */
int cli_queue_keys(struct cli_queue *q);
int cli_queue_rotate(struct cli_queue *q);
int cli_queue_stats(struct cli_queue *q);

/* ---------------------------------------------------------------- requests */

/* A path in the arena, to which parameters are added. */
struct cli_queue_path {
	struct dl_buf *text;
	bool has_query;
};

/* Begins it; arg (NULL: none), percent-encoded, and after follow prefix. */
void cli_queue_path_begin(struct cli_queue *q, struct cli_queue_path *path,
			  const char *prefix, const char *arg,
			  const char *after);
/* Adds a parameter, percent-encoded; nothing where value is NULL. */
void cli_queue_path_add(struct cli_queue_path *path, const char *name,
			const char *value);
/* Adds the filters that were given: label, flowControlKey, responseStatus. */
void cli_queue_path_filters(struct cli_queue *q, struct cli_queue_path *path);

/*
 * Sends it; CLI_OK with *json (NULL where the answer has none), or the exit
 * status after complaining.  What the queue says goes through cli_queue_mask()
 * unless --reveal is given.
 */
int cli_queue_call(struct cli_queue *q, enum dl_http_method method,
		   const struct cli_queue_path *path, json_object **json);

/* ------------------------------------------------------------------- masks */

/*
 * Takes out of an answer of the queue what is not for every screen: bodies,
 * values of headers, the query and user of URLs, signing keys but for their
 * ends.  In place.
 */
void cli_queue_mask(json_object *json);

/* "sig_...wxyz"; returns out. */
#define CLI_QUEUE_KEY_MAX 16
const char *cli_queue_mask_key(const char *key, char out[CLI_QUEUE_KEY_MAX]);

#endif
