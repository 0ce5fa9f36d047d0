/* SPDX-License-Identifier: MIT */
/*
 * The set of names that the texts of a launch use, and the picking of their
 * values out of contacts.  The keys of a list's contacts repeat, so what a key
 * means is worked out once and remembered by its bytes.
 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/json_in.h"
#include "domain/template_internal.h"

/* Distinct keys that are remembered; a list beyond that is only slower. */
#define CACHE_SLOTS 2048

/* How a key matches a name. */
enum match { MATCH_NONE, MATCH_FOLDED, MATCH_EXACT };

struct cached_key {
	struct dl_str key;
	uint8_t *matches; /* an enum match for each name; NULL: free slot */
};

struct dl_template_names *
dl_template_names_create(struct dl_arena *arena)
{
	struct dl_template_names *names = dl_arena_alloc(arena, sizeof(*names));

	if (!names)
		return NULL;
	names->arena = arena;
	names->cache =
	    dl_arena_array(arena, CACHE_SLOTS, sizeof(*names->cache));
	return names->cache ? names : NULL;
}

/* NFC, then case folding, in the arena; {NULL, 0} at its cap. */
static struct dl_str
fold(struct dl_arena *arena, struct dl_str s)
{
	utf8proc_uint8_t *folded = NULL;
	utf8proc_ssize_t len = utf8proc_map(
	    (const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &folded,
	    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
	struct dl_str copy;

	/* Bytes that are no UTF-8 only ever match themselves. */
	if (len < 0)
		return dl_arena_str(arena, s);
	copy =
	    dl_arena_str(arena, (struct dl_str){(char *)folded, (size_t)len});
	free(folded);
	return copy;
}

int
dl_template_names_add(struct dl_template_names *names, struct dl_str name)
{
	struct dl_template_name *slot;

	for (size_t i = 0; i < names->n; i++)
		if (dl_str_eq(names->items[i].text, name))
			return (int)i;
	if (names->n == DL_TEMPLATE_NAMES_MAX)
		return -1;
	slot = &names->items[names->n];
	slot->text = name;
	slot->folded = fold(names->arena, name);
	return slot->folded.ptr ? (int)names->n++ : -1;
}

static bool
match_key(const struct dl_template_names *names, struct dl_arena *arena,
	  struct dl_str key, uint8_t *matches)
{
	struct dl_str trimmed = dl_template_trim(key);
	struct dl_str folded = fold(arena, trimmed);

	if (trimmed.len && !folded.ptr)
		return false;
	for (size_t i = 0; i < names->n; i++) {
		matches[i] = MATCH_NONE;
		if (dl_str_eq(names->items[i].text, trimmed))
			matches[i] = MATCH_EXACT;
		else if (dl_str_eq(names->items[i].folded, folded))
			matches[i] = MATCH_FOLDED;
	}
	return true;
}

/* What key means for each name; NULL at the arena's cap. */
static const uint8_t *
look_up(struct dl_template_names *names, struct dl_arena *arena,
	struct dl_str key)
{
	struct cached_key *slot = NULL;
	struct dl_arena *owner = names->arena;
	size_t at = dl_str_hash(DL_STR_HASH, key);
	uint8_t *matches;

	for (size_t i = 0; i < 8; i++) {
		slot = &names->cache[(at + i) % CACHE_SLOTS];
		if (!slot->matches)
			break;
		if (dl_str_eq(slot->key, key))
			return slot->matches;
	}
	/* Eight neighbours taken: this key is worked out each time. */
	if (slot->matches) {
		slot = NULL;
		owner = arena;
	}
	matches = dl_arena_alloc(owner, names->n + 1);
	if (!matches || !match_key(names, owner, key, matches))
		return NULL;
	if (slot) {
		slot->key = dl_arena_str(owner, key);
		if (slot->key.ptr)
			slot->matches = matches;
	}
	return matches;
}

/* The value as text in the arena; false at its cap. */
static bool
copy_value(struct dl_arena *arena, json_object *value, struct dl_str *out)
{
	struct dl_str text = {NULL, 0};

	if (json_object_is_type(value, json_type_string))
		text =
		    (struct dl_str){json_object_get_string(value),
				    (size_t)json_object_get_string_len(value)};
	else if (value)
		text = dl_str(json_object_to_json_string_ext(
		    value, JSON_C_TO_STRING_PLAIN));
	if (dl_template_is_blank(text)) {
		*out = (struct dl_str){NULL, 0};
		return true;
	}
	*out = dl_arena_str(arena, text);
	return out->ptr != NULL;
}

static bool
is_scalar(json_object *value)
{
	if (json_object_is_type(value, json_type_int))
		return dl_json_int_fits(value);
	return !json_object_is_type(value, json_type_object) &&
	       !json_object_is_type(value, json_type_array);
}

/* The best value so far of each name: how it matched, and what it is. */
struct picked {
	uint8_t match;
	json_object *value;
};

static enum dl_template_bind
pick(struct dl_template_names *names, struct dl_arena *arena,
     json_object *contact, struct picked *picked)
{
	json_object_object_foreach(contact, key, value)
	{
		const uint8_t *matches = look_up(names, arena, dl_str(key));

		if (!matches)
			return DL_TEMPLATE_NO_MEMORY;
		if (!is_scalar(value))
			return DL_TEMPLATE_NOT_SCALAR;
		/* The first key in order wins among equals. */
		for (size_t i = 0; i < names->n; i++)
			if (matches[i] > picked[i].match)
				picked[i] = (struct picked){matches[i], value};
	}
	return DL_TEMPLATE_BOUND;
}

enum dl_template_bind
dl_template_names_bind(struct dl_template_names *names, struct dl_arena *arena,
		       json_object *contact, const struct dl_str **values)
{
	struct picked picked[DL_TEMPLATE_NAMES_MAX] = {{0, NULL}};
	struct dl_str *bound = NULL;
	enum dl_template_bind result = pick(names, arena, contact, picked);

	*values = NULL;
	names->is_bound = true;
	if (result != DL_TEMPLATE_BOUND || !names->n)
		return result;
	bound = dl_arena_array(arena, names->n, sizeof(*bound));
	if (!bound)
		return DL_TEMPLATE_NO_MEMORY;
	for (size_t i = 0; i < names->n; i++) {
		if (picked[i].match)
			names->items[i].occurs = true;
		if (!copy_value(arena, picked[i].value, &bound[i]))
			return DL_TEMPLATE_NO_MEMORY;
	}
	*values = bound;
	return DL_TEMPLATE_BOUND;
}
