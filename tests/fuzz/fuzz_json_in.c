/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: strict JSON.  What passes reads the same once json-c has
 * written it out, and a launch's body is cut without harm.
 */
#include "config.h"

#include <stdlib.h>

#include "base/json_in.h"
#include "domain/launch_body.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dl_arena *arena = dl_arena_create(16 << 20);
	struct dl_str text = {(const char *)data, size};
	struct dl_launch_body body;
	json_object *tree, *again;

	if (dl_json_parse(arena, text, &tree) == DL_JSON_OK && tree) {
		const char *written = json_object_to_json_string_ext(
		    tree, JSON_C_TO_STRING_PLAIN);

		if (dl_json_parse(arena, dl_str(written), &again) !=
			DL_JSON_OK ||
		    !json_object_equal(tree, again))
			abort();
	}
	(void)dl_json_parse_lenient(arena, text);
	if (dl_launch_body_split(arena, text, 5, &body) == DL_P_OK &&
	    body.rest.len > text.len)
		abort();
	dl_arena_destroy(arena);
	return 0;
}
