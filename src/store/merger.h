/* SPDX-License-Identifier: MIT */
/*
 * Group commit: threads hand in one piece of work each and block; whoever
 * finds nobody at it takes all that waits, does it as one statement, and gives
 * every thread its own answer.  Under load a commit thus carries many results,
 * without it none waits for company.
 *
 * A batch that hangs keeps only its own: who has waited behind it for two
 * seconds does a round besides for all that wait.
 *
 * It knows no database: the work is a callback.  Where that fails because of
 * one bad piece, the batch is split in halves down to it, so that the others
 * are not lost.
 */
#ifndef DL_STORE_MERGER_H
#define DL_STORE_MERGER_H

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "store/turn.h"

/* Pieces of one statement: a batch beyond this gains nothing. */
#define DL_MERGER_MAX 64

/* Embedded in what is handed in; the caller's, until submit returns. */
struct dl_merger_item {
	struct dl_merger_item *next;
	/* Of its thread, which takes no lock to go on: done, or to lead. */
	sem_t woken;
	bool is_taken;  /* into a batch; under the lock */
	bool is_leader; /* is being told so; under the lock */
	bool is_done;
	enum dl_code code;
	struct dl_error err;
};

/*
 * Does the work of n items as one.  DL_OK: all are done, their answers stand
 * in them.  Else *err says why, and nothing of the batch took effect or all of
 * it may be done again.  Runs on the thread of one of the items.
 */
typedef enum dl_code (*dl_merger_run)(void *ctx, struct dl_merger_item **items,
				      size_t n, struct dl_error *err);

struct dl_merger;

/*
 * Mergers with one turn run their batches by turns; NULL: without.  The turn
 * remains the caller's, for as long as the merger.  Never NULL.
 */
struct dl_merger *dl_merger_create(dl_merger_run run, void *ctx,
				   struct dl_turn *turn);
/* No thread may be inside submit any more; NULL is no error. */
void dl_merger_destroy(struct dl_merger *merger);

/*
 * Blocks until the item's work is done or failed; returns its code, with the
 * reason in item->err.  Thread-safe.
 */
enum dl_code dl_merger_submit(struct dl_merger *merger,
			      struct dl_merger_item *item) DL_MUST_CHECK;

/*
 * Whether the failure is one of the data: SQLSTATE class 22, 23, P0, or 54
 * (nested too deep, too long for an index).
 */
bool dl_merger_is_data_fault(const struct dl_error *err);

#endif
