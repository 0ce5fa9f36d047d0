/* SPDX-License-Identifier: MIT */
/* A lock that is handed on, and not waited for long. */
#include "config.h"

#include "store/turn.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

/* So long nobody waits after one did in vain, milliseconds. */
#define PAUSE_MS 100

struct dl_turn {
	pthread_mutex_t lock;
	pthread_cond_t given;
	bool is_taken;
	bool is_handed; /* to one of those who wait; is_taken still */
	int n_waiting;
	int64_t paused_until; /* CLOCK_BOOTTIME, milliseconds */
};

struct dl_turn *
dl_turn_create(void)
{
	struct dl_turn *turn = calloc(1, sizeof(*turn));

	if (!turn || pthread_mutex_init(&turn->lock, NULL) ||
	    pthread_cond_init(&turn->given, NULL)) {
		dl_log_raw(DL_LOG_CRIT, "turn", "out of memory");
		abort();
	}
	return turn;
}

void
dl_turn_destroy(struct dl_turn *turn)
{
	if (!turn)
		return;
	pthread_cond_destroy(&turn->given);
	pthread_mutex_destroy(&turn->lock);
	free(turn);
}

/* Whether it was handed on in time; the lock is held. */
static bool
wait_for_it(struct dl_turn *turn)
{
	struct timespec until;
	bool is_mine;
	int rc = 0;

	dl_clock_after(DL_TURN_MS, &until);
	turn->n_waiting++;
	while (!turn->is_handed && rc != ETIMEDOUT)
		rc = pthread_cond_clockwait(&turn->given, &turn->lock,
					    CLOCK_MONOTONIC, &until);
	turn->n_waiting--;
	is_mine = turn->is_handed;
	turn->is_handed = false;
	if (!is_mine)
		turn->paused_until = dl_clock_boot_ms() + PAUSE_MS;
	return is_mine;
}

bool
dl_turn_take(struct dl_turn *turn)
{
	bool is_mine = true;

	pthread_mutex_lock(&turn->lock);
	if (!turn->is_taken)
		turn->is_taken = true;
	else if (dl_clock_boot_ms() < turn->paused_until)
		is_mine = false;
	else
		is_mine = wait_for_it(turn);
	pthread_mutex_unlock(&turn->lock);
	return is_mine;
}

void
dl_turn_give(struct dl_turn *turn)
{
	pthread_mutex_lock(&turn->lock);
	turn->is_handed = turn->n_waiting > 0;
	turn->is_taken = turn->is_handed;
	pthread_cond_signal(&turn->given);
	pthread_mutex_unlock(&turn->lock);
}
