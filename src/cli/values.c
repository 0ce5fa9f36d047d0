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

const char *
cli_time(const char *text, char out[CLI_TIME_MAX])
{
	int64_t at_ms;
	struct tm tm;
	time_t at;

	snprintf(out, CLI_TIME_MAX, "%s", text);
	if (!dl_clock_parse(dl_str(text), &at_ms))
		return out;
	at = (time_t)(at_ms / 1000);
	if (localtime_r(&at, &tm))
		strftime(out, CLI_TIME_MAX, "%d/%m/%Y %H:%M %Z", &tm);
	return out;
}
