/* SPDX-License-Identifier: MIT */
/*
 * One delivery of one message: sign, send, judge the answer, store what
 * follows.  No connection to the database is held while the request lasts.
 *
 * Thread-safe, each call with a message and an arena of its own.
 */
#ifndef DL_QUEUE_DELIVERY_H
#define DL_QUEUE_DELIVERY_H

#include <json-c/json.h>
#include <stdint.h>

#include "base/arena.h"
#include "queue/queue.h"

/* How long a copy keeps a message without renewing its lease. */
#ifndef DL_FAILPOINTS
#define DL_QUEUE_LEASE_MS 30000
#else
#define DL_QUEUE_LEASE_MS 6000 /* the fault tests can't wait so long */
#endif

/* A message that is leased to this copy; its text lives in the arena. */
struct dl_queue_message {
	const char *id;
	const char *lease_token;
	const char *url;
	const char *method;
	json_object *headers; /* a header list */
	struct dl_str body;
	const char *caller_ip;
	int64_t retried;
	int64_t max_retries;
	struct dl_str retry_delay;
	int64_t timeout_ms;
	json_object *callback;         /* NULL: none */
	json_object *failure_callback; /* NULL: none */
	int64_t not_before_ms;
	int64_t created_at_ms;
	struct dl_str signing_key; /* empty until keys were rotated */
};

/* Reads a row of queue_claim. */
void dl_queue_message_read(struct dl_arena *arena, const PGresult *rows,
			   int row, struct dl_queue_message *message);

/*
 * Delivers message.  What follows is tried to be stored for a minute; when
 * that fails the lease runs out and the message is delivered again.
 */
void dl_queue_deliver(const struct dl_queue *queue, struct dl_arena *arena,
		      const struct dl_queue_message *message);

#endif
