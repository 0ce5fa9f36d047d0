/* SPDX-License-Identifier: MIT */
/*
 * Flow-control keys as the API shows and steers them: pause, pinned limits,
 * the rate's window.
 *
 * Thread-safe.
 */
#ifndef DL_QUEUE_FLOW_KEYS_H
#define DL_QUEUE_FLOW_KEYS_H

#include "queue/api.h"

/* GET /v2/flowControl?search=...: an array, by name, at most 10000. */
enum dl_code dl_queue_list_flow_keys(const struct dl_queue_call *call,
				     struct dl_error *err);

/* GET /v2/flowControl/<key>, or 404. */
enum dl_code dl_queue_show_flow_key(const struct dl_queue_call *call,
				    struct dl_error *err);

/* POST /v2/flowControl/<key>/pause; a key never seen is made. */
enum dl_code dl_queue_pause_flow_key(const struct dl_queue_call *call,
				     struct dl_error *err);
enum dl_code dl_queue_resume_flow_key(const struct dl_queue_call *call,
				      struct dl_error *err);

/*
 * POST /v2/flowControl/<key>/pin?parallelism=&rate=&period=: at least one of
 * the first two; period, in seconds, belongs to rate.
 */
enum dl_code dl_queue_pin_flow_key(const struct dl_queue_call *call,
				   struct dl_error *err);

/* POST /v2/flowControl/<key>/unpin?parallelism=true&rate=true, or 404. */
enum dl_code dl_queue_unpin_flow_key(const struct dl_queue_call *call,
				     struct dl_error *err);

/* POST /v2/flowControl/<key>/resetRate, or 404. */
enum dl_code dl_queue_reset_flow_key(const struct dl_queue_call *call,
				     struct dl_error *err);

/* GET /v2/globalParallelism: the limit of a copy, and what is under way. */
enum dl_code dl_queue_show_parallelism(const struct dl_queue_call *call,
				       struct dl_error *err);

#endif
