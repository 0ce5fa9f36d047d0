/* SPDX-License-Identifier: MIT */
/*
 * Who delivers: one thread that leases due messages, renews the leases of
 * those under way and sleeps until the next is due, and
 * LOCAL_QUEUE_PARALLELISM threads that deliver one message at a time.
 */
#ifndef DL_QUEUE_DISPATCHER_H
#define DL_QUEUE_DISPATCHER_H

#include <stdbool.h>

#include "base/error.h"
#include "queue/queue.h"

/*
 * Starts the threads, which block all signals; queue must outlive them.
 * DL_INTERNAL where the system gives no more.
 */
enum dl_code dl_queue_dispatcher_create(const struct dl_queue *queue,
					struct dl_queue_dispatcher **dispatcher,
					struct dl_error *err) DL_MUST_CHECK;

/* Makes the planning thread look at once.  Thread-safe. */
void dl_queue_dispatcher_wake(struct dl_queue_dispatcher *dispatcher);

/*
 * Leases nothing more and waits up to patience_ms for what is under way.
 * True: all has ended and dispatcher is freed.  False: some deliveries go on;
 * their threads still use dispatcher and queue, so that the process must end.
 */
bool dl_queue_dispatcher_stop(struct dl_queue_dispatcher *dispatcher,
			      int64_t patience_ms) DL_MUST_CHECK;

#endif
