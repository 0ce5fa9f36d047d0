/* SPDX-License-Identifier: MIT */
/*
 * disparalead setup: what its parts share.  Each part looks first and changes
 * only what is not as it should be; with --dry-run it says what it would do.
 */
#ifndef DL_CLI_SETUP_H
#define DL_CLI_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/settings_file.h"
#include "cli/cli.h"

/* Where nginx of this machine reaches the programs and the embedded queue. */
#define SETUP_LOCAL_URL "http://127.0.0.1:8082"
#define SETUP_QUEUE_URL "http://127.0.0.1:8083"

#define SETUP_MAX_NEXT 8

struct setup {
	struct dl_arena *arena;
	bool is_dry;
	bool wants_upstash;
	bool is_elsewhere; /* --root: nothing of this machine is touched */
	const char *root;  /* in front of /etc; "" as a rule */
	const char *etc;   /* where the settings files lie */
	const char *sql_dir;
	const char *system_user; /* whom the programs run as */

	/* Option, environment or --settings, in that order. */
	struct dl_settings_file given;
	struct dl_settings_file conf;  /* the administrator's; never written */
	struct dl_settings_file local; /* ours, as it is to be */
	bool is_embedded;              /* the queue is local-queue */

	const char *next[SETUP_MAX_NEXT]; /* what the administrator does now */
	size_t n_next;
};

enum setup_mark {
	SETUP_DONE, /* said as "would" with --dry-run */
	SETUP_KEPT, /* it was so already */
	SETUP_NOTE
};

/* setup_report.c: to standard output, in Portuguese. */
void setup_section(const char *title);
void setup_say(const struct setup *s, enum setup_mark mark, const char *fmt,
	       ...) __attribute__((format(printf, 3, 4)));
void setup_next(struct setup *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void setup_print_next(const struct setup *s);

/*
 * setup_values.c.  A value is what is given, else what the two files say
 * already, else NULL; "" is as if absent.
 */
const char *setup_value(const struct setup *s, const char *name);
/* In local.conf, unless the administrator's own file says so already. */
void setup_set(struct setup *s, const char *name, const char *value);
/* Reads the files, and --settings where it is not NULL; an exit status. */
int setup_read(struct setup *s, const char *settings);
/* Decides every setting but those of the database. */
int setup_choose(struct setup *s);
/* Writes local.conf where it differs. */
int setup_write(struct setup *s);
/* A file that the programs may read: root:disparalead, 0640. */
int setup_write_file(struct setup *s, const char *name, struct dl_str text,
		     bool is_programs_own);

/* setup_database.c: database, tables, roles, and DATABASE_URL. */
int setup_database(struct setup *s);

/* setup_access.c: who may come in as which role.  An exit status. */
struct dl_cluster;
int setup_access(struct setup *s, struct dl_cluster *cluster,
		 const char *database);
/* A password for each role, kept for the programs in pgpass. */
int setup_passwords(struct setup *s, struct dl_cluster *cluster,
		    const char *host, const char *port);

/* setup_services.c: nginx's site, sockets, timer. */
int setup_services(struct setup *s);

#endif
