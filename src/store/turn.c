/* SPDX-License-Identifier: MIT */
/* A lock that is not waited for long. */
#include "config.h"

#include "store/turn.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/die.h"

/* So long nobody waits after one did in vain, milliseconds. */
#define PAUSE_MS 100

struct dl_turn {
	pthread_mutex_t lock;
	pthread_cond_t given;
	bool is_taken;
	int64_t paused_until; /* CLOCK_BOOTTIME, milliseconds */
};

struct dl_turn *
dl_turn_create(void)
{
	struct dl_turn *turn = dl_must(calloc(1, sizeof(*turn)));

	pthread_mutex_init(&turn->lock, NULL);
	pthread_cond_init(&turn->given, NULL);
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

/* Until nobody has it, or in vain; the lock is held. */
static void
wait_for_it(struct dl_turn *turn)
{
	struct timespec until;
	int rc = 0;

	dl_clock_after(DL_TURN_MS, &until);
	while (turn->is_taken && rc != ETIMEDOUT)
		rc = pthread_cond_clockwait(&turn->given, &turn->lock,
					    CLOCK_MONOTONIC, &until);
	if (turn->is_taken)
		turn->paused_until = dl_clock_boot_ms() + PAUSE_MS;
}

bool
dl_turn_take(struct dl_turn *turn)
{
	bool is_mine;

	pthread_mutex_lock(&turn->lock);
	if (turn->is_taken && dl_clock_boot_ms() >= turn->paused_until)
		wait_for_it(turn);
	is_mine = !turn->is_taken;
	turn->is_taken = true;
	pthread_mutex_unlock(&turn->lock);
	return is_mine;
}

void
dl_turn_give(struct dl_turn *turn)
{
	pthread_mutex_lock(&turn->lock);
	turn->is_taken = false;
	pthread_cond_signal(&turn->given);
	pthread_mutex_unlock(&turn->lock);
}
