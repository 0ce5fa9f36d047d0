/* SPDX-License-Identifier: MIT */
/* The answer of GET /status in a person's words.  No I/O but the FILE. */
#ifndef DL_CLI_PROGRESS_H
#define DL_CLI_PROGRESS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

/* "concluída" for completed; the word itself where it is unknown. */
const char *cli_progress_state(const char *status);

/* completed, failed or cancelled. */
bool cli_progress_is_final(json_object *status);

/*
 * One line without a line feed: a bar (bar_width columns, 0 for none), share,
 * counts, rate and what is left of the time at now_ms.
 */
void cli_progress_line(struct dl_buf *line, json_object *status, int bar_width,
		       int64_t now_ms);

/* The whole account, several lines. */
void cli_progress_report(FILE *out, json_object *status);

#endif
