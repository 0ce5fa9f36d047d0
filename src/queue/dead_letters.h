/* SPDX-License-Identifier: MIT */
/*
 * The dead-letter queue: /v2/dlq.  A dead letter that is published anew is a
 * new message with the old one's body, headers and options.
 *
 * Thread-safe.
 */
#ifndef DL_QUEUE_DEAD_LETTERS_H
#define DL_QUEUE_DEAD_LETTERS_H

#include "queue/api.h"

/* GET /v2/dlq?<filters>&count=&cursor=&order=: {"messages","cursor"?}. */
enum dl_code dl_queue_list_dead(const struct dl_queue_call *call,
				struct dl_error *err);

/* GET /v2/dlq/<dlqId>, or 404. */
enum dl_code dl_queue_show_dead(const struct dl_queue_call *call,
				struct dl_error *err);

/*
 * DELETE /v2/dlq?<filters>&count=&cursor=, or the ids in a JSON body:
 * {"deleted":n,"cursor"?}.  Without a filter as for messages.
 */
enum dl_code dl_queue_delete_dead(const struct dl_queue_call *call,
				  struct dl_error *err);

/* DELETE /v2/dlq/<dlqId>: {"deleted":1}, or 404. */
enum dl_code dl_queue_delete_one_dead(const struct dl_queue_call *call,
				      struct dl_error *err);

/*
 * POST /v2/dlq/retry?<filters>&count=&cursor=, or the ids in a JSON body: 201
 * {"responses":[{"messageId"}],"cursor"?}; 404, and nothing done, where one of
 * the ids is not there.  The request's Upstash-* headers override the dead
 * letters' own options.
 */
enum dl_code dl_queue_retry_dead(const struct dl_queue_call *call,
				 struct dl_error *err);

/* POST /v2/dlq/retry/<dlqId>: 201 {"messageId"}, or 404. */
enum dl_code dl_queue_retry_one_dead(const struct dl_queue_call *call,
				     struct dl_error *err);

#endif
