/* SPDX-License-Identifier: MIT */
/* Counts by code, sorted. */
#include "config.h"

#include "domain/top_errors.h"

#include "base/json_in.h"
#include "domain/row_errors.h"

const char *
dl_error_words(struct dl_str code, const char **action)
{
	const struct dl_row_error_text *text = dl_row_error_find(code);

	*action = text ? text->action
		       : "Veja as mensagens com este código e, se continuar, "
			 "avise o suporte.";
	return text ? text->meaning : "A mensagem não pôde ser enviada.";
}

static bool
is_before(const struct dl_top_error *a, const struct dl_top_error *b)
{
	if (a->count != b->count)
		return a->count > b->count;
	return strcmp(a->code, b->code) < 0;
}

/* Puts error in its place among the n of top; the last may fall out. */
static size_t
insert(struct dl_top_error *top, size_t n, const struct dl_top_error *error)
{
	size_t at = n;

	while (at > 0 && is_before(error, &top[at - 1]))
		at--;
	if (at == DL_TOP_ERRORS_MAX)
		return n;
	if (n < DL_TOP_ERRORS_MAX)
		n++;
	memmove(&top[at + 1], &top[at], (n - 1 - at) * sizeof(*top));
	top[at] = *error;
	return n;
}

size_t
dl_top_errors(struct dl_arena *arena, struct dl_str error_counts,
	      struct dl_top_error top[DL_TOP_ERRORS_MAX])
{
	json_object *counts = dl_json_parse_lenient(arena, error_counts);
	size_t n = 0;

	if (!json_object_is_type(counts, json_type_object))
		return 0;
	json_object_object_foreach(counts, code, value)
	{
		struct dl_top_error error = {
		    .code = dl_arena_strdup(arena, code),
		    .count = json_object_get_int64(value),
		};

		if (!error.code || error.count <= 0)
			continue;
		error.message = dl_error_words(dl_str(code), &error.action);
		n = insert(top, n, &error);
	}
	return n;
}
