/* SPDX-License-Identifier: MIT */
/* Array literals (PostgreSQL 15 manual, 8.15.6), for unnest($n::type[]). */
#include "config.h"

#include <string.h>

#include "store/db.h"

void
dl_db_array_begin(struct dl_db_array *array, struct dl_arena *arena, size_t max)
{
	array->buf = dl_buf_create(arena, max);
	dl_buf_append_c(array->buf, '{');
}

static void
separate(struct dl_db_array *array)
{
	if (array->buf->len > 1)
		dl_buf_append_c(array->buf, ',');
}

/* Appends s with a backslash before each quote and backslash. */
static void
append_escaped(struct dl_buf *buf, struct dl_str s)
{
	size_t start = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != '"' && s.ptr[i] != '\\')
			continue;
		dl_buf_append(buf, s.ptr + start, i - start);
		dl_buf_append_c(buf, '\\');
		start = i;
	}
	if (s.len)
		dl_buf_append(buf, s.ptr + start, s.len - start);
}

void
dl_db_array_str(struct dl_db_array *array, struct dl_str element)
{
	separate(array);
	if (!element.ptr) {
		dl_buf_puts(array->buf, "NULL");
		return;
	}
	/* A NUL would end the literal; text can't hold one anyway. */
	if (memchr(element.ptr, '\0', element.len)) {
		array->buf->is_failed = true;
		return;
	}
	dl_buf_append_c(array->buf, '"');
	append_escaped(array->buf, element);
	dl_buf_append_c(array->buf, '"');
}

void
dl_db_array_text(struct dl_db_array *array, const char *element)
{
	dl_db_array_str(array, dl_str(element));
}

void
dl_db_array_int(struct dl_db_array *array, int64_t element)
{
	separate(array);
	dl_buf_append_int(array->buf, element);
}

const char *
dl_db_array_end(struct dl_db_array *array)
{
	dl_buf_append_c(array->buf, '}');
	return dl_buf_failed(array->buf) ? NULL : array->buf->ptr;
}
