/* SPDX-License-Identifier: MIT */
/* The verdict on one delivery. */
#include "config.h"

#include "queue/attempt.h"

#include "queue/backoff.h"
#include "queue/retry_delay.h"

#define STATUS_NON_RETRYABLE 489

/* The status alone is an ordinary failure; it takes the header as well. */
static bool
is_final(const struct dl_attempt *a)
{
	return a->status == STATUS_NON_RETRYABLE &&
	       dl_str_eq_nocase(
		   a->lookup(a->headers, "Upstash-NonRetryable-Error"),
		   DL_STR("true"));
}

enum dl_attempt_verdict
dl_attempt_judge(const struct dl_attempt *a, int64_t *delay_ms)
{
	if (a->status >= 200 && a->status < 300)
		return DL_ATTEMPT_DELIVERED;
	if (a->retried >= a->max_retries || is_final(a))
		return DL_ATTEMPT_DEAD;
	if (!dl_retry_after_find(a->lookup, a->headers, a->now_ms, delay_ms) &&
	    !dl_retry_delay_eval(a->retry_delay, a->retried, delay_ms))
		*delay_ms = dl_backoff_ms(a->retried + 1);
	return DL_ATTEMPT_RETRY;
}
