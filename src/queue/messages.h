/* SPDX-License-Identifier: MIT */
/*
 * What is said of messages that wait or are dead, and cancelling: GET and
 * DELETE /v2/messages, GET /v2/dlq.
 *
 * Thread-safe.
 */
#ifndef DL_QUEUE_MESSAGES_H
#define DL_QUEUE_MESSAGES_H

#include "queue/queue.h"
#include "web/request.h"
#include "web/response.h"

/* GET /v2/messages/<id>: the message, or 404. */
enum dl_code dl_queue_show_message(const struct dl_queue *queue,
				   const struct dl_request *request,
				   struct dl_response *response,
				   struct dl_error *err);

/* DELETE /v2/messages/<id>: {"cancelled":1}, or 404. */
enum dl_code dl_queue_cancel_message(const struct dl_queue *queue,
				     const struct dl_request *request,
				     struct dl_response *response,
				     struct dl_error *err);

/*
 * DELETE /v2/messages?label=...&count=... or ?messageIds=a,b: {"cancelled":n}.
 * Without a filter, or with one that is not known, 400: a typing error must
 * not cancel everything.
 */
enum dl_code dl_queue_cancel_messages(const struct dl_queue *queue,
				      const struct dl_request *request,
				      struct dl_response *response,
				      struct dl_error *err);

/* GET /v2/dlq?count=...&cursor=...&messageId=...&label=... */
enum dl_code dl_queue_list_dead(const struct dl_queue *queue,
				const struct dl_request *request,
				struct dl_response *response,
				struct dl_error *err);

#endif
