/* SPDX-License-Identifier: MIT */
/*
 * Numbers for monitoring: counters and histograms in one file that all
 * programs of a machine map into memory (METRICS_FILE), so that GET /metrics
 * of one of them tells about all, and a restart loses nothing.  Counting is an
 * atomic addition: no lock, no system call.
 *
 * Without a file, or where it can't be made, a process counts for itself, and
 * nothing else changes.  The file's name gets the layout's number behind it:
 * programs of two versions never add to the same bytes.
 *
 * Thread-safe once dl_metrics_open() has returned.
 */
#ifndef DL_METRICS_METRICS_H
#define DL_METRICS_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "domain/outcome.h"
#include "domain/row_errors.h"

/*
 * Counters of the machine.  X(id, family, label, help): rows of a family stand
 * together, label is what stands between the braces, help the first row's.
 */
#define DL_METRICS_COUNTERS(X)                                                 \
	X(DL_M_GIVEN_BACK, "messages_given_back_total", "",                    \
	  "Claims that were given back unsent because it had become late")     \
	X(DL_M_PUT_OFF, "messages_put_off_total", "",                          \
	  "Deliveries put off because their number was not free")              \
	X(DL_M_QUEUE_DELIVERED, "local_queue_attempts_total",                  \
	  "result=\"delivered\"", "Attempts of local-queue, by their result")  \
	X(DL_M_QUEUE_RETRY, "local_queue_attempts_total", "result=\"retry\"",  \
	  "")                                                                  \
	X(DL_M_QUEUE_DEAD, "local_queue_attempts_total", "result=\"dead\"",    \
	  "")                                                                  \
	X(DL_M_SWEEPS, "sweeps_total", "", "Runs of disparalead sweep")        \
	X(DL_M_SWEEP_ERRORS, "sweep_errors_total", "",                         \
	  "Steps of disparalead sweep that failed")                            \
	X(DL_M_SWEEP_UNCERTAIN, "sweep_actions_total",                         \
	  "action=\"lease_expired\"",                                          \
	  "What disparalead sweep did, by kind: messages, lanes or campaigns") \
	X(DL_M_SWEEP_UNKNOWN, "sweep_actions_total",                           \
	  "action=\"outcome_unknown\"", "")                                    \
	X(DL_M_SWEEP_ENDED_UNSENT, "sweep_actions_total",                      \
	  "action=\"ended_unsent\"", "")                                       \
	X(DL_M_SWEEP_LOST, "sweep_actions_total", "action=\"lost_by_queue\"",  \
	  "")                                                                  \
	X(DL_M_SWEEP_PUBLISHED, "sweep_actions_total", "action=\"published\"", \
	  "")                                                                  \
	X(DL_M_SWEEP_OPENED, "sweep_actions_total", "action=\"lane_opened\"",  \
	  "")                                                                  \
	X(DL_M_SWEEP_PAUSED, "sweep_actions_total",                            \
	  "action=\"campaign_paused\"", "")                                    \
	X(DL_M_SWEEP_CAMPAIGNS, "sweep_actions_total",                         \
	  "action=\"campaign_ended\"", "")

enum dl_metrics_counter {
#define X(id, family, label, help) id,
	DL_METRICS_COUNTERS(X)
#undef X
	    DL_M__COUNT
};

/*
 * Opens the shared numbers for this process, named as in the unit
 * ("launch-campaign"; any other name counts as "disparalead").  path: empty
 * for none.  A file that can't be used is logged.  Call once, after
 * dl_log_open() and before any thread.
 */
void dl_metrics_open(const char *program, struct dl_str path);

/* Adds n (0 and above) to a counter of the machine. */
void dl_metrics_add(enum dl_metrics_counter counter, int64_t n);

/* A request was answered with that status (100 to 599) after so long. */
void dl_metrics_request(int status, int64_t ms);
/* How many requests this program handles at a time. */
void dl_metrics_workers(int64_t n);

/* An attempt of a message was classified. */
void dl_metrics_message(enum dl_outcome_class class, enum dl_row_error error);
/* Evolution answered, or the wait for it ended, after so long. */
void dl_metrics_evolution(int64_t ms);

/* A connection was waited for so long; got: it came. */
void dl_metrics_database_wait(int64_t ms, bool got);
/* A connection was lent for so long.  Its rate is how many are in use. */
void dl_metrics_database_busy(int64_t ms);
/* How many connections this program's pool has. */
void dl_metrics_database_pool(int64_t n);

/* A sweep ended, at that time (Unix seconds). */
void dl_metrics_swept(int64_t at_s);

/*
 * Appends all of it in Prometheus' text format 0.0.4, families that have
 * nothing to show left out.  out: 256 KiB suffice.
 */
void dl_metrics_write(struct dl_buf *out);

#endif
