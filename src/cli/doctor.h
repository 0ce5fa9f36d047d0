/* SPDX-License-Identifier: MIT */
/*
 * disparalead doctor: what its checks share.  Each looks at one thing, and
 * says what it found and, where that is not well, how it is mended.
 */
#ifndef DL_CLI_DOCTOR_H
#define DL_CLI_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "remote/evolution.h"
#include "remote/qstash.h"

/* They are the exit statuses as well. */
enum doctor_level { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_ERROR };

struct doctor_finding {
	const char *check;
	enum doctor_level level;
	const char *finding;
	const char *mend; /* NULL where all is well */
};

#define DOCTOR_MAX_FINDINGS 1024

struct doctor {
	struct cli cli;     /* settings, arena, pool */
	const char *faults; /* of the settings, a line each */
	const char *sql_dir;
	const char *config_dir;
	int64_t min_free_percent;
	bool wants_probe;
	bool is_json;
	bool has_database; /* it answered */
	struct dl_qstash queue;
	struct dl_evolution evolution;

	const char *check; /* the one that runs */
	enum doctor_level worst;
	struct doctor_finding findings[DOCTOR_MAX_FINDINGS];
	size_t n_findings;
};

/* doctor_report.c */
void doctor_ok(struct doctor *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_warning(struct doctor *d, const char *mend, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_error(struct doctor *d, const char *mend, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_print_json(const struct doctor *d);
/* The last line of the text. */
void doctor_print_summary(const struct doctor *d);

/*
 * doctor_clock.c: other is another clock's time in ms since 1970, limit_ms
 * what is still well; whose: "da fila".
 */
void doctor_clock(struct doctor *d, const char *whose, int64_t other_ms,
		  int64_t limit_ms);
/* The same with a Date header (RFC 9110, 5.6.7). */
void doctor_clock_header(struct doctor *d, const char *whose,
			 struct dl_str date, int64_t limit_ms);

/* The checks, in the order in which they run. */
/* doctor_config.c */
void doctor_check_settings(struct doctor *d);
void doctor_check_files(struct doctor *d);
void doctor_check_disk(struct doctor *d);
/* doctor_database.c */
void doctor_check_tls(struct doctor *d);
void doctor_check_database(struct doctor *d);
void doctor_check_pooler(struct doctor *d);
void doctor_check_migrations(struct doctor *d);
/* doctor_queue.c */
void doctor_check_queue(struct doctor *d);
void doctor_check_delivery(struct doctor *d);
/* doctor_evolution.c */
void doctor_check_evolution(struct doctor *d);
void doctor_check_instances(struct doctor *d);
/* doctor_web.c */
void doctor_check_site(struct doctor *d);
void doctor_check_body_limit(struct doctor *d);
void doctor_check_sign_in(struct doctor *d);

#endif
