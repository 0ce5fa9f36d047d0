/* SPDX-License-Identifier: MIT */
/* The texts that are stored with an outcome: the provider's words without
 * phone or key, and its answer in a form that a jsonb column takes. */
#include "config.h"

#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "domain/outcome_internal.h"

#define MASK "***"

/* The shortest phone has eight digits. */
#define PHONE_DIGITS_MIN 8
/* Keys of Evolution are UUIDs or 32 hexadecimal digits. */
#define TOKEN_MIN 20

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_token_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

static bool
is_phone_joint(char c)
{
	return c != '\0' && strchr(" ()-.", c) != NULL;
}

/* Bytes of the run at s that reads like a phone number; 0 for none. */
static size_t
phone_run(struct dl_str s)
{
	size_t digits = 0, end = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (is_digit(s.ptr[i])) {
			digits++;
			end = i + 1;
		} else if (!is_phone_joint(s.ptr[i]) || i - end >= 2) {
			break;
		}
	}
	return s.len && is_digit(s.ptr[0]) && digits >= PHONE_DIGITS_MIN ? end
									 : 0;
}

/* Bytes of the run at s that reads like a key: long, with a digit in it. */
static size_t
token_run(struct dl_str s)
{
	bool has_digit = false;
	size_t n = 0;

	while (n < s.len && is_token_char(s.ptr[n]))
		has_digit |= is_digit(s.ptr[n++]);
	return n >= TOKEN_MIN && has_digit ? n : 0;
}

static size_t
secret_run(struct dl_str s, struct dl_str secret)
{
	return secret.len && dl_str_starts_with(s, secret) ? secret.len : 0;
}

/* Appends the character at s, control ones as a blank; returns its bytes. */
static size_t
append_point(struct dl_buf *out, struct dl_str s)
{
	utf8proc_int32_t point;
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr,
					      (utf8proc_ssize_t)s.len, &point);

	if (n <= 0) {
		dl_buf_puts(out, "\xef\xbf\xbd");
		return 1;
	}
	if (point < 0x20 || (point >= 0x7f && point < 0xa0))
		dl_buf_append_c(out, ' ');
	else
		dl_buf_append(out, s.ptr, (size_t)n);
	return (size_t)n;
}

struct dl_str
dl_outcome_clean(struct dl_arena *arena, struct dl_str text,
		 struct dl_str secret)
{
	struct dl_buf *out =
	    dl_buf_create(arena, 4 * (size_t)DL_OUTCOME_MESSAGE_MAX);
	struct dl_str rest = dl_str_trim(text);
	bool in_word = false;

	for (int points = 0; rest.len && points < DL_OUTCOME_MESSAGE_MAX;
	     points++) {
		size_t hidden = secret_run(rest, secret);

		if (!hidden)
			hidden = phone_run(rest);
		if (!hidden && !in_word)
			hidden = token_run(rest);
		in_word = is_token_char(rest.ptr[0]);
		if (hidden) {
			if (points + (int)strlen(MASK) > DL_OUTCOME_MESSAGE_MAX)
				break;
			dl_buf_puts(out, MASK);
			points += (int)strlen(MASK) - 1;
		} else {
			hidden = append_point(out, rest);
		}
		rest.ptr += hidden;
		rest.len -= hidden;
	}
	return dl_buf_str(out);
}

/* Whether the escape at s[i] (a backslash) is \u0000. */
static bool
is_nul_escape(struct dl_str s, size_t i)
{
	return s.len - i >= 6 && memcmp(s.ptr + i, "\\u0000", 6) == 0;
}

/* JSON text without U+0000, which jsonb can't hold. */
static struct dl_str
without_nul(struct dl_arena *arena, struct dl_str text)
{
	char *out = dl_arena_alloc(arena, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; out && i < text.len; i++) {
		if (text.ptr[i] == '\0')
			continue;
		if (text.ptr[i] == '\\' && is_nul_escape(text, i)) {
			i += 5;
			continue;
		}
		out[n++] = text.ptr[i];
		/* What follows a backslash is no escape of its own. */
		if (text.ptr[i] == '\\' && i + 1 < text.len)
			out[n++] = text.ptr[++i];
	}
	return (struct dl_str){out, out ? n : 0};
}

const char *
dl_outcome_response_cut(struct dl_arena *arena,
			const struct dl_outcome_answer *answer)
{
	struct dl_buf *text = dl_buf_create(arena, 8 * DL_OUTCOME_RAW_MAX);
	struct dl_str raw = answer->body;
	struct dl_buf *clean = dl_buf_create(arena, DL_OUTCOME_RAW_MAX);
	struct dl_json_out out;

	if (answer->transport != DL_OUTCOME_ANSWERED)
		return NULL;
	for (size_t i = 0; i < raw.len && clean->len < DL_OUTCOME_RAW_MAX; i++)
		if (raw.ptr[i])
			dl_buf_append_c(clean, raw.ptr[i]);
	dl_json_begin(&out, text);
	dl_json_object_begin(&out);
	dl_json_member_int(&out, "http_status", answer->http_status);
	dl_json_member_str(&out, "raw", dl_buf_str(clean));
	dl_json_member_bool(&out, "truncated", true);
	dl_json_object_end(&out);
	return dl_buf_cstr(text);
}

/* Whether a jsonb column will take text, as far as can be seen without it. */
static bool
is_storable(struct dl_arena *arena, struct dl_str text)
{
	json_object *tree;
	enum dl_json_fault fault = dl_json_parse(arena, text, &tree);

	return fault == DL_JSON_OK || fault == DL_JSON_DUPLICATE_KEY ||
	       fault == DL_JSON_TOO_DEEP;
}

const char *
dl_outcome_response(struct dl_arena *arena,
		    const struct dl_outcome_answer *answer, bool is_json)
{
	struct dl_str text = answer->body;

	if (text.len > DL_OUTCOME_RESPONSE_MAX)
		return dl_outcome_response_cut(arena, answer);
	if (!is_json) {
		text = without_nul(arena, text);
		if (!is_storable(arena, text))
			return dl_outcome_response_cut(arena, answer);
	}
	return dl_arena_strndup(arena, text.ptr, text.len);
}
