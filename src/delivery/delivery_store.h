/* SPDX-License-Identifier: MIT */
/*
 * What process-message asks of the database: claim a message, record what
 * came of it, give it a later slot, note that the queue has it.  Claims and
 * outcomes of all threads are merged into one statement each; a call returns
 * when its own is committed.  No connection is held between calls.
 *
 * Thread-safe.
 */
#ifndef DL_DELIVERY_DELIVERY_STORE_H
#define DL_DELIVERY_DELIVERY_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/settings.h"
#include "base/uuid.h"
#include "domain/delivery_request.h"
#include "domain/outcome.h"
#include "remote/qstash.h"
#include "store/db.h"

struct dl_delivery_store;

/* pool and settings outlive the store.  Never NULL. */
struct dl_delivery_store *
dl_delivery_store_create(struct dl_db_pool *pool,
			 const struct dl_settings *settings);
void dl_delivery_store_destroy(struct dl_delivery_store *store);

/* What a claim came to; the names are those of the SQL function. */
#define DL_CLAIM_RESULTS(X)                                                    \
	X(DL_CLAIM_CLAIMED, "claimed")                                         \
	X(DL_CLAIM_SENT, "sent")                                               \
	X(DL_CLAIM_SENDING, "sending")                                         \
	X(DL_CLAIM_UNCERTAIN, "uncertain")                                     \
	X(DL_CLAIM_FINAL, "final")                                             \
	X(DL_CLAIM_STALE, "stale")                                             \
	X(DL_CLAIM_PAUSED, "paused")                                           \
	X(DL_CLAIM_CANCELLED, "cancelled")                                     \
	X(DL_CLAIM_ENDED, "ended")                                             \
	X(DL_CLAIM_SUPPRESSED, "suppressed")                                   \
	X(DL_CLAIM_EXPIRED, "expired")                                         \
	X(DL_CLAIM_PARKED, "parked")                                           \
	X(DL_CLAIM_CLOSED, "closed")                                           \
	X(DL_CLAIM_CAPPED, "capped")                                           \
	X(DL_CLAIM_LANE_BUSY, "lane_busy")                                     \
	X(DL_CLAIM_UNKNOWN, "unknown")                                         \
	X(DL_CLAIM_MISMATCH, "mismatch")

enum dl_claim_result {
#define X(id, name) id,
	DL_CLAIM_RESULTS(X)
#undef X
	    DL_CLAIM__COUNT
};

/* Text lives in the arena given to the call; "" and {NULL, 0} where absent. */
struct dl_claim {
	enum dl_claim_result result;
	const char *status; /* the row's, where it was found */
	int64_t wait_ms;    /* LANE_BUSY, SENDING: until it is worth a try */
	struct dl_str instance_name; /* where it was found in that campaign */
	struct dl_str evolution_key; /* SENT */
	/* CLAIMED: */
	struct dl_str phone_number;
	struct dl_str message_content;
	struct dl_str message_type;
	struct dl_str media_url;
	struct dl_str file_name;
	struct dl_str instance_token; /* a secret: never logged */
	int64_t gap_ms;
	int64_t claimed_boot_ms; /* not later than the claim's own time */
	int64_t lease_boot_ms;   /* not later than the lease's end */
};

/* "claimed"; static. */
const char *dl_claim_result_name(enum dl_claim_result result);

/*
 * Claims a message under token, made by the caller for this delivery.  The
 * same call may be repeated: a claim that was made already is found again.
 */
enum dl_code dl_delivery_claim(struct dl_delivery_store *store,
			       struct dl_arena *arena,
			       const struct dl_delivery_ref *ref,
			       const struct dl_uuid *token,
			       struct dl_claim *claim,
			       struct dl_error *err) DL_MUST_CHECK;

/* An outcome to be recorded.  Text is borrowed until the call returns. */
struct dl_record {
	const char *outcome;       /* as the SQL function names them; static */
	const char *error_code;    /* NULL where there is none */
	const char *error_message; /* NULL where there is none */
	const char *response;      /* JSON; NULL: none */
	const char *evolution_key; /* NULL where there is none */
	int64_t park_s;            /* park the lane so long; 0: don't */
	/* What response is of, to be cut where it is refused; NULL: none */
	const struct dl_outcome_answer *answer;
};

struct dl_recorded {
	const char *result; /* recorded, already, lost, duplicate, unknown */
	const char *status; /* the row's state now; "" where unknown */
	int64_t generation;
};

/*
 * Records the outcome of the claim made under token.  May be repeated.  An
 * answer that the database refuses is stored in its reduced form, and a key
 * that another row has already not at all.
 */
enum dl_code dl_delivery_record(struct dl_delivery_store *store,
				struct dl_arena *arena,
				const struct dl_delivery_ref *ref,
				const struct dl_uuid *token,
				const struct dl_record *record,
				struct dl_recorded *recorded,
				struct dl_error *err) DL_MUST_CHECK;

/*
 * Gives a waiting message its lane's next slot.  *is_there false: it is not
 * waiting any more.  The message's text lives in the arena.
 */
enum dl_code dl_delivery_reserve(struct dl_delivery_store *store,
				 struct dl_arena *arena,
				 const struct dl_delivery_ref *ref,
				 struct dl_qstash_message *message,
				 bool *is_there,
				 struct dl_error *err) DL_MUST_CHECK;

/* Notes that the queue accepted a message under queue_id. */
enum dl_code dl_delivery_published(struct dl_delivery_store *store,
				   struct dl_arena *arena,
				   const struct dl_qstash_message *message,
				   struct dl_str queue_id,
				   struct dl_error *err) DL_MUST_CHECK;

/*
 * The queue gave a message up; what is its words.  *status is the row's state
 * afterwards, NULL where nothing was done.
 */
enum dl_code dl_delivery_give_up(struct dl_delivery_store *store,
				 struct dl_arena *arena,
				 const struct dl_delivery_ref *ref,
				 const char *what, const char **status,
				 struct dl_error *err) DL_MUST_CHECK;

#endif
