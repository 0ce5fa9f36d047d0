/* SPDX-License-Identifier: MIT */
/*
 * One campaign on the screen: a progress bar that is drawn over itself in a
 * terminal, a line for each change elsewhere, the whole account at the end.
 */
#ifndef DL_CLI_WATCH_H
#define DL_CLI_WATCH_H

#include <stdbool.h>

#include "cli/api.h"

/*
 * Shows the campaign once.  With is_json its status goes to standard output
 * as one line of JSON.  CLI_OK, or the exit status of what went wrong.
 */
int cli_show(const struct cli_api *api, const char *campaign_id, bool is_json);

/*
 * Follows it until its end, asking as often as the API wishes and bearing
 * passing errors for ten minutes, then shows it.  CLI_OK where it completed,
 * CLI_FAILED where it failed or was cancelled.
 */
int cli_watch(const struct cli_api *api, const char *campaign_id, bool is_json);

#endif
