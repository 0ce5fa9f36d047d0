/* SPDX-License-Identifier: MIT */
/*
 * The signing keys as the API shows and rolls them, and readiness.
 *
 * Thread-safe.
 */
#ifndef DL_QUEUE_KEYS_H
#define DL_QUEUE_KEYS_H

#include "queue/api.h"

#define DL_QUEUE_KEYS_PATH "/v2/keys"

/* GET /v2/keys: {"current":"sig_...","next":"sig_..."}. */
enum dl_code dl_queue_show_keys(const struct dl_queue_call *call,
				struct dl_error *err);

/* POST /v2/keys/rotate: the same after the next key became the current one. */
enum dl_code dl_queue_rotate_keys(const struct dl_queue_call *call,
				  struct dl_error *err);

/* GET /v2/readiness: {"ready":true}, or 503 where the database is away. */
enum dl_code dl_queue_show_readiness(const struct dl_queue_call *call,
				     struct dl_error *err);

#endif
