/* SPDX-License-Identifier: MIT */
/*
 * What the parts of disparalead sweep share: one run, its limits and what it
 * counted.  One thread.  A step that fails is logged and counted, and the
 * others go on; when the database is gone none of them asks it again.
 */
#ifndef DL_CLI_SWEEP_H
#define DL_CLI_SWEEP_H

#include "base/arena.h"
#include "cli/cli.h"
#include "remote/evolution.h"
#include "remote/qstash.h"

/* A round's rows with their texts. */
#define SWEEP_ROUND_ARENA ((size_t)64 * 1024 * 1024)

struct sweep {
	struct cli *cli;
	struct dl_arena *arena; /* of one round, which resets it */
	struct dl_qstash queue;
	struct dl_evolution evolution;
	int64_t until_boot_ms;           /* for publishing */
	int64_t reconcile_until_boot_ms; /* for what Evolution sent */
	int64_t ask_until_boot_ms;       /* for other questions */
	bool is_cut;                     /* the database is gone */
	int64_t uncertain, outcome_unknown, ended_unsent, asked, lost, probed;
	int64_t opened, paused, published, unpublished, gaps, ended, errors;
	int64_t labels, ledger, found, absent, duplicates;
	int64_t wait_s; /* the queue asked for silence */
};

/* Logs a failure and counts it. */
void sweep_error(struct sweep *s, const struct dl_error *err);

/*
 * Runs a statement that may run twice; false after counting a failure, or
 * without asking where the database is gone.  *rows as of dl_db_call().
 */
bool sweep_call(struct sweep *s, enum dl_statement statement,
		const char *const *params, PGresult **rows);

/* ---------------------------------------------------------- sweep_queue.c */

/* Asks the queue for overdue messages; those it does not know are pending. */
void sweep_ask_queue(struct sweep *s);
/* Cleans the queue of the labels that stand in the outbox. */
void sweep_clean_labels(struct sweep *s);
/* Publishes pending messages that nobody else will, in rounds. */
void sweep_publish(struct sweep *s);

/* ------------------------------------------------------ sweep_reconcile.c */

/*
 * Settles rows of unknown outcome by what Evolution sent; those that it
 * provably did not send are pending.
 */
void sweep_reconcile(struct sweep *s);

/* ---------------------------------------------------------- sweep_lanes.c */

/* Asks Evolution for parked lanes and opens those that are. */
void sweep_probe_lanes(struct sweep *s);

#endif
