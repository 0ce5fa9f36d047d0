/* SPDX-License-Identifier: MIT */
/*
 * Random steps of the model, and how each is done to it.
 */
#ifndef DL_TESTS_STEP_H
#define DL_TESTS_STEP_H

#include "model.h"

/*
 * Every kind of step: its name and how often it is taken, in parts of the sum.
 */
#define STEP_KINDS(X)                                                          \
	X(STEP_TIME, "time", 220)                                              \
	X(STEP_LAUNCH, "launch", 60)                                           \
	X(STEP_FORGET, "forget", 40)                                           \
	X(STEP_MARK, "mark", 120)                                              \
	X(STEP_START, "start", 20)                                             \
	X(STEP_CLAIM, "claim", 260)                                            \
	X(STEP_RECORD, "record", 400)                                          \
	X(STEP_AGAIN, "record again", 30)                                      \
	X(STEP_DIE, "die", 24)                                                 \
	X(STEP_PROOF, "proof", 30)                                             \
	X(STEP_REFUSE, "refuse", 5)                                            \
	X(STEP_RESERVE, "reserve", 12)                                         \
	X(STEP_GIVE_UP, "give up", 14)                                         \
	X(STEP_RECEIPT, "receipt", 20)                                         \
	X(STEP_SUPPRESS, "suppress", 3)                                        \
	X(STEP_ALLOW, "allow", 10)                                             \
	X(STEP_LANE_STATE, "lane state", 16)                                   \
	X(STEP_CONNECTION, "connection", 3)                                    \
	X(STEP_PROBES, "probes", 6)                                            \
	X(STEP_PAUSE, "pause", 14)                                             \
	X(STEP_CANCEL, "cancel", 5)                                            \
	X(STEP_RESUME, "resume", 60)                                           \
	X(STEP_RESCHEDULE, "reschedule", 12)                                   \
	X(STEP_RETRY, "retry_failed", 10)                                      \
	X(STEP_RESOLVE, "resolve_uncertain", 10)                               \
	X(STEP_LEASES, "sweep leases", 24)                                     \
	X(STEP_DEADLINE, "sweep deadline", 14)                                 \
	X(STEP_UNSENT, "sweep unsent", 14)                                     \
	X(STEP_STALE, "sweep stale", 24)                                       \
	X(STEP_OVERDUE, "sweep overdue", 16)                                   \
	X(STEP_LOST, "sweep lost", 8)                                          \
	X(STEP_NOT_DELIVERING, "sweep not delivering", 3)                      \
	X(STEP_GAPS, "sweep gaps", 12)                                         \
	X(STEP_STARTS, "sweep starts", 8)                                      \
	X(STEP_ENDS, "sweep ends", 8)

enum step_kind {
#define X(id, name, weight) id,
	STEP_KINDS(X)
#undef X
	    STEP__COUNT
};

struct step {
	enum step_kind kind;
	int n; /* of the items */
	struct model_item items[MODEL_BATCH];
	int campaign;
	int64_t slot;         /* of its first row, after control */
	enum model_status to; /* of what an operator resolves */
	int lane;
	int worker;
	int phone;
	int number;       /* a grace, seconds; Evolution's status reason */
	bool is_out;      /* the send did happen, though nobody heard */
	bool is_last;     /* nothing more is heard from that worker */
	int64_t serial;   /* of the campaign that is forgotten */
	const char *word; /* a state, a receipt */
	int64_t advance_ms;
	struct model_launch launch;
};

/* Pseudo-random numbers, the same for the same seed everywhere. */
struct dice {
	uint64_t state;
};

/* 0 to n - 1. */
int dice_below(struct dice *dice, int n);

const char *step_name(enum step_kind kind);

/*
 * The next step: one that can be done now, whatever comes of it.  May give
 * out serials of the model.
 */
void step_choose(struct model *model, struct dice *dice, struct step *step);

/* Does it to the model. */
void step_apply(struct model *model, const struct step *step,
		struct model_text *answer);

/* One line about it, for whoever looks for the fault. */
void step_describe(const struct model *model, const struct step *step,
		   struct model_text *line);

#endif
