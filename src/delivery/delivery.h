/* SPDX-License-Identifier: MIT */
/*
 * One delivery of the queue, from the claim to the answer: claim, send,
 * record.  Nothing is sent without a committed claim, nothing is answered
 * before its outcome is committed, and no connection to the database is held
 * while Evolution is asked.
 *
 * Thread-safe: struct dl_delivery is read-only once filled.
 */
#ifndef DL_DELIVERY_DELIVERY_H
#define DL_DELIVERY_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/settings.h"
#include "delivery/delivery_store.h"
#include "delivery/lane_wait.h"
#include "domain/delivery_request.h"
#include "remote/evolution.h"
#include "remote/qstash.h"

struct dl_delivery {
	const struct dl_settings *settings;
	struct dl_delivery_store *store;
	struct dl_lane_wait *lanes; /* that this program sends on */
	struct dl_evolution evolution;
	struct dl_qstash queue;
};

/* What the queue is told. */
struct dl_delivery_answer {
	int status;             /* 200, 409, 489, 503 */
	bool is_sent;           /* the message is out, now or before */
	const char *state;      /* static: the row's state, or why nothing was
				   done */
	const char *error_code; /* NULL where there is none */
	struct dl_str evolution_key; /* in the arena; {NULL, 0}: none */
	int64_t retry_after_s;       /* above 0: Retry-After */
};

/*
 * Works through one delivery.  retried is what the queue counted
 * (Upstash-Retried), began_boot_ms when the request came in.  Always fills
 * *answer; what could not be stored is logged and answered 503, without
 * Retry-After, which would outrank the delays that were published.
 */
void dl_deliver(const struct dl_delivery *delivery, struct dl_arena *arena,
		const struct dl_delivery_ref *ref, int64_t retried,
		int64_t began_boot_ms, struct dl_delivery_answer *answer);

/* The queue gave a message up; what is its words. */
void dl_delivery_failed(const struct dl_delivery *delivery,
			struct dl_arena *arena,
			const struct dl_delivery_ref *ref, const char *what,
			struct dl_delivery_answer *answer);

#endif
