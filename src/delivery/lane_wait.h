/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a lane (a WhatsApp number) that another delivery of this program
 * sends on: who waits goes on as soon as that one is recorded.  A lane that
 * another process or machine sends on is simply waited for.
 *
 * Knows no database and promises nothing about the lane: the claim decides.
 * Thread-safe.
 */
#ifndef DL_DELIVERY_LANE_WAIT_H
#define DL_DELIVERY_LANE_WAIT_H

#include <stdint.h>

#include "base/str.h"

struct dl_lane_wait;

/* Never NULL. */
struct dl_lane_wait *dl_lane_wait_create(void);
/* No thread may be waiting any more; NULL is no error. */
void dl_lane_wait_destroy(struct dl_lane_wait *wait);

/* This moment, for dl_lane_wait_for(): taken before the lane is found busy. */
uint64_t dl_lane_wait_now(struct dl_lane_wait *wait);

/* Nothing of this program is being sent on the lane any more. */
void dl_lane_wait_freed(struct dl_lane_wait *wait, struct dl_str lane);

/*
 * Blocks until the lane was freed after since, for ms milliseconds at most.
 * Another lane's end may wake it as well.
 */
void dl_lane_wait_for(struct dl_lane_wait *wait, struct dl_str lane,
		      uint64_t since, int64_t ms);

#endif
