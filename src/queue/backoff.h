/* SPDX-License-Identifier: MIT */
/*
 * How long a message waits for its next attempt when neither the destination
 * nor the publisher said: min(86400, e^(2.5 n)) seconds before retry n.
 *
 * Pure; thread-safe.  Source: QStash, "Retry", read 2026-11.
 */
#ifndef DL_QUEUE_BACKOFF_H
#define DL_QUEUE_BACKOFF_H

#include <stdint.h>

/* Milliseconds before retry n, n from 1: 12182, 148413, 1808042, ... */
int64_t dl_backoff_ms(int64_t n);

#endif
