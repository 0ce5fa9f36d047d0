/* SPDX-License-Identifier: MIT */
/*
 * What the subcommands of disparalead share: exit statuses, complaints in
 * Portuguese, settings and database.  Results go to standard output, all else
 * to standard error.
 */
#ifndef DL_CLI_CLI_H
#define DL_CLI_CLI_H

#include <json-c/json.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/uuid.h"
#include "store/db.h"

/* Exit statuses; those from 64 on are sysexits(3)'s. */
enum cli_status {
	CLI_OK = 0,
	CLI_FAILED = 1,       /* the thing was tried and did not come off */
	CLI_USAGE = 64,       /* a wrong option or argument */
	CLI_DATA = 65,        /* the input file, or what it asks for, is bad */
	CLI_NO_INPUT = 66,    /* a file can't be read */
	CLI_UNAVAILABLE = 69, /* database or API can't be reached now */
	CLI_NO_PERM = 77,     /* the token or the role is not allowed to */
	CLI_CONFIG = 78       /* a setting is missing or wrong */
};

struct cli_command {
	const char *name;
	const char *summary; /* one line of --help */
	/* argv[0] is the subcommand's name; returns the exit status. */
	int (*run)(int argc, char **argv);
};

/* One file each. */
int cli_migrate(int argc, char **argv);
int cli_tenant(int argc, char **argv);
int cli_instance(int argc, char **argv);
int cli_token(int argc, char **argv);
int cli_sweep(int argc, char **argv);
int cli_fsck(int argc, char **argv);
int cli_launch(int argc, char **argv);
int cli_status(int argc, char **argv);
int cli_preview(int argc, char **argv);
int cli_control(int argc, char **argv); /* pause, resume and so on */
int cli_export(int argc, char **argv);
int cli_test_send(int argc, char **argv);
int cli_queue(int argc, char **argv);
int cli_setup(int argc, char **argv);
int cli_doctor(int argc, char **argv);

/* "disparalead: ..." on standard error. */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Complains, points to --help, returns CLI_USAGE.  command: "tenant add". */
int cli_usage(const char *command, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same about the option that getopt_long() has just refused. */
int cli_bad_option(char **argv);

/* Says what failed and returns the exit status of its code. */
int cli_fail(const struct dl_error *err);

/* Settings, and what a subcommand borrows from them. */
struct cli {
	struct dl_settings settings;
	struct dl_arena *arena;
	struct dl_db_pool *pool; /* made by cli_open_database() */
};

/* role is static text or NULL; from then on cli_open() knows it. */
void cli_use_role(const char *role);

/* The machine's settings files into the environment, and the role's PGUSER. */
void cli_load_files(void);

/*
 * Loads the settings, from the environment and the machine's files behind it;
 * CLI_OK or CLI_CONFIG, said.  cli_close() ends it.
 */
int cli_open(struct cli *cli);
/* The same with a pool of one connection; DATABASE_URL must be set. */
int cli_open_database(struct cli *cli);
void cli_close(struct cli *cli);

/* Reads a UUID argument; false after complaining. */
bool cli_uuid(const char *text, const char *what, struct dl_uuid *out);

/* Reads a whole number within bounds; false after complaining. */
bool cli_int(const char *text, const char *option, int64_t min, int64_t max,
	     int64_t *out);

/* CLI_OK for a date and time with a zone, else CLI_USAGE after complaining. */
int cli_check_time(const char *command, const char *option, const char *text);

/* One line on standard output. */
void cli_print_json(json_object *json);

#endif
