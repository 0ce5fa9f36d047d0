/* SPDX-License-Identifier: MIT */
/*
 * What is said of messages that wait, and cancelling: /v2/messages.
 *
 * Thread-safe.
 */
#ifndef DL_QUEUE_MESSAGES_H
#define DL_QUEUE_MESSAGES_H

#include "queue/api.h"

/* GET /v2/messages/<id>, until a minute after its delivery; or 404. */
enum dl_code dl_queue_show_message(const struct dl_queue_call *call,
				   struct dl_error *err);

/* DELETE /v2/messages/<id>: {"cancelled":1}, or 404. */
enum dl_code dl_queue_cancel_message(const struct dl_queue_call *call,
				     struct dl_error *err);

/* POST /v2/messages/<id>/retry: due now, whatever it waits for; or 404. */
enum dl_code dl_queue_retry_message(const struct dl_queue_call *call,
				    struct dl_error *err);

/*
 * DELETE /v2/messages?<filters>&count=..., or the ids in a JSON body:
 * {"cancelled":n}.  With a filter that is not known 400, and without any as
 * well unless LOCAL_QUEUE_ALLOW_ALL: a typing error must not cancel
 * everything.
 */
enum dl_code dl_queue_cancel_messages(const struct dl_queue_call *call,
				      struct dl_error *err);

#endif
