/* SPDX-License-Identifier: MIT */
/*
 * Reads JSON through json-c, as strictly as untrusted input needs:
 * json-c alone takes duplicate keys, NUL characters, single quotes and NaN.
 * A pass over the raw bytes finds what its tree no longer shows.
 *
 * Thread-safe: each call has its own parser.
 */
#ifndef DL_BASE_JSON_IN_H
#define DL_BASE_JSON_IN_H

#include <json-c/json.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* Nesting of containers; json-c counts the scalar inside as one more. */
#define DL_JSON_MAX_DEPTH 16

/* Why a text was refused; the names match the API's codes. */
enum dl_json_fault {
	DL_JSON_OK,
	DL_JSON_INVALID,       /* invalid_json */
	DL_JSON_DUPLICATE_KEY, /* duplicate_key */
	DL_JSON_TOO_DEEP,      /* too_deep */
	DL_JSON_INVALID_UTF8,  /* invalid_utf8 */
	DL_JSON_NUL_CHARACTER  /* nul_character */
};

/*
 * Parses the whole of text.  On DL_JSON_OK *out is the tree, owned by the
 * arena (put at its reset); otherwise NULL.  A lone JSON null also gives NULL
 * with DL_JSON_OK.
 */
enum dl_json_fault dl_json_parse(struct dl_arena *arena, struct dl_str text,
				 json_object **out);

/*
 * The same without the strict pass, for answers of other services, whose
 * oddities are no reason to lose them: NULL when it does not parse.  At most
 * 32 levels deep.
 */
json_object *dl_json_parse_lenient(struct dl_arena *arena, struct dl_str text);

/* The member of an object; NULL where absent, null, or obj is no object. */
json_object *dl_json_get(json_object *obj, const char *name);

/*
 * The text of a string value, valid while the tree is; {NULL, 0} for NULL or
 * another type.
 */
struct dl_str dl_json_get_str(json_object *obj, const char *name);

/* Whether json-c kept this integer as it was written (it clamps larger ones).
 */
bool dl_json_int_fits(json_object *value);

#endif
