/* SPDX-License-Identifier: MIT */
/*
 * What every part of local-queue shares.  Made by main, read-only once the
 * threads run.
 */
#ifndef DL_QUEUE_QUEUE_H
#define DL_QUEUE_QUEUE_H

#include "base/settings.h"
#include "queue/credentials.h"
#include "store/db.h"

/* Documented limit of the vendor's free plan, bytes of a message's body. */
#define DL_QUEUE_MAX_MESSAGE 1048576

struct dl_queue_dispatcher;

struct dl_queue {
	const struct dl_settings *settings;
	struct dl_db_pool *pool;
	struct dl_queue_credentials credentials;
	struct dl_queue_dispatcher *dispatcher;
};

#endif
