/* SPDX-License-Identifier: MIT */
/* Header lists. */
#include "config.h"

#include "queue/header_list.h"

static void
write_pair(struct dl_json_out *out, struct dl_str name, struct dl_str value)
{
	dl_json_array_begin(out);
	dl_json_str(out, name);
	dl_json_str(out, value);
	dl_json_array_end(out);
}

void
dl_header_list_write(struct dl_json_out *out, const struct dl_header *headers,
		     size_t n)
{
	dl_json_array_begin(out);
	for (size_t i = 0; i < n; i++)
		write_pair(out, headers[i].name, headers[i].value);
	dl_json_array_end(out);
}

void
dl_header_list_write_lines(struct dl_json_out *out, struct dl_str lines)
{
	dl_json_array_begin(out);
	while (lines.ptr) {
		struct dl_str value = dl_str_cut(&lines, '\n');
		struct dl_str name = dl_str_cut(&value, ':');

		if (value.ptr)
			write_pair(out, name, dl_str_trim(value));
	}
	dl_json_array_end(out);
}

size_t
dl_header_list_count(json_object *list)
{
	return json_object_is_type(list, json_type_array)
		   ? json_object_array_length(list)
		   : 0;
}

/* Half 0 is the name, half 1 the value. */
static struct dl_str
half_of(json_object *list, size_t i, size_t half)
{
	json_object *pair = json_object_array_get_idx(list, i);
	json_object *text = json_object_array_get_idx(pair, half);

	return (struct dl_str){json_object_get_string(text),
			       (size_t)json_object_get_string_len(text)};
}

/* Whether an earlier pair has the name of the i-th. */
static bool
is_repeated(json_object *list, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (dl_str_eq_nocase(half_of(list, j, 0), half_of(list, i, 0)))
			return true;
	return false;
}

static void
write_values(struct dl_json_out *out, json_object *list, size_t first)
{
	size_t n = dl_header_list_count(list);

	dl_json_array_begin(out);
	for (size_t i = first; i < n; i++)
		if (dl_str_eq_nocase(half_of(list, first, 0),
				     half_of(list, i, 0)))
			dl_json_str(out, half_of(list, i, 1));
	dl_json_array_end(out);
}

void
dl_header_list_write_map(struct dl_json_out *out, json_object *list)
{
	size_t n = dl_header_list_count(list);

	dl_json_object_begin(out);
	for (size_t i = 0; i < n; i++) {
		if (is_repeated(list, i))
			continue;
		dl_json_key(out, half_of(list, i, 0).ptr);
		write_values(out, list, i);
	}
	dl_json_object_end(out);
}

const char *
dl_header_list_line(struct dl_arena *arena, json_object *list, size_t i)
{
	struct dl_str name = half_of(list, i, 0);
	struct dl_str value = half_of(list, i, 1);

	/* libcurl's way to send a header without a value is "Name;". */
	if (!value.len)
		return dl_arena_printf(arena, "%s;", name.ptr);
	return dl_arena_printf(arena, "%s: %s", name.ptr, value.ptr);
}

bool
dl_header_list_has(json_object *list, struct dl_str name)
{
	size_t n = dl_header_list_count(list);

	for (size_t i = 0; i < n; i++)
		if (dl_str_eq_nocase(half_of(list, i, 0), name))
			return true;
	return false;
}
