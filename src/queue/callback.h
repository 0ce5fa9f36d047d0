/* SPDX-License-Identifier: MIT */
/*
 * What callbacks are told: of every attempt (Upstash-Callback), and of a
 * message that died (Upstash-Failure-Callback).  Each is a message of its own,
 * published in the transaction that ends the attempt.
 *
 * Thread-safe but for its arguments.  Source: QStash, "Callbacks", read
 * 2026-11.
 */
#ifndef DL_QUEUE_CALLBACK_H
#define DL_QUEUE_CALLBACK_H

#include "base/arena.h"
#include "base/str.h"
#include "queue/delivery.h"
#include "remote/http.h"

/*
 * The callbacks of an attempt at m that had this answer, as the array of
 * local_queue.publish(); headers is the answer's, as a JSON list of pairs.
 * dlq_id: NULL unless m died by it.  NULL where m wants none, and at the
 * arena's cap.
 */
const char *dl_queue_callbacks(struct dl_arena *arena,
			       const struct dl_queue_message *m,
			       const struct dl_http_answer *answer,
			       const char *headers, const char *dlq_id);

#endif
