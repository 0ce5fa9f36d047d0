/* SPDX-License-Identifier: MIT */
/*
 * The log: an entry for each change of a message's state, under both of the
 * names that the vendor has for it.
 *
 * Thread-safe.
 */
#ifndef DL_QUEUE_EVENTS_H
#define DL_QUEUE_EVENTS_H

#include "queue/api.h"

/* GET /v2/events?<filters>&count=&cursor=&order=: {"events","cursor"?}. */
enum dl_code dl_queue_list_events(const struct dl_queue_call *call,
				  struct dl_error *err);

/* GET /v2/logs, the same as {"logs","cursor"?}. */
enum dl_code dl_queue_list_logs(const struct dl_queue_call *call,
				struct dl_error *err);

#endif
