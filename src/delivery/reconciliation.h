/* SPDX-License-Identifier: MIT */
/*
 * Rows of unknown outcome beside what Evolution says it sent: read, matched
 * (domain/reconcile), settled.  Where the messages come from, a webhook or a
 * question, is the caller's.  No connection is held between calls.
 *
 * Thread-safe; a struct dl_reconciliation belongs to one thread.
 */
#ifndef DL_DELIVERY_RECONCILIATION_H
#define DL_DELIVERY_RECONCILIATION_H

#include "base/arena.h"
#include "domain/reconcile.h"
#include "store/db.h"

/* Rows of one kind that are looked at together. */
#define DL_RECONCILIATION_ROWS 200

struct dl_reconciliation {
	struct dl_db_pool *pool;
	struct dl_arena *arena;
	const char *instance;
	const char *program; /* for the journal */
	/* Filled by load(), in the arena: */
	struct dl_reconcile_row *rows;
	size_t n_rows;
	PGresult *columns;      /* line i is rows[i]'s: id, may_be_absent... */
	int64_t now_ms;         /* the database's clock at boot clock... */
	int64_t loaded_boot_ms; /* ...this */
	int64_t ahead_ms; /* Evolution's clock, as last measured; 0: never */
	/* Counted by settle(): */
	int64_t n_settled, n_duplicates;
};

/*
 * Reads the rows that messages of r->instance may settle: those of unknown
 * outcome, or, where phone_keys (an array literal) is not NULL, those to these
 * persons.  pool, arena, instance and program stand already.
 */
enum dl_code dl_reconciliation_load(struct dl_reconciliation *r,
				    const char *phone_keys,
				    struct dl_error *err) DL_MUST_CHECK;

/*
 * Fills in of messages whether their key is a row's and whose their @lid is.
 * A message that is a row's tells whose @lid it went to.
 */
enum dl_code dl_reconciliation_know(const struct dl_reconciliation *r,
				    struct dl_reconcile_seen *seen,
				    size_t n_seen,
				    struct dl_error *err) DL_MUST_CHECK;

/*
 * Settles what rows[].settled_by says, journals what sent_before says, and
 * takes up the receipts that were kept for keys that are now known.
 */
enum dl_code dl_reconciliation_settle(struct dl_reconciliation *r,
				      const struct dl_reconcile_seen *seen,
				      struct dl_error *err) DL_MUST_CHECK;

/*
 * Notes receipts that came before their key was known, of at most max_keys
 * messages whose key is a row's by now: of key, or of any where it is NULL;
 * and forgets them.
 */
enum dl_code dl_reconciliation_take_up(struct dl_db_pool *pool,
				       struct dl_arena *arena,
				       const char *instance, const char *key,
				       int64_t max_keys,
				       struct dl_error *err) DL_MUST_CHECK;

#endif
