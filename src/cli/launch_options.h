/* SPDX-License-Identifier: MIT */
/* The options of disparalead launch, which are those of preview too. */
#ifndef DL_CLI_LAUNCH_OPTIONS_H
#define DL_CLI_LAUNCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"

/* The API's own limits, so that the server is who refuses. */
#define CLI_MAX_TEMPLATES 100
#define CLI_MAX_INSTANCES 1000

struct cli_template {
	const char *type; /* "texto" where none was given */
	const char *text; /* NULL for none */
	const char *media_url;
	const char *file_name;
};

struct cli_launch_options {
	const char *command; /* "launch" or "preview" */
	const char *file;    /* "-" for standard input */
	const char *name;
	const char *audience;
	const char *schedule;
	const char *expires;
	const char *window; /* see cli/window.h */
	const char *on_missing;
	const char *pacing;
	const char *idempotency_key; /* NULL: one is made */
	const char *api, *token;
	struct dl_uuid tenant;
	bool has_tenant;
	int64_t delay_min, delay_max; /* seconds; -1: the API's default */
	struct cli_template templates[CLI_MAX_TEMPLATES];
	size_t n_templates;
	const char *instances[CLI_MAX_INSTANCES];
	size_t n_instances;
	bool is_watching;
	bool is_json;
};

/*
 * Reads the command line; texts of --template-file live in the arena.
 * CLI_OK; *is_help when help was printed and nothing is left to do; else the
 * exit status, said.
 */
int cli_launch_options(struct cli_launch_options *options, const char *command,
		       struct dl_arena *arena, int argc, char **argv,
		       bool *is_help);

/* The whole file, at most max bytes, in the arena; "-" is standard input. */
int cli_read_file(struct dl_arena *arena, const char *path, size_t max,
		  struct dl_str *bytes);

#endif
