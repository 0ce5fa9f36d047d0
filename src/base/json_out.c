/* SPDX-License-Identifier: MIT */
/* The JSON writer. */
#include "config.h"

#include "base/json_out.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

void
dl_json_begin(struct dl_json_out *out, struct dl_buf *buf)
{
	*out = (struct dl_json_out){.buf = buf};
}

/* The comma before a value or key, where one is due. */
static void
separate(struct dl_json_out *out)
{
	if (out->has_key) {
		out->has_key = false;
		return;
	}
	if (!out->depth)
		return;
	assert(!out->scope[out->depth - 1].is_object);
	if (!out->scope[out->depth - 1].is_empty)
		dl_buf_append_c(out->buf, ',');
	out->scope[out->depth - 1].is_empty = false;
}

static void
open_scope(struct dl_json_out *out, bool is_object)
{
	separate(out);
	assert(out->depth < DL_JSON_OUT_DEPTH);
	out->scope[out->depth].is_object = is_object;
	out->scope[out->depth].is_empty = true;
	out->depth++;
	dl_buf_append_c(out->buf, is_object ? '{' : '[');
}

static void
close_scope(struct dl_json_out *out, bool is_object)
{
	assert(out->depth > 0 && !out->has_key);
	out->depth--;
	assert(out->scope[out->depth].is_object == is_object);
	dl_buf_append_c(out->buf, is_object ? '}' : ']');
}

void
dl_json_object_begin(struct dl_json_out *out)
{
	open_scope(out, true);
}

void
dl_json_object_end(struct dl_json_out *out)
{
	close_scope(out, true);
}

void
dl_json_array_begin(struct dl_json_out *out)
{
	open_scope(out, false);
}

void
dl_json_array_end(struct dl_json_out *out)
{
	close_scope(out, false);
}

void
dl_json_key(struct dl_json_out *out, const char *name)
{
	assert(out->depth && out->scope[out->depth - 1].is_object);
	assert(!out->has_key);
	if (!out->scope[out->depth - 1].is_empty)
		dl_buf_append_c(out->buf, ',');
	out->scope[out->depth - 1].is_empty = false;
	dl_json_quote(out->buf, dl_str(name));
	dl_buf_append_c(out->buf, ':');
	out->has_key = true;
}

/* How many bytes at the front of s stand for themselves. */
static size_t
plain_run(struct dl_str s)
{
	size_t n = 0;

	while (n < s.len) {
		unsigned char c = (unsigned char)s.ptr[n];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			break;
		n++;
	}
	return n;
}

/* A byte below 0x80 that does not. */
static void
quote_ascii(struct dl_buf *buf, unsigned char c)
{
	static const char short_forms[] = "\b\f\n\r\t\"\\";
	static const char letters[] = "bfnrt\"\\";
	const char *found = c ? strchr(short_forms, c) : NULL;

	if (found) {
		dl_buf_append_c(buf, '\\');
		dl_buf_append_c(buf, letters[found - short_forms]);
	} else {
		dl_buf_appendf(buf, "\\u%04x", c);
	}
}

void
dl_json_quote(struct dl_buf *buf, struct dl_str s)
{
	dl_buf_append_c(buf, '"');
	while (s.len) {
		utf8proc_int32_t point;
		utf8proc_ssize_t n = (utf8proc_ssize_t)plain_run(s);

		if (n > 0) {
			dl_buf_append(buf, s.ptr, (size_t)n);
		} else if ((unsigned char)s.ptr[0] < 0x80) {
			n = 1;
			quote_ascii(buf, (unsigned char)s.ptr[0]);
		} else {
			n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr,
					     (utf8proc_ssize_t)s.len, &point);
			if (n > 0)
				dl_buf_append(buf, s.ptr, (size_t)n);
			else
				dl_buf_puts(buf, "\xef\xbf\xbd");
			n = n > 0 ? n : 1;
		}
		s.ptr += n;
		s.len -= (size_t)n;
	}
	dl_buf_append_c(buf, '"');
}

void
dl_json_str(struct dl_json_out *out, struct dl_str value)
{
	separate(out);
	dl_json_quote(out->buf, value);
}

void
dl_json_text(struct dl_json_out *out, const char *value)
{
	if (value)
		dl_json_str(out, dl_str(value));
	else
		dl_json_null(out);
}

void
dl_json_int(struct dl_json_out *out, int64_t value)
{
	separate(out);
	dl_buf_append_int(out->buf, value);
}

void
dl_json_double(struct dl_json_out *out, double value, int decimals)
{
	char text[64];
	size_t len;

	assert(isfinite(value));
	separate(out);
	snprintf(text, sizeof(text), "%.*f", decimals, value);
	len = strlen(text);
	if (strchr(text, '.')) {
		while (len && text[len - 1] == '0')
			len--;
		if (len && text[len - 1] == '.')
			len--;
	}
	dl_buf_append(out->buf, text, len);
}

void
dl_json_bool(struct dl_json_out *out, bool value)
{
	separate(out);
	dl_buf_puts(out->buf, value ? "true" : "false");
}

void
dl_json_null(struct dl_json_out *out)
{
	separate(out);
	dl_buf_puts(out->buf, "null");
}

void
dl_json_raw(struct dl_json_out *out, struct dl_str value)
{
	separate(out);
	dl_buf_append_str(out->buf, value);
}

void
dl_json_member_text(struct dl_json_out *out, const char *name,
		    const char *value)
{
	dl_json_key(out, name);
	dl_json_text(out, value);
}

void
dl_json_member_str(struct dl_json_out *out, const char *name,
		   struct dl_str value)
{
	dl_json_key(out, name);
	dl_json_str(out, value);
}

void
dl_json_member_int(struct dl_json_out *out, const char *name, int64_t value)
{
	dl_json_key(out, name);
	dl_json_int(out, value);
}

void
dl_json_member_bool(struct dl_json_out *out, const char *name, bool value)
{
	dl_json_key(out, name);
	dl_json_bool(out, value);
}
