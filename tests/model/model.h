/* SPDX-License-Identifier: MIT */
/*
 * A model in memory of campaigns, messages and lanes: what the state table of
 * the data's description says, written once more and independently of the SQL
 * functions, for a few campaigns.  Random steps move it; after each its
 * invariants hold, and PostgreSQL, to which the same step was done, says the
 * same.
 *
 * Times are milliseconds of the model's own clock, which stands still while a
 * step is done.  Nothing here does I/O.  Not thread-safe.
 */
#ifndef DL_TESTS_MODEL_H
#define DL_TESTS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_CAMPAIGNS 4
#define MODEL_ROWS      5 /* at most, of one campaign */
#define MODEL_MESSAGES  (MODEL_CAMPAIGNS * MODEL_ROWS)
#define MODEL_LANES     3
#define MODEL_PHONES    8
#define MODEL_WORKERS   12
#define MODEL_BATCH     3 /* deliveries or outcomes of one statement */
#define MODEL_CODES     8 /* error codes that one campaign's rows have */

/* Times that are none: SQL's NULL, -infinity and infinity. */
#define MODEL_NULL   INT64_MIN
#define MODEL_BEFORE (INT64_MIN + 1)
#define MODEL_NEVER  INT64_MAX

/* The settings that the steps give to the statements. */
#define MODEL_LEASE_S     60
#define MODEL_MARGIN_MS   250
#define MODEL_RETRIES     2
#define MODEL_STALE_S     120
#define MODEL_MAX_DELAY_S 604800
#define MODEL_DEADLINE_S  300
#define MODEL_QUEUE_TRIES 5 /* publications in vain before a pause */

enum model_status {
	MODEL_PENDING,
	MODEL_QUEUED,
	MODEL_SENDING,
	MODEL_UNCERTAIN,
	/* the final ones */
	MODEL_SENT,
	MODEL_FAILED,
	MODEL_CANCELLED,
	MODEL_SUPPRESSED,
	MODEL_EXPIRED,
	MODEL_STATUSES
};

enum model_phase { /* of a campaign */
		   MODEL_C_PENDING,
		   MODEL_C_PROCESSING,
		   MODEL_C_PAUSED,
		   MODEL_C_COMPLETED,
		   MODEL_C_FAILED,
		   MODEL_C_CANCELLED
};

enum model_breaker { MODEL_CLOSED, MODEL_OPEN, MODEL_HALF_OPEN };

struct model_message {
	int64_t serial; /* of its id; 0: there is none here */
	enum model_status status;
	int lane; /* -1: none, suppressed at launch */
	int phone;
	int generation;
	int attempt;
	int retries;
	int publish_count;
	int64_t token; /* 0: never claimed */
	int64_t key;   /* Evolution's, 0: none */
	int64_t queue_id;
	int64_t claimed_at;
	int64_t lease_end;
	int64_t slot;
	int64_t published_at;
	int64_t updated_at;
	int64_t sent_at;
	bool is_delivered;
	bool is_read;
	const char *code; /* error code, NULL: none */

	/* What no column says: the truth that the invariants are about. */
	bool is_in_doubt; /* a claim without proof that nothing went out */
	int sends;        /* really */
	int decisions;    /* an operator's, to send again */
};

struct model_campaign {
	int64_t serial; /* 0: there is none here */
	enum model_phase phase;
	const char *reason; /* NULL: none */
	int n_rows;
	int counts[MODEL_STATUSES]; /* of the final states alone */
	int n_delivered;
	int n_read;
	int delay_s;
	int run;
	bool is_started;
	bool is_announced;
	int64_t completed_at;
	int64_t expires_at;
	bool lanes[MODEL_LANES];
};

struct model_lane {
	int gap_s;
	int64_t last_start;
	int64_t reserved_until;
	int64_t parked_until;
	const char *parked_reason; /* NULL: none */
	const char *state;         /* as Evolution last said it, NULL */
	enum model_breaker breaker;
	int faults;
	int opened;
	int64_t unauthorized_since;
	int64_t checked_at;
	int error_receipts;
	int64_t error_receipt_at;

	int sent_gap_s; /* delay of the campaign whose send began last */
};

enum model_outcome {
	MODEL_O_SENT,
	MODEL_O_FAILED,
	MODEL_O_TRANSIENT,
	MODEL_O_TRANSIENT_LAST,
	MODEL_O_FAULT,
	MODEL_O_CREDENTIAL,
	MODEL_O_UNKNOWN,
	MODEL_O_GIVEN_BACK,
	MODEL_O_ABSENT,
	MODEL_O_SUPPRESSED,
	MODEL_O_EXPIRED,
	MODEL_OUTCOMES
};

/* One delivery or one outcome of a batch. */
struct model_item {
	int message; /* -1: one that nobody knows */
	int campaign;
	int generation;
	int64_t token;
	enum model_outcome outcome;
	const char *code;
	int64_t key;
	int park_s;
};

/* A claim's worker, until it has reported, or died. */
struct model_worker {
	int64_t token; /* 0: none here */
	int message;
	int64_t key; /* under which Evolution sends it */
	bool is_out; /* the send did happen */
	bool has_reported;
	bool is_unknown;        /* its answer was lost, or it died */
	struct model_item last; /* what it reported */
};

struct model {
	int64_t now;
	int64_t serials; /* the last one given out */
	struct model_campaign campaigns[MODEL_CAMPAIGNS];
	struct model_message messages[MODEL_MESSAGES];
	struct model_lane lanes[MODEL_LANES];
	struct model_worker workers[MODEL_WORKERS];
	int64_t suppressed_at[MODEL_PHONES]; /* MODEL_NULL: not */
	const char *fault; /* what a step did that it must not, NULL */
	long moves[MODEL_STATUSES][MODEL_STATUSES]; /* of rows, so far */
};

/* Names as the database has them; static. */
const char *model_status_name(enum model_status status);
const char *model_phase_name(enum model_phase phase);
const char *model_outcome_name(enum model_outcome outcome);
const char *model_breaker_name(enum model_breaker breaker);

/* A text: the answer that a step's statement must give, a line, a parameter. */
struct model_text {
	char text[1024];
};

/* Appends, as printf does. */
void model_say(struct model_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ----------------------------------------------------- parts of the model */

void model_init(struct model *model, int64_t now);

struct model_campaign *model_campaign_of(struct model *model, int message);
bool model_is_live(const struct model_campaign *campaign);
bool model_is_waiting(const struct model_message *message);
/* pending, queued, sending or uncertain */
bool model_is_open(const struct model_message *message);
/* Rows of a campaign in that state. */
int model_count(const struct model *model, int campaign,
		enum model_status status);

/* Moves a row and the counters of both states. */
void model_move(struct model *model, int message, enum model_status to);
/* Back to pending, of the next generation. */
void model_put_back(struct model *model, int message);
/* Raises the gaps of a campaign's lanes to its delay. */
void model_raise_gaps(struct model *model, int campaign);
/* Ends a live campaign that has no open row. */
void model_finish(struct model *model, int campaign);
/* After rows reached a final state: the campaign begins, and maybe ends. */
void model_settle(struct model *model, int campaign, bool is_outcome);

/* ---------------------------------------------------------- the functions */

struct model_launch {
	int campaign; /* its place, which is free */
	int n_rows;
	int delay_s;
	int64_t first_slot;
	int64_t expires_at;
	bool is_sweepers; /* nobody publishes it but the sweeper */
	bool lanes[MODEL_LANES];
	int phones[MODEL_ROWS];
	/* The look at the suppressions came before the latest of them. */
	bool is_blind;
};

void model_launch(struct model *model, const struct model_launch *launch);
void model_start(struct model *model, int campaign, struct model_text *answer);
void model_mark(struct model *model, const struct model_item *items, int n,
		struct model_text *answer);
void model_claim(struct model *model, const struct model_item *items, int n,
		 struct model_text *answer);
void model_record(struct model *model, const struct model_item *items, int n,
		  struct model_text *answer);
void model_reserve(struct model *model, const struct model_item *item,
		   struct model_text *answer);
void model_give_up(struct model *model, const struct model_item *item,
		   struct model_text *answer);
/* A receipt for the key of a row. */
void model_receipt(struct model *model, int message, const char *receipt,
		   struct model_text *answer);

/* A fault of a lane: parked, and its breaker moved. */
void model_fault_lane(struct model *model, int lane, const char *reason,
		      int park_s, bool is_credential);
/* What Evolution said when asked, and what it told by itself. */
void model_lane_state(struct model *model, int lane, const char *state,
		      struct model_text *answer);
void model_connection(struct model *model, int lane, const char *state,
		      int status_reason, struct model_text *answer);
void model_probes(struct model *model, struct model_text *answer);
/* An ERROR receipt came for the lane; a later message arrived after all. */
void model_refuse_lane(struct model *model, int lane);
void model_heal_lane(struct model *model, int lane);

void model_sweep_leases(struct model *model, struct model_text *answer);
void model_sweep_deadline(struct model *model, struct model_text *answer);
void model_sweep_unsent(struct model *model, struct model_text *answer);
void model_sweep_stale(struct model *model, struct model_text *answer);
void model_sweep_overdue(struct model *model, int grace_s,
			 struct model_text *answer);
void model_sweep_lost(struct model *model, const struct model_item *items,
		      int n, struct model_text *answer);
void model_sweep_not_delivering(struct model *model, struct model_text *answer);
void model_sweep_gaps(struct model *model, struct model_text *answer);
void model_sweep_starts(struct model *model, struct model_text *answer);
void model_sweep_ends(struct model *model, struct model_text *answer);

/* Control: an operator's actions.  slot: when the first waiting row is due. */
void model_pause(struct model *model, int campaign, struct model_text *answer);
void model_cancel(struct model *model, int campaign, struct model_text *answer);
void model_resume(struct model *model, int campaign, int64_t slot,
		  struct model_text *answer);
void model_reschedule(struct model *model, int campaign, int64_t slot,
		      struct model_text *answer);
/* The failed rows wait again, but for those of unknown outcome. */
void model_retry(struct model *model, int campaign, int64_t slot,
		 struct model_text *answer);
/* The rows of unknown outcome wait again, or are sent or failed by decree. */
void model_resolve(struct model *model, int campaign, enum model_status to,
		   int64_t slot, struct model_text *answer);

/* ---------------------------------------------------------------- checking */

/* What does not hold, NULL where all does; static text. */
const char *model_check(const struct model *model);

/*
 * The model as lines of text, the same that the database's rows are made
 * into; *len bytes of at most max.
 */
void model_print(const struct model *model, char *text, size_t max);

#endif
