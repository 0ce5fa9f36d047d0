/* SPDX-License-Identifier: MIT */
/*
 * One batch at a time among several mergers: while one runs, the others' grow,
 * and a statement for many costs little more than for few.  With a database
 * that is far away, or one that hangs, nothing is gained by waiting: who has
 * waited for DL_TURN_MS goes on without, and for 100 ms nobody waits.
 *
 * It orders nothing that must be ordered.  Thread-safe.
 */
#ifndef DL_STORE_TURN_H
#define DL_STORE_TURN_H

#include <stdbool.h>

/* A batch of fifteen takes 2 ms where the database is near (measured). */
#define DL_TURN_MS 10

struct dl_turn;

/* Never NULL. */
struct dl_turn *dl_turn_create(void);
/* Nobody may have it or wait for it any more; NULL is no error. */
void dl_turn_destroy(struct dl_turn *turn);

/*
 * Waits for the turn.  Whether the caller has it, and must give it back; it may
 * do its work either way.
 */
bool dl_turn_take(struct dl_turn *turn);

/*
 * To whoever comes first, be it before one who waits: he would have to be woken
 * for it, and in the end he goes on without.
 */
void dl_turn_give(struct dl_turn *turn);

#endif
