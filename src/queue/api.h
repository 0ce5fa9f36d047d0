/* SPDX-License-Identifier: MIT */
/*
 * The HTTP API of local-queue: who is asking, and which route it is.  It
 * speaks as the vendor does: every failure is {"error":"..."}.
 *
 * Thread-safe.
 */
#ifndef DL_QUEUE_API_H
#define DL_QUEUE_API_H

#include "queue/queue.h"
#include "web/request.h"
#include "web/response.h"

#define DL_QUEUE_PUBLISH_PATH "/v2/publish/"

/* A request on its way to its route's handler. */
struct dl_queue_call {
	const struct dl_queue *queue;
	const struct dl_request *request;
	struct dl_response *response;
	const char *arg; /* the path's variable part, decoded; NULL: none */
};

/* dl_handler; app is a struct dl_queue. */
enum dl_code dl_queue_handle(void *app, const struct dl_request *request,
			     struct dl_response *response,
			     struct dl_error *err);

/* Makes response this failure. */
void dl_queue_refuse(struct dl_response *response, int status,
		     const char *text);

/* dl_server.answer_failure. */
void dl_queue_answer_failure(struct dl_response *response,
			     const struct dl_error *err);

#endif
