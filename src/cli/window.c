/* SPDX-License-Identifier: MIT */
/* Send windows on the command line. */
#include "config.h"

#include "cli/window.h"

#include <ctype.h>
#include <stdio.h>

#include "base/str.h"
#include "cli/cli.h"

#define N_DAYS 7

struct window {
	bool is_none;
	bool has_days;
	bool days[N_DAYS]; /* from Monday */
	struct dl_str start, end;
};

/* 0 for Monday; -1 where it is no day. */
static int
day_of(struct dl_str word)
{
	static const char *const names[][2] = {
	    {"seg", "segunda"}, {"ter", "terça"}, {"qua", "quarta"},
	    {"qui", "quinta"},  {"sex", "sexta"}, {"sab", "sáb"},
	    {"dom", "domingo"},
	};

	for (int day = 0; day < N_DAYS; day++)
		for (int i = 0; i < 2; i++)
			if (dl_str_eq_nocase(word, dl_str(names[day][i])))
				return day;
	return -1;
}

/* "seg" or "seg-sex", also over the week's end: "sex-dom", "dom-ter". */
static bool
read_days(struct dl_str word, struct window *window)
{
	struct dl_str last = word;
	int from = day_of(dl_str_cut(&last, '-'));
	int to = last.ptr ? day_of(last) : from;

	if (from < 0 || to < 0)
		return false;
	for (int day = from;; day = (day + 1) % N_DAYS) {
		window->days[day] = true;
		if (day == to)
			return true;
	}
}

static bool
is_time(struct dl_str text)
{
	return text.len == 5 && isdigit((unsigned char)text.ptr[0]) &&
	       isdigit((unsigned char)text.ptr[1]) && text.ptr[2] == ':' &&
	       isdigit((unsigned char)text.ptr[3]) &&
	       isdigit((unsigned char)text.ptr[4]);
}

static bool
parse(const char *text, struct window *window)
{
	struct dl_str hours = dl_str_trim(dl_str(text));
	struct dl_str days = {NULL, 0};

	*window = (struct window){
	    .is_none = dl_str_eq_nocase(hours, DL_STR("nenhuma"))};
	if (window->is_none)
		return true;
	if (hours.len && !isdigit((unsigned char)hours.ptr[0])) {
		days = dl_str_cut(&hours, ' ');
		hours = dl_str_trim(hours);
	}
	window->has_days = days.ptr != NULL;
	while (days.ptr)
		if (!read_days(dl_str_cut(&days, ','), window))
			return false;
	window->end = hours;
	window->start = dl_str_cut(&window->end, '-');
	return is_time(window->start) && is_time(window->end);
}

bool
cli_window_is_valid(const char *text)
{
	struct window window;

	return parse(text, &window);
}

int
cli_window_usage(const char *command)
{
	return cli_usage(command, "--window: espero 09:00-18:00, 'seg-sex "
				  "09:00-18:00' ou nenhuma");
}

void
cli_window_write(const char *text, struct dl_json_out *out)
{
	struct window window;

	if (!parse(text, &window) || window.is_none) {
		dl_json_null(out);
		return;
	}
	dl_json_object_begin(out);
	if (window.has_days) {
		dl_json_key(out, "days");
		dl_json_array_begin(out);
		for (int day = 0; day < N_DAYS; day++)
			if (window.days[day])
				dl_json_int(out, day + 1);
		dl_json_array_end(out);
	}
	dl_json_member_str(out, "start", window.start);
	dl_json_member_str(out, "end", window.end);
	dl_json_object_end(out);
}
