/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: what strangers write into headers that local-queue reads, one
 * text for all of its readers. A delay that is taken is from 0 to a day, one
 * text gives one value, an expression that can be evaluated is one that may be
 * published, and limits lie within their bounds.
 */
#include "config.h"

#include <stdlib.h>

#include "fuzz.h"
#include "queue/duration.h"
#include "queue/flow_control.h"
#include "queue/publish_options.h"
#include "queue/retry_after.h"
#include "queue/retry_delay.h"

#define NOW_MS    1795488460500
#define DAY_MS    86400000
#define ARENA_CAP (4u << 20)

static void
check_delay(bool is_good, int64_t delay_ms)
{
	if (is_good && (delay_ms < 0 || delay_ms > DAY_MS))
		abort();
}

static void
check_expression(struct dl_str text)
{
	bool may_be_published = dl_retry_delay_check(text);

	for (int64_t retried = 0; retried < 4; retried++) {
		int64_t first = -1, second = -1;
		bool is_good = dl_retry_delay_eval(text, retried, &first);

		check_delay(is_good, first);
		if (is_good != dl_retry_delay_eval(text, retried, &second) ||
		    first != second || (is_good && !may_be_published))
			abort();
	}
}

static void
check_times(struct dl_str text)
{
	int64_t value = -1;
	bool is_good = dl_retry_after_parse(text, NOW_MS, &value);

	check_delay(is_good, value);
	if (dl_duration_parse(text, &value) &&
	    (value < 0 || value > DL_DURATION_MAX_S))
		abort();
	if (dl_duration_parse_go(text, &value) && value < 0)
		abort();
}

static void
check_limits(struct dl_str text)
{
	struct dl_flow_control limits;

	if (!dl_flow_control_parse(text, &limits))
		return;
	if (limits.parallelism < 0 || limits.rate < 0 ||
	    limits.parallelism > DL_FLOW_CONTROL_MAX_LIMIT ||
	    limits.rate > DL_FLOW_CONTROL_MAX_LIMIT || limits.period_s < 1 ||
	    limits.period_s > DL_FLOW_CONTROL_MAX_PERIOD_S ||
	    (!limits.parallelism && !limits.rate))
		abort();
}

/* The text as the value of each option in turn. */
static void
check_options(struct dl_str text)
{
	static const char *const names[] = {
	    "upstash-method",
	    "upstash-delay",
	    "upstash-not-before",
	    "upstash-retries",
	    "upstash-retry-delay",
	    "upstash-timeout",
	    "upstash-label",
	    "upstash-deduplication-id",
	    "upstash-forward-x",
	    "upstash-callback-retries",
	    "upstash-failure-callback-forward-y",
	    "content-type"};
	struct dl_arena *arena = dl_arena_create(ARENA_CAP);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct dl_header header = {dl_str(names[i]), text};
		struct dl_publish_options options;
		const char *fault = NULL;
		bool is_good = dl_publish_options_parse(
		    arena, &header, 1, NOW_MS, DAY_MS / 1000, &options, &fault);

		if (!is_good && !fault)
			abort();
		if (is_good &&
		    (options.message.retries > DL_PUBLISH_MAX_RETRIES ||
		     options.n_labels > DL_PUBLISH_MAX_LABELS ||
		     dl_publish_not_before_ms(&options.message, NOW_MS) >
			 NOW_MS + DAY_MS))
			abort();
	}
	dl_arena_destroy(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dl_str text = {(const char *)data, size};

	check_expression(text);
	check_times(text);
	check_limits(text);
	check_options(text);
	return 0;
}
