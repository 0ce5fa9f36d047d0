/* SPDX-License-Identifier: MIT */
/* A count of ends, and the last one's number of each lane, by hash. */
#include "config.h"

#include "delivery/lane_wait.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/die.h"

/* Lanes of one bucket wake each other: a claim too many, no more. */
#define N_BUCKETS 1024

struct bucket {
	pthread_cond_t freed;
	uint64_t last; /* number of the last end on one of its lanes */
};

struct dl_lane_wait {
	pthread_mutex_t lock;
	uint64_t ends; /* so far */
	struct bucket buckets[N_BUCKETS];
};

static struct bucket *
bucket_of(struct dl_lane_wait *wait, struct dl_str lane)
{
	return &wait->buckets[dl_str_hash(DL_STR_HASH, lane) % N_BUCKETS];
}

struct dl_lane_wait *
dl_lane_wait_create(void)
{
	struct dl_lane_wait *wait = dl_must(calloc(1, sizeof(*wait)));

	pthread_mutex_init(&wait->lock, NULL);
	for (int i = 0; i < N_BUCKETS; i++)
		pthread_cond_init(&wait->buckets[i].freed, NULL);
	return wait;
}

void
dl_lane_wait_destroy(struct dl_lane_wait *wait)
{
	if (!wait)
		return;
	for (int i = 0; i < N_BUCKETS; i++)
		pthread_cond_destroy(&wait->buckets[i].freed);
	pthread_mutex_destroy(&wait->lock);
	free(wait);
}

uint64_t
dl_lane_wait_now(struct dl_lane_wait *wait)
{
	uint64_t now;

	pthread_mutex_lock(&wait->lock);
	now = wait->ends;
	pthread_mutex_unlock(&wait->lock);
	return now;
}

void
dl_lane_wait_freed(struct dl_lane_wait *wait, struct dl_str lane)
{
	struct bucket *bucket = bucket_of(wait, lane);

	pthread_mutex_lock(&wait->lock);
	bucket->last = ++wait->ends;
	pthread_cond_broadcast(&bucket->freed);
	pthread_mutex_unlock(&wait->lock);
}

void
dl_lane_wait_for(struct dl_lane_wait *wait, struct dl_str lane, uint64_t since,
		 int64_t ms)
{
	struct bucket *bucket = bucket_of(wait, lane);
	struct timespec until;
	int rc = 0;

	dl_clock_after(ms, &until);
	pthread_mutex_lock(&wait->lock);
	while (bucket->last <= since && rc != ETIMEDOUT)
		rc = pthread_cond_clockwait(&bucket->freed, &wait->lock,
					    CLOCK_MONOTONIC, &until);
	pthread_mutex_unlock(&wait->lock);
}
