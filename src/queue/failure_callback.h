/* SPDX-License-Identifier: MIT */
/*
 * The body of a failure callback: what was to be delivered, and what the
 * destination said last.
 *
 * Thread-safe.  Source: QStash, "Callbacks", read 2026-11.
 */
#ifndef DL_QUEUE_FAILURE_CALLBACK_H
#define DL_QUEUE_FAILURE_CALLBACK_H

#include "queue/delivery.h"
#include "remote/http.h"

/*
 * The JSON, in the arena.  headers is the answer's header list as text, as it
 * is stored.
 */
struct dl_str dl_failure_callback_body(struct dl_arena *arena,
				       const struct dl_queue_message *message,
				       const struct dl_http_answer *answer,
				       const char *headers, const char *dlq_id);

#endif
