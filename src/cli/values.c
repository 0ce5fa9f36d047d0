/* SPDX-License-Identifier: MIT */
/* Members of the API's answers. */
#include "config.h"

#include "cli/values.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_in.h"

const char *
cli_text(json_object *obj, const char *name)
{
	json_object *value = dl_json_get(obj, name);

	return json_object_is_type(value, json_type_string)
		   ? json_object_get_string(value)
		   : "";
}

int64_t
cli_number(json_object *obj, const char *name)
{
	json_object *value = dl_json_get(obj, name);

	return value ? json_object_get_int64(value) : 0;
}

size_t
cli_length(json_object *obj, const char *name)
{
	json_object *value = dl_json_get(obj, name);

	return json_object_is_type(value, json_type_array)
		   ? json_object_array_length(value)
		   : 0;
}

json_object *
cli_item(json_object *obj, const char *name, size_t i)
{
	return i < cli_length(obj, name)
		   ? json_object_array_get_idx(dl_json_get(obj, name), i)
		   : NULL;
}

/* Leaves out as it is where at_ms is no time. */
static const char *
format_time(int64_t at_ms, bool has_seconds, char out[CLI_TIME_MAX])
{
	time_t at = (time_t)(at_ms / 1000);
	struct tm tm;

	if (!localtime_r(&at, &tm))
		return out;
	if (has_seconds)
		strftime(out, CLI_TIME_MAX, "%d/%m/%Y %H:%M:%S", &tm);
	else
		strftime(out, CLI_TIME_MAX, "%d/%m/%Y %H:%M %Z", &tm);
	return out;
}

const char *
cli_time(const char *text, char out[CLI_TIME_MAX])
{
	int64_t at_ms;

	snprintf(out, CLI_TIME_MAX, "%s", text);
	if (!dl_clock_parse(dl_str(text), &at_ms))
		return out;
	return format_time(at_ms, false, out);
}

const char *
cli_time_ms(int64_t at_ms, char out[CLI_TIME_MAX])
{
	out[0] = '\0';
	return format_time(at_ms, true, out);
}
