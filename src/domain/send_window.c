/* SPDX-License-Identifier: MIT */
/* The members of a send window, one after the other. */
#include "config.h"

#include "domain/send_window.h"

#include <string.h>

#include "base/json_in.h"
#include "base/str.h"

/* "09:00"; "24:00" only where a window ends. */
static bool
is_time_of_day(json_object *window, const char *member, bool is_end)
{
	struct dl_str text = dl_json_get_str(window, member);
	const char *t = text.ptr;

	if (text.len != 5 || t[2] != ':' || strspn(t, "0123456789") != 2 ||
	    strspn(t + 3, "0123456789") != 2 || t[3] > '5')
		return false;
	return strncmp(t, "24", 2) < 0 || (is_end && strcmp(t, "24:00") == 0);
}

static bool
are_days(json_object *days)
{
	size_t n;

	if (!days)
		return true;
	if (json_object_is_type(days, json_type_string))
		return strcmp(json_object_get_string(days), "weekdays") == 0;
	if (!json_object_is_type(days, json_type_array))
		return false;
	n = json_object_array_length(days);
	for (size_t i = 0; i < n; i++) {
		json_object *day = json_object_array_get_idx(days, i);

		if (!json_object_is_type(day, json_type_int) ||
		    json_object_get_int64(day) < 1 ||
		    json_object_get_int64(day) > 7)
			return false;
	}
	return n >= 1 && n <= 7;
}

static bool
has_known_members(json_object *window)
{
	static const char *const known[] = {"days", "start", "end",
					    "recipientLocal"};

	json_object_object_foreach(window, key, value)
	{
		size_t i = 0;

		(void)value;
		while (i < 4 && strcmp(key, known[i]) != 0)
			i++;
		if (i == 4)
			return false;
	}
	return true;
}

bool
dl_send_window_is_valid(json_object *window)
{
	json_object *is_local;

	if (!json_object_is_type(window, json_type_object) ||
	    !has_known_members(window) ||
	    !is_time_of_day(window, "start", false) ||
	    !is_time_of_day(window, "end", true) ||
	    strcmp(dl_json_get_str(window, "start").ptr,
		   dl_json_get_str(window, "end").ptr) >= 0)
		return false;
	is_local = dl_json_get(window, "recipientLocal");
	return are_days(dl_json_get(window, "days")) &&
	       (!is_local || json_object_is_type(is_local, json_type_boolean));
}
