/* SPDX-License-Identifier: MIT */
/*
 * A send window as people type it: "09:00-18:00" each day, "seg-sex
 * 09:00-18:00", "seg,qua,sáb 08:00-12:00"; "nenhuma" for none.
 */
#ifndef DL_CLI_WINDOW_H
#define DL_CLI_WINDOW_H

#include <stdbool.h>

#include "base/json_out.h"

/* Whether text is one; which hours make sense the API says. */
bool cli_window_is_valid(const char *text);

/* Complains on behalf of an option --window; CLI_USAGE. */
int cli_window_usage(const char *command);

/* Writes the API's sendWindow for a valid text as the next value: an object,
 * or null for "nenhuma". */
void cli_window_write(const char *text, struct dl_json_out *out);

#endif
