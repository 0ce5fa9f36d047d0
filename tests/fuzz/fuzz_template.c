/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the first byte chooses the mode, the first line the text, the
 * rest is a contact.  What is checked is what is rendered, and a text without
 * braces or at signs stands as it is.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/json_in.h"
#include "domain/template.h"
#include "fuzz.h"

/* A launch's texts have passed as JSON: they are UTF-8. */
static bool
is_utf8(struct dl_str s)
{
	utf8proc_int32_t point;
	utf8proc_ssize_t n;

	for (size_t at = 0; at < s.len; at += (size_t)n) {
		n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + at,
				     (utf8proc_ssize_t)(s.len - at), &point);
		if (n <= 0)
			return false;
	}
	return true;
}

static void
check_text(struct dl_arena *arena, const struct dl_template *t,
	   struct dl_str text, const struct dl_str *values)
{
	struct dl_buf *out = dl_buf_create(arena, 1 << 20);
	struct dl_template_check check;
	size_t at = 0;
	struct dl_str name;

	dl_template_check(t, values, &check);
	dl_template_render(t, values, out);
	if (dl_buf_failed(out) || out->len != check.bytes)
		abort();
	if (dl_template_code_points(dl_buf_str(out)) != check.code_points ||
	    dl_template_is_blank(dl_buf_str(out)) != check.is_blank)
		abort();
	if (text.len && !memchr(text.ptr, '{', text.len) &&
	    !memchr(text.ptr, '}', text.len) &&
	    !memchr(text.ptr, '@', text.len) &&
	    !dl_str_eq(dl_buf_str(out), text))
		abort();
	while (dl_template_unknown(t, &at, &name))
		if (!name.len)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dl_arena *arena = dl_arena_create(16 << 20);
	struct dl_template_names *names = dl_template_names_create(arena);
	struct dl_str rest = {(const char *)data, size};
	enum dl_template_mode mode = DL_TEMPLATE_BRACES;
	const struct dl_str *values;
	struct dl_template *t;
	struct dl_str text;
	json_object *contact;

	if (rest.len && *rest.ptr == 'a')
		mode = DL_TEMPLATE_AT;
	text = dl_str_cut(&rest, '\n');
	t = dl_template_compile(arena, names, text, mode);
	if (t && is_utf8(text) &&
	    dl_json_parse(arena, rest, &contact) == DL_JSON_OK &&
	    json_object_is_type(contact, json_type_object) &&
	    dl_template_names_bind(names, arena, contact, &values) ==
		DL_TEMPLATE_BOUND)
		check_text(arena, t, text, values);
	dl_arena_destroy(arena);
	return 0;
}
