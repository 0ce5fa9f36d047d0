/* SPDX-License-Identifier: MIT */
/* One pass that knows strings and brackets, and nothing else of JSON. */
#include "config.h"

#include "domain/launch_body.h"

#include <string.h>

#include "base/json_in.h"

/* Commas and brackets; 20 templates and 50 instances have some 300. */
#define VALUES_MAX 10000

struct walk {
	const char *at, *end;
	int depth;
	size_t values; /* commas and opening brackets since it was reset */
	enum dl_problem_code code;
};

/* w->at stands behind the opening quote; leaves it behind the closing one. */
static void
skip_string(struct walk *w)
{
	while (w->at < w->end) {
		char c = *w->at++;

		if (c == '"')
			return;
		if (c == '\\' && w->at < w->end)
			w->at++;
	}
}

/* Takes one character or one whole string; returns its first byte. */
static char
step(struct walk *w)
{
	char c = *w->at++;

	if (c == '"') {
		skip_string(w);
	} else if (c == '{' || c == '[') {
		w->values++;
		if (++w->depth > DL_JSON_MAX_DEPTH)
			w->code = DL_P_TOO_DEEP;
	} else if (c == '}' || c == ']') {
		w->depth--;
	} else if (c == ',') {
		w->values++;
	}
	if (w->values > VALUES_MAX && w->code == DL_P_OK)
		w->code = DL_P_TOO_MANY_ITEMS;
	return c;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip_space(struct walk *w)
{
	while (w->at < w->end && is_space(*w->at))
		w->at++;
}

/* Whether a string's text, quotes included, says contatos in any spelling. */
static bool
is_contatos(struct dl_str quoted)
{
	struct dl_arena *arena;
	json_object *value;
	bool is_same = false;

	if (dl_str_eq(quoted, DL_STR("\"contatos\"")))
		return true;
	/* "\u0063..." six bytes a letter at most */
	if (quoted.len > 2 + 6 * strlen("contatos") ||
	    !memchr(quoted.ptr, '\\', quoted.len))
		return false;
	arena = dl_arena_create(4096);
	if (dl_json_parse(arena, quoted, &value) == DL_JSON_OK)
		is_same =
		    json_object_is_type(value, json_type_string) &&
		    strcmp(json_object_get_string(value), "contatos") == 0;
	dl_arena_destroy(arena);
	return is_same;
}

/* Moves to behind the '[' of contatos; false when there is none. */
static bool
find_contacts(struct walk *w)
{
	while (w->at < w->end && w->code == DL_P_OK) {
		const char *from = w->at;
		struct dl_str text;

		if (step(w) != '"' || w->depth != 1)
			continue;
		text = (struct dl_str){from, (size_t)(w->at - from)};
		if (!is_contatos(text))
			continue;
		skip_space(w);
		if (w->at == w->end || *w->at != ':')
			continue;
		w->at++;
		skip_space(w);
		if (w->at < w->end && *w->at == '[') {
			step(w);
			return w->code == DL_P_OK;
		}
	}
	return false;
}

/*
 * One element of the array from w->at on, up to its ',' or the array's ']',
 * which is taken and returned; '\0' where the text ends before.
 */
static char
next_element(struct walk *w, struct dl_str *element)
{
	const char *from = w->at;
	char c = '\0';

	w->values = 0;
	while (w->at < w->end && w->code == DL_P_OK) {
		c = step(w);
		if (w->depth == 1 || (w->depth == 2 && c == ','))
			break;
		c = '\0';
	}
	*element = (struct dl_str){from, (size_t)(w->at - from - (c ? 1 : 0))};
	return c;
}

static bool
is_blank(struct dl_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_space(text.ptr[i]))
			return false;
	return true;
}

/* Counts the elements; with a list it fills it, as far as n_max. */
static enum dl_problem_code
walk_elements(struct walk *w, struct dl_str *list, size_t n_max, size_t *n)
{
	struct dl_str element;
	char c;

	*n = 0;
	do {
		c = next_element(w, &element);
		if (c == ']' && *n == 0 && is_blank(element))
			return w->code;
		if (list && *n < n_max)
			list[*n] = element;
		++*n;
	} while (c == ',');
	if (w->code == DL_P_OK && c != ']')
		w->code = DL_P_INVALID_JSON;
	return w->code;
}

/* The text before and after the elements, and what follows must be short. */
static enum dl_problem_code
join_rest(struct dl_arena *arena, struct walk *w, struct dl_str head,
	  struct dl_launch_body *out)
{
	struct dl_str tail = {w->at - 1, (size_t)(w->end - (w->at - 1))};
	char *rest;

	w->values = 0;
	while (w->at < w->end && w->code == DL_P_OK)
		step(w);
	if (w->code != DL_P_OK)
		return w->code;
	rest = dl_arena_alloc(arena, head.len + tail.len + 1);
	if (!rest)
		return DL_P_BODY_TOO_LARGE;
	memcpy(rest, head.ptr, head.len);
	memcpy(rest + head.len, tail.ptr, tail.len);
	out->rest = (struct dl_str){rest, head.len + tail.len};
	return DL_P_OK;
}

enum dl_problem_code
dl_launch_body_split(struct dl_arena *arena, struct dl_str body,
		     size_t max_contacts, struct dl_launch_body *out)
{
	struct walk w = {.at = body.ptr, .end = body.ptr + body.len};
	struct walk again;
	struct dl_str head;
	size_t n_listed;

	*out = (struct dl_launch_body){.rest = body};
	if (!find_contacts(&w))
		return w.code;
	head = (struct dl_str){body.ptr, (size_t)(w.at - body.ptr)};
	again = w;
	if (walk_elements(&w, NULL, 0, &out->n_contacts) != DL_P_OK)
		return w.code;
	out->is_split = true;
	n_listed =
	    out->n_contacts < max_contacts ? out->n_contacts : max_contacts;
	out->contacts = dl_arena_array(arena, n_listed, sizeof(*out->contacts));
	if (!out->contacts)
		return DL_P_BODY_TOO_LARGE;
	(void)!walk_elements(&again, out->contacts, n_listed, &n_listed);
	return join_rest(arena, &w, head, out);
}
