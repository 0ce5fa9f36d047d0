/* SPDX-License-Identifier: MIT */
/*
 * Members of the API's answers, read so that an absent or odd one is a plain
 * default: the command line shows what it understands.
 */
#ifndef DL_CLI_VALUES_H
#define DL_CLI_VALUES_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

/* A text member; "" where it is absent or none.  It lives in obj. */
const char *cli_text(json_object *obj, const char *name);

/* A number; 0 where it is absent. */
int64_t cli_number(json_object *obj, const char *name);

/* How many elements the member has; 0 where it is no array. */
size_t cli_length(json_object *obj, const char *name);

/* The i-th element of the member; NULL where there is none. */
json_object *cli_item(json_object *obj, const char *name, size_t i);

/* "27/11/2026 09:00 -03" of an RFC 3339 time, in this machine's zone; the
 * text itself where it is none. */
#define CLI_TIME_MAX 64
const char *cli_time(const char *text, char out[CLI_TIME_MAX]);

/* "27/11/2026 09:00:05" of unix milliseconds, in this machine's zone. */
const char *cli_time_ms(int64_t at_ms, char out[CLI_TIME_MAX]);

#endif
