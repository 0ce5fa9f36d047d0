/* SPDX-License-Identifier: MIT */
/*
 * What follows from the answer to one delivery: it is done, it is tried again
 * after a while, or it is dead.
 *
 * Pure; thread-safe.  Source: QStash, "Retry", read 2026-11.
 */
#ifndef DL_QUEUE_ATTEMPT_H
#define DL_QUEUE_ATTEMPT_H

#include <stdint.h>

#include "base/str.h"
#include "queue/retry_after.h"

enum dl_attempt_verdict {
	DL_ATTEMPT_DELIVERED,
	DL_ATTEMPT_RETRY,
	DL_ATTEMPT_DEAD
};

struct dl_attempt {
	long status;                  /* 0: no answer */
	dl_retry_after_lookup lookup; /* of the answer's headers */
	const void *headers;
	int64_t retried; /* retries before this attempt */
	int64_t max_retries;
	struct dl_str retry_delay; /* the publisher's expression, or empty */
	int64_t now_ms;
};

/*
 * *delay_ms is set for DL_ATTEMPT_RETRY: what the destination asks for, else
 * what the publisher's expression says, else the default backoff.
 */
enum dl_attempt_verdict dl_attempt_judge(const struct dl_attempt *attempt,
					 int64_t *delay_ms);

#endif
