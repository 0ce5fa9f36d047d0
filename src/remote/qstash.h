/* SPDX-License-Identifier: MIT */
/*
 * The queue: Upstash QStash or local-queue, which speak the same API.  This
 * publishes messages, asks for one, cancels a label.  It knows no database:
 * what was accepted is told to a callback, and what was not simply stays as
 * it is, for the sweeper.
 *
 * Thread-safe: struct dl_qstash is read-only after dl_qstash_init().
 */
#ifndef DL_REMOTE_QSTASH_H
#define DL_REMOTE_QSTASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/str.h"
#include "remote/http.h"

/*
 * One call of /v2/batch.  The vendor names no limit of items and takes 100 MB;
 * a small batch is marked queued soon, and its loss costs little.
 */
#define DL_QSTASH_BATCH_MESSAGES 100
#define DL_QSTASH_BATCH_BYTES    (1024 * 1024)
#define DL_QSTASH_MAX_IN_FLIGHT  32

struct dl_qstash {
	const struct dl_http_transport *http;
	struct dl_str url;   /* QSTASH_URL; like all text here the settings' */
	struct dl_str token; /* never logged */
	struct dl_str public_url;
	int64_t retries;
	int64_t timeout_s;
	int64_t media_timeout_s;
};

/* A row to be delivered. */
struct dl_qstash_message {
	const char *id;
	const char *campaign_id;
	struct dl_str instance_name;
	struct dl_str phone_number;
	struct dl_str content;
	int64_t generation;
	int64_t run;          /* the campaign's */
	int64_t gap_s;        /* the lane's; 0: no rate */
	int64_t not_before_s; /* unix time; past means now */
	bool is_media;
};

/* A message that the queue holds now. */
struct dl_qstash_accepted {
	size_t index;           /* of the message, as published */
	struct dl_str queue_id; /* the queue's own id of it */
};

/* What is published, and who is told. */
struct dl_qstash_source {
	size_t n;
	/*
	 * Fills *message number index (below n); text that is made for it goes
	 * into arena, which lives until its batch is answered.
	 */
	void (*get)(void *ctx, size_t index, struct dl_arena *arena,
		    struct dl_qstash_message *message);
	/*
	 * Told after each batch, on the publishing thread, what of it was
	 * accepted (n >= 1).  A message that the queue had already (same
	 * deduplication id) counts as accepted.
	 */
	void (*accepted)(void *ctx, const struct dl_qstash_accepted *items,
			 size_t n);
	void *ctx;
};

struct dl_qstash_report {
	size_t accepted;
	size_t refused;     /* the queue said no to this message itself */
	size_t unpublished; /* never sent, or no answer, or 5xx */
	bool is_limited;    /* 429: stop for wait_s seconds */
	int64_t wait_s;
};

/* Fills q from the settings, which must outlive it. */
void dl_qstash_init(struct dl_qstash *q, const struct dl_settings *settings,
		    const struct dl_http_transport *http);

/*
 * Publishes the source's messages in order, in batches, at most
 * DL_QSTASH_MAX_IN_FLIGHT of them under way, until deadline_boot_ms
 * (dl_clock_boot_ms).  A batch that is refused as a whole (4xx) is split down
 * to its culprits.  Ends early on 401, 403, 429 and a run of failures.  Always
 * fills *report, whose three counts make n.
 */
void dl_qstash_publish(const struct dl_qstash *q,
		       const struct dl_qstash_source *source,
		       int64_t deadline_boot_ms,
		       struct dl_qstash_report *report);

/* dl_qstash_source.get of an array of messages, which is its ctx. */
void dl_qstash_get_from_array(void *ctx, size_t index, struct dl_arena *arena,
			      struct dl_qstash_message *message);

/*
 * Whether the queue still holds the message with its id.  A delivered one
 * vanishes soon after.  DL_BAD_REQUEST: no id that a queue would give;
 * DL_TRY_LATER: no usable answer (err->retry_after_s on a 429).
 */
enum dl_code dl_qstash_get_message(const struct dl_qstash *q,
				   struct dl_arena *arena, const char *queue_id,
				   bool *is_known,
				   struct dl_error *err) DL_MUST_CHECK;

/*
 * Cancels every message with that label, which may go on in the queue after
 * the answer: only our own rows tell.  DL_BAD_REQUEST for an empty or odd
 * label: without a filter the queue would cancel everything.
 */
enum dl_code dl_qstash_cancel_label(const struct dl_qstash *q,
				    struct dl_arena *arena, const char *label,
				    struct dl_error *err) DL_MUST_CHECK;

/*
 * Whether the queue answers and knows our token (it shows its signing keys,
 * which are not kept).  DL_TRY_LATER: no usable answer, the status in err.
 */
enum dl_code dl_qstash_ping(const struct dl_qstash *q, struct dl_arena *arena,
			    struct dl_error *err) DL_MUST_CHECK;

/* ------------------------------------------------------------- checking */

/* In the arena. */
struct dl_qstash_keys {
	struct dl_str current, next; /* secrets */
	struct dl_str date; /* the answer's Date header; may be empty */
};

/*
 * The keys that the queue signs with.  DL_UNAUTHENTICATED: the token is
 * refused; DL_TRY_LATER: no usable answer.
 */
enum dl_code dl_qstash_get_keys(const struct dl_qstash *q,
				struct dl_arena *arena,
				struct dl_qstash_keys *keys,
				struct dl_error *err) DL_MUST_CHECK;

/*
 * Has the queue deliver body to PUBLIC_URL/process-message once, without a
 * retry.  DL_REJECTED: the queue refuses to, in its words.
 */
enum dl_code dl_qstash_probe(const struct dl_qstash *q, struct dl_arena *arena,
			     struct dl_str body, const char **queue_id,
			     struct dl_error *err) DL_MUST_CHECK;

/* Neither of the two: it is under way. */
struct dl_qstash_probe_result {
	bool is_delivered;  /* answered 2xx */
	bool is_refused;    /* with what follows */
	long status;        /* 0 where nobody answered */
	struct dl_str body; /* of the answer */
};

/* What became of a probe; one that was refused is taken out of the queue. */
enum dl_code dl_qstash_probe_result(const struct dl_qstash *q,
				    struct dl_arena *arena,
				    const char *queue_id,
				    struct dl_qstash_probe_result *result,
				    struct dl_error *err) DL_MUST_CHECK;

/* ------------------------------------------------- the parts without I/O */

/* Appends the batch's element of one message. */
void dl_qstash_write_message(const struct dl_qstash *q,
			     const struct dl_qstash_message *message,
			     struct dl_buf *out);

/* "lane-" and 32 hexadecimal digits; the NUL. */
#define DL_QSTASH_LANE_KEY_MAX 38
/* The flow-control key of a WhatsApp number; returns out. */
const char *dl_qstash_lane_key(struct dl_str instance_name,
			       char out[DL_QSTASH_LANE_KEY_MAX]);

/* The vendor's ids have some 60 bytes. */
#define DL_QSTASH_ID_MAX 512

/* What the answer says of one element. */
struct dl_qstash_slot {
	struct dl_str queue_id; /* printable ASCII; empty: not accepted */
	struct dl_str error;    /* the queue's words, if any */
};

/*
 * Reads a 2xx answer to a batch of n.  False when it is none: then it says
 * nothing about any of them.  The text of the slots lives in the arena.
 */
bool dl_qstash_read_slots(struct dl_arena *arena, struct dl_str body,
			  struct dl_qstash_slot *slots, size_t n);

/*
 * Seconds that a 429 asks to wait, from 1 to 86,400, from Retry-After or the
 * rate-limit headers (unix time of the reset); 60 where it names none.
 */
int64_t dl_qstash_wait_s(const struct dl_http_answer *answer, int64_t now_s);

#endif
