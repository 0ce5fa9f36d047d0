/* SPDX-License-Identifier: MIT */
/*
 * What launch-campaign asks of the database.  It stores what was decided and
 * tells what is there; it decides nothing and speaks to no queue.
 *
 * Thread-safe: every call borrows a connection of its own.
 */
#ifndef DL_STORE_LAUNCH_STORE_H
#define DL_STORE_LAUNCH_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "base/uuid.h"
#include "domain/launch_plan.h"
#include "domain/launch_request.h"
#include "store/db.h"

/* ------------------------------------------------------- Idempotency-Key */

enum dl_launch_key_state {
	DL_LAUNCH_KEY_NEW,         /* go on */
	DL_LAUNCH_KEY_IN_PROGRESS, /* ask again in retry_after_s */
	DL_LAUNCH_KEY_CONFLICT,    /* used with another body */
	DL_LAUNCH_KEY_REPLAY,      /* answer is what to say again */
	DL_LAUNCH_KEY_UNANSWERED   /* stored, but no answer was kept */
};

struct dl_launch_key {
	enum dl_launch_key_state state;
	struct dl_uuid campaign_id;
	struct dl_str answer;  /* JSON; in the arena */
	int64_t created_at_ms; /* of the launch that had it */
	int64_t retry_after_s;
};

/* Looks the key up; nothing stays locked. */
enum dl_code dl_launch_look_up_key(struct dl_db_pool *pool,
				   struct dl_arena *arena,
				   const char *tenant_id, const char *key,
				   const char *request_hash, int64_t deadline_s,
				   struct dl_launch_key *found,
				   struct dl_error *err) DL_MUST_CHECK;

/* -------------------------------------------------- what a plan must know */

/* Instances that are not the tenant's alone, in the arena. */
enum dl_code dl_launch_foreign_instances(
    struct dl_db_pool *pool, struct dl_arena *arena, const char *tenant_id,
    const struct dl_str *names, size_t n, struct dl_str **foreign,
    size_t *n_foreign, struct dl_error *err) DL_MUST_CHECK;

/* Those of the phone keys that the tenant must not write to, in the arena. */
enum dl_code dl_launch_suppressed(struct dl_db_pool *pool,
				  struct dl_arena *arena, const char *tenant_id,
				  const struct dl_str *phone_keys, size_t n,
				  struct dl_str **suppressed,
				  size_t *n_suppressed,
				  struct dl_error *err) DL_MUST_CHECK;

struct dl_launch_lane {
	struct dl_str instance_name;
	struct dl_str state; /* as Evolution last said it; {NULL, 0}: unknown */
	bool is_open;        /* its messages may be published */
	int64_t gap_s;
};

/*
 * Those of the numbers that have been used before, by name, as they were last
 * heard of; in the arena.  Only name and state are filled.
 */
enum dl_code dl_launch_lanes(struct dl_db_pool *pool, struct dl_arena *arena,
			     const char *tenant_id, const struct dl_str *names,
			     size_t n, struct dl_launch_lane **lanes,
			     size_t *n_lanes,
			     struct dl_error *err) DL_MUST_CHECK;

/* ------------------------------------------------------------- the launch */

/* Everything that is stored; all of it belongs to the caller. */
struct dl_launch {
	struct dl_uuid id; /* made by the program */
	const char *tenant_id;
	const char *user_id;
	const char *idempotency_key; /* NULL: none */
	const char *request_hash;
	int64_t deadline_s; /* LAUNCH_DEADLINE_S */
	/* The caller publishes nothing: the sweeper may begin at once. */
	bool is_for_sweeper;
	const struct dl_launch_request *request;
	const struct dl_launch_plan *plan;
	const struct dl_uuid *row_ids; /* one for each of the plan's rows */
};

struct dl_launch_stored {
	/* Another request had the key at that moment: nothing was stored. */
	bool is_taken;
	struct dl_launch_key key;     /* then: what became of the key */
	struct dl_launch_lane *lanes; /* in the arena */
	size_t n_lanes;
	const char *status; /* the campaign's: pending or completed */
};

/*
 * Stores the campaign and all its rows in one transaction, run again on a
 * serialization failure or deadlock.  DL_TRY_LATER with err->uncertain: the
 * COMMIT was not answered, *stored is what it would be, and dl_launch_exists()
 * tells.  Memory: a few MiB beside the arena, however many rows.
 */
enum dl_code dl_launch_store(struct dl_db_pool *pool, struct dl_arena *arena,
			     const struct dl_launch *launch,
			     struct dl_launch_stored *stored,
			     struct dl_error *err) DL_MUST_CHECK;

/* Whether the campaign was stored, asked on another connection. */
enum dl_code dl_launch_exists(struct dl_db_pool *pool, struct dl_arena *arena,
			      const char *tenant_id, const char *campaign_id,
			      bool *exists, struct dl_error *err) DL_MUST_CHECK;

/* ------------------------------------------------------------- afterwards */

/* What became of a stored launch, from its rows. */
struct dl_launch_rows {
	const char *status;
	int64_t total;
	int64_t suppressed;
	int64_t queued;
	bool has_slots;
	int64_t first_at_ms;
	int64_t last_at_ms;
};

enum dl_code dl_launch_read_rows(struct dl_db_pool *pool,
				 struct dl_arena *arena, const char *tenant_id,
				 const char *campaign_id,
				 struct dl_launch_rows *rows,
				 struct dl_error *err) DL_MUST_CHECK;

/*
 * Makes the campaign processing where no row of it is pending any more, and
 * tells its status.
 */
enum dl_code dl_launch_start(struct dl_db_pool *pool, struct dl_arena *arena,
			     const char *campaign_id, const char **status,
			     struct dl_error *err) DL_MUST_CHECK;

/* Keeps the answer for replays; *kept is the first one that was. */
enum dl_code dl_launch_keep_answer(struct dl_db_pool *pool,
				   struct dl_arena *arena,
				   const char *tenant_id,
				   const char *campaign_id, const char *answer,
				   struct dl_str *kept,
				   struct dl_error *err) DL_MUST_CHECK;

#endif
