/* SPDX-License-Identifier: MIT */
/*
 * POST /v2/publish/<url> and POST /v2/batch: reads what is to be published,
 * checks all of it, stores all of it in one transaction, answers.
 *
 * Thread-safe.
 */
#ifndef DL_QUEUE_PUBLISH_H
#define DL_QUEUE_PUBLISH_H

#include "queue/api.h"

enum dl_code dl_queue_publish(const struct dl_queue_call *call,
			      struct dl_error *err);
enum dl_code dl_queue_publish_batch(const struct dl_queue_call *call,
				    struct dl_error *err);

#endif
