/* SPDX-License-Identifier: MIT */
/*
 * The limits of a flow-control key as Upstash-Flow-Control-Value writes them:
 * "parallelism=2, rate=10, period=60s" in any order.
 *
 * Pure; thread-safe.
 */
#ifndef DL_QUEUE_FLOW_CONTROL_H
#define DL_QUEUE_FLOW_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* One week, the vendor's limit, in seconds. */
#define DL_FLOW_CONTROL_MAX_PERIOD_S 604800
#define DL_FLOW_CONTROL_MAX_LIMIT    1000000

struct dl_flow_control {
	int64_t parallelism; /* deliveries under way at a time; 0: any number */
	int64_t rate;        /* deliveries begun in a period; 0: any number */
	int64_t period_s;    /* 1 where not given */
};

/*
 * False where neither parallelism nor rate is there, a part is twice there or
 * unknown, or a number is no integer from 1 to its limit.
 */
bool dl_flow_control_parse(struct dl_str value, struct dl_flow_control *limits);

#endif
