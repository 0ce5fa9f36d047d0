/* SPDX-License-Identifier: MIT */
/*
 * Strict JSON on top of json-c: the raw pass counts the colons outside
 * strings, which must equal the members of the tree (json-c keeps the last of
 * two equal keys and offers no hook), and refuses what json-c lets through.
 */
#include "config.h"

#include "base/json_in.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

/* Answers of Evolution nest message bodies; 32 is far above any recorded. */
#define LENIENT_DEPTH 32

struct raw_scan {
	const char *at;
	const char *end;
	size_t colons;
	enum dl_json_fault fault;
};

static int
hex4(const char *p, const char *end)
{
	int value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* s->at stands behind "\u". */
static void
scan_unicode_escape(struct raw_scan *s)
{
	int unit = hex4(s->at, s->end);
	int low;

	s->at += unit < 0 ? 0 : 4;
	if (unit == 0) {
		s->fault = DL_JSON_NUL_CHARACTER;
	} else if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
		s->fault = DL_JSON_INVALID;
	} else if (unit >= 0xd800 && unit <= 0xdbff) {
		low = s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u'
			  ? hex4(s->at + 2, s->end)
			  : -1;
		if (low < 0xdc00 || low > 0xdfff)
			s->fault = DL_JSON_INVALID;
		else
			s->at += 6;
	}
}

/* s->at stands behind the opening quote; leaves it behind the closing one. */
static void
scan_string(struct raw_scan *s)
{
	while (s->at < s->end && s->fault == DL_JSON_OK) {
		unsigned char c = (unsigned char)*s->at++;

		if (c == '"')
			return;
		if (c < 0x20)
			s->fault = c ? DL_JSON_INVALID : DL_JSON_NUL_CHARACTER;
		if (c == '\\' && s->at < s->end && *s->at++ == 'u')
			scan_unicode_escape(s);
	}
	if (s->fault == DL_JSON_OK)
		s->fault = DL_JSON_INVALID;
}

static size_t
skip_digits(struct raw_scan *s)
{
	const char *from = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - from);
}

/* json-c takes "1.", "00" and "-01", which PostgreSQL's jsonb refuses. */
static void
scan_number(struct raw_scan *s)
{
	bool is_zero;

	s->at += *s->at == '-';
	is_zero = s->at < s->end && *s->at == '0';
	if (skip_digits(s) != 1 && is_zero)
		s->fault = DL_JSON_INVALID;
	if (s->at < s->end && *s->at == '.') {
		s->at++;
		if (!skip_digits(s))
			s->fault = DL_JSON_INVALID;
	}
	if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
		s->at++;
		s->at += s->at < s->end && (*s->at == '+' || *s->at == '-');
		skip_digits(s);
	}
}

/* JSON's bare words hold none of these; json-c also takes NaN, Infinity. */
static bool
is_forbidden_outside(char c)
{
	return c == '\'' || c == 'N' || c == 'I' || c == '/';
}

static enum dl_json_fault
scan_raw(struct dl_str text, size_t *colons)
{
	struct raw_scan s = {text.ptr, text.ptr + text.len, 0, DL_JSON_OK};

	while (s.at < s.end && s.fault == DL_JSON_OK) {
		char c = *s.at;

		if (c == '-' || (c >= '0' && c <= '9')) {
			scan_number(&s);
			continue;
		}
		s.at++;
		if (c == '"')
			scan_string(&s);
		else if (c == ':')
			s.colons++;
		else if (c == '\0')
			s.fault = DL_JSON_NUL_CHARACTER;
		else if (is_forbidden_outside(c))
			s.fault = DL_JSON_INVALID;
	}
	*colons = s.colons;
	return s.fault;
}

static bool
is_utf8(struct dl_str text)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text.ptr;
	size_t left = text.len;

	while (left) {
		utf8proc_int32_t point;
		utf8proc_ssize_t n = 1;

		if (*p >= 0x80)
			n = utf8proc_iterate(p, (utf8proc_ssize_t)left, &point);
		if (n <= 0)
			return false;
		p += n;
		left -= (size_t)n;
	}
	return true;
}

static size_t
count_members(json_object *value)
{
	size_t n = 0;

	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			n += 1 + count_members(member);
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			n += count_members(json_object_array_get_idx(value, i));
	}
	return n;
}

static void
put_deferred(void *value)
{
	json_object_put(value);
}

/* One run of json-c over text; *error says what it found. */
static json_object *
run_tokener(struct dl_str text, int depth, int flags,
	    enum json_tokener_error *error)
{
	struct json_tokener *tokener = json_tokener_new_ex(depth);
	json_object *tree;

	json_tokener_set_flags(tokener, flags);
	tree = json_tokener_parse_ex(tokener, text.ptr, (int)text.len);
	/* A bare number ends only at a NUL. */
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		tree = json_tokener_parse_ex(tokener, "", 1);
	*error = json_tokener_get_error(tokener);
	json_tokener_free(tokener);
	return tree;
}

enum dl_json_fault
dl_json_parse(struct dl_arena *arena, struct dl_str text, json_object **out)
{
	enum json_tokener_error error;
	enum dl_json_fault fault;
	size_t colons;
	json_object *tree;

	*out = NULL;
	if (text.len == 0 || text.len > INT_MAX)
		return DL_JSON_INVALID;
	if (!is_utf8(text))
		return DL_JSON_INVALID_UTF8;
	fault = scan_raw(text, &colons);
	if (fault != DL_JSON_OK)
		return fault;
	/* Its own look at UTF-8 would find nothing that is_utf8() has not. */
	tree = run_tokener(text, DL_JSON_MAX_DEPTH + 1, JSON_TOKENER_STRICT,
			   &error);
	dl_arena_defer(arena, put_deferred, tree);
	if (error == json_tokener_error_depth)
		return DL_JSON_TOO_DEEP;
	if (error != json_tokener_success)
		return DL_JSON_INVALID;
	if (count_members(tree) != colons)
		return DL_JSON_DUPLICATE_KEY;
	*out = tree;
	return DL_JSON_OK;
}

json_object *
dl_json_parse_lenient(struct dl_arena *arena, struct dl_str text)
{
	enum json_tokener_error error;
	json_object *tree;

	if (text.len == 0 || text.len > INT_MAX)
		return NULL;
	tree = run_tokener(text, LENIENT_DEPTH, 0, &error);
	dl_arena_defer(arena, put_deferred, tree);
	return error == json_tokener_success ? tree : NULL;
}

json_object *
dl_json_get(json_object *obj, const char *name)
{
	json_object *value = NULL;

	if (!json_object_is_type(obj, json_type_object) ||
	    !json_object_object_get_ex(obj, name, &value))
		return NULL;
	return value;
}

struct dl_str
dl_json_get_str(json_object *obj, const char *name)
{
	json_object *value = dl_json_get(obj, name);

	if (!json_object_is_type(value, json_type_string))
		return (struct dl_str){NULL, 0};
	return (struct dl_str){json_object_get_string(value),
			       (size_t)json_object_get_string_len(value)};
}

bool
dl_json_int_fits(json_object *value)
{
	int64_t n;

	if (!json_object_is_type(value, json_type_int))
		return false;
	errno = 0;
	n = json_object_get_int64(value);
	return n != INT64_MAX && n != INT64_MIN;
}
