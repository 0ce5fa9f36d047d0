/* SPDX-License-Identifier: MIT */
/* The table of API codes, and the list of what is wrong with single items. */
#include "config.h"

#include "domain/problem_codes.h"

#include <stdarg.h>
#include <stdio.h>

struct row {
	const char *name;
	int status;
	const char *title;
	const char *detail;
};

/* A message names one field and what to do; longer ones are cut. */
#define MESSAGE_MAX 512

static const struct row table[DL_P__COUNT] = {[DL_P_OK] = {"ok", 200, "", ""},
#define X(id, name, status, title, detail)                                     \
	[id] = {(name), (status), (title), (detail)},
					      DL_PROBLEMS(X)
#undef X
};

const char *
dl_problem_name(enum dl_problem_code code)
{
	return table[code].name;
}

const char *
dl_problem_title(enum dl_problem_code code)
{
	return table[code].title;
}

const char *
dl_problem_detail(enum dl_problem_code code)
{
	return table[code].detail;
}

int
dl_problem_http_status(enum dl_problem_code code)
{
	return table[code].status;
}

void
dl_problem_list_add(struct dl_problem_list *list, struct dl_arena *arena,
		    enum dl_problem_code code, const char *field, int64_t index,
		    const char *fmt, ...)
{
	char message[MESSAGE_MAX];
	struct dl_problem_item *item;
	va_list ap;

	list->total++;
	if (list->n == DL_PROBLEM_LIST_MAX)
		return;
	item = &list->items[list->n++];
	*item = (struct dl_problem_item){
	    .code = code, .index = index, .message = dl_problem_detail(code)};
	if (field)
		item->field = dl_arena_strdup(arena, field);
	if (!fmt)
		return;
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	item->message = dl_arena_strdup(arena, message);
	if (!item->message)
		item->message = dl_problem_detail(code);
}
