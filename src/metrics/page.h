/* SPDX-License-Identifier: MIT */
/*
 * The layout of the shared numbers.  Included by src/metrics alone.  Whatever
 * changes here or in the tables changes dl_metrics_layout() and with it the
 * name of the file.
 */
#ifndef DL_METRICS_PAGE_H
#define DL_METRICS_PAGE_H

#include <stdatomic.h>

#include "metrics/metrics.h"

typedef _Atomic uint64_t dl_metrics_number;

/* The last one is whoever is none of the others: the command line. */
#define DL_METRICS_PROGRAMS(X)                                                 \
	X("launch-campaign")                                                   \
	X("process-message")                                                   \
	X("campaign-status")                                                   \
	X("control-campaign")                                                  \
	X("evolution-events")                                                  \
	X("local-queue")                                                       \
	X("disparalead")

#define DL_METRICS_COUNT_ONE(name) +1
#define DL_METRICS_N_PROGRAMS      (0 DL_METRICS_PROGRAMS(DL_METRICS_COUNT_ONE))

/* Statuses are counted by their number. */
#define DL_METRICS_STATUS_MIN 100
#define DL_METRICS_STATUS_END 600

#define DL_METRICS_CLASSES (DL_OUTCOME_UNKNOWN + 1)

/*
 * Upper bounds in milliseconds, +Inf behind them: from an answer out of memory
 * to the longest delivery of media.
 */
#define DL_METRICS_BOUNDS_MS                                                   \
	{                                                                      \
		1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000,   \
		    25000, 50000, 100000, 200000                               \
	}
#define DL_METRICS_N_BOUNDS 17

struct dl_metrics_histogram {
	dl_metrics_number counts[DL_METRICS_N_BOUNDS + 1]; /* not cumulated */
	dl_metrics_number sum_ms;
};

/* Of one program, all its processes together. */
struct dl_metrics_program {
	dl_metrics_number
	    requests[DL_METRICS_STATUS_END - DL_METRICS_STATUS_MIN];
	struct dl_metrics_histogram request_ms;
	struct dl_metrics_histogram database_wait_ms;
	dl_metrics_number database_refused;
	dl_metrics_number database_busy_ms;
	/* As each process said at its start; not a sum. */
	dl_metrics_number database_pool;
	dl_metrics_number workers;
};

struct dl_metrics_page {
	struct dl_metrics_program programs[DL_METRICS_N_PROGRAMS];
	dl_metrics_number counters[DL_M__COUNT];
	dl_metrics_number outcomes[DL_METRICS_CLASSES];
	dl_metrics_number errors[DL_ROW__COUNT]; /* [DL_ROW_OK]: unused */
	struct dl_metrics_histogram evolution_ms;
	dl_metrics_number swept_at_s;
};

/* The page that this process counts on; never NULL. */
const struct dl_metrics_page *dl_metrics_page(void);

/* The name of programs[i]; static. */
const char *dl_metrics_program_name(int i);

/* A number that differs wherever the meaning of the page's bytes does. */
uint32_t dl_metrics_layout(void);

#endif
