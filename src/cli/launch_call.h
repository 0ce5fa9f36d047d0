/* SPDX-License-Identifier: MIT */
/*
 * What disparalead launch and preview share: the command line and a CSV become
 * one request to /launch, and rows of its answer are named as the file has
 * them.
 */
#ifndef DL_CLI_LAUNCH_CALL_H
#define DL_CLI_LAUNCH_CALL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/json_out.h"
#include "cli/api.h"
#include "cli/contacts.h"
#include "cli/launch_options.h"

/* Large for its option tables: let it be static.  Starts as zeros. */
struct cli_launch_call {
	struct cli cli;
	struct cli_launch_options options;
	struct cli_api api;
	struct cli_contacts contacts;
	struct dl_arena *arena; /* of the request and its answers */
	struct dl_str body;     /* what is sent */
	struct cli_answer answer;
	bool is_help; /* help was printed, nothing is left to do */
	bool is_open;
};

/*
 * Reads the command line and the file and makes the body.  CLI_OK, or the
 * exit status, said.  cli_launch_close() in every case.
 */
int cli_launch_open(struct cli_launch_call *launch, const char *command,
		    int argc, char **argv);
void cli_launch_close(struct cli_launch_call *launch);

/* Writes a template as the API takes it; what is not given is not sent. */
void cli_template_write(struct dl_json_out *out,
			const struct cli_template *template);

/*
 * The contacts of a list of the answer, such as "rejected", by their rows in
 * the file; nothing where there is none.  total is the member that counts.
 */
void cli_launch_print_left_out(const struct cli_launch_call *launch, FILE *out,
			       const char *list, const char *total,
			       const char *title);

/* A line for each of the answer's warnings. */
void cli_launch_print_warnings(json_object *answer, FILE *out);

#endif
