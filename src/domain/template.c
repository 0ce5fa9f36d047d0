/* SPDX-License-Identifier: MIT */
/* Reading a text into pieces, and putting pieces together. */
#include "config.h"

#include "domain/template.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

#include "domain/template_internal.h"

enum piece_kind {
	PIECE_LITERAL,
	PIECE_BRACES, /* {name} or {name|fallback} */
	PIECE_AT      /* @name: stands as written where no contact has it */
};

struct piece {
	enum piece_kind kind;
	struct dl_str text; /* as written */
	int name;           /* index into the set; not for literals */
	bool has_fallback;
	struct dl_str fallback;
	/* Of text, for a literal; checking 300,000 messages must not count
	 * the same letters each time. */
	size_t code_points;
	bool is_blank;
};

struct dl_template {
	const struct dl_template_names *names;
	struct piece *pieces;
	size_t n;
};

/* ------------------------------------------------------------ characters */

/* The code point at s, *n its bytes; a byte that is no UTF-8 counts as one. */
static utf8proc_int32_t
next_point(struct dl_str s, size_t *n)
{
	utf8proc_int32_t point = -1;
	utf8proc_ssize_t got;

	if ((unsigned char)s.ptr[0] < 0x80) {
		*n = 1;
		return s.ptr[0];
	}
	got = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr,
			       (utf8proc_ssize_t)s.len, &point);
	*n = got > 0 ? (size_t)got : 1;
	return point;
}

static bool
is_white_space(utf8proc_int32_t point)
{
	utf8proc_category_t category;

	if (point < 0x80)
		return point == ' ' || (point >= '\t' && point <= '\r');
	category = utf8proc_category(point);
	return point == 0x85 || category == UTF8PROC_CATEGORY_ZS ||
	       category == UTF8PROC_CATEGORY_ZL ||
	       category == UTF8PROC_CATEGORY_ZP;
}

/* Letters of any script with their marks, digits, '_'. */
static bool
is_word(utf8proc_int32_t point)
{
	utf8proc_category_t category;

	if (point < 0)
		return false;
	category = utf8proc_category(point);
	return point == '_' || category == UTF8PROC_CATEGORY_ND ||
	       (category >= UTF8PROC_CATEGORY_LU &&
		category <= UTF8PROC_CATEGORY_ME);
}

static struct dl_str
skip(struct dl_str s, size_t n)
{
	return (struct dl_str){s.ptr + n, s.len - n};
}

struct dl_str
dl_template_trim(struct dl_str s)
{
	size_t kept = 0;
	size_t n;

	while (s.len && is_white_space(next_point(s, &n)))
		s = skip(s, n);
	for (size_t at = 0; at < s.len; at += n)
		if (!is_white_space(next_point(skip(s, at), &n)))
			kept = at + n;
	s.len = kept;
	return s;
}

bool
dl_template_is_blank(struct dl_str text)
{
	return dl_template_trim(text).len == 0;
}

size_t
dl_template_code_points(struct dl_str text)
{
	size_t points = 0;

	/* All but the bytes that continue a character. */
	for (size_t i = 0; i < text.len; i++)
		points += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return points;
}

/* --------------------------------------------------------------- reading */

struct reader {
	struct dl_template *t;
	struct dl_template_names *names;
	enum dl_template_mode mode;
	struct dl_str rest;
	const char *literal;     /* begin of what is not yet a piece */
	utf8proc_int32_t before; /* the character before rest; -1: none */
	bool is_full;            /* the set of names could not take one */
};

static void
add_piece(struct reader *r, struct piece piece)
{
	piece.code_points = dl_template_code_points(piece.text);
	piece.is_blank = dl_template_is_blank(piece.text);
	r->t->pieces[r->t->n++] = piece;
}

/* What stands between r->literal and end becomes a piece. */
static void
flush(struct reader *r, const char *end)
{
	if (end > r->literal)
		add_piece(r,
			  (struct piece){
			      .kind = PIECE_LITERAL,
			      .text = {r->literal, (size_t)(end - r->literal)},
			  });
}

/* Moves on by n bytes, the last of which end in the character last. */
static void
advance(struct reader *r, size_t n, utf8proc_int32_t last)
{
	r->rest = skip(r->rest, n);
	r->before = last;
}

/* "{{", "}}", "@@": one of the two stands, the other goes. */
static void
take_doubled(struct reader *r)
{
	flush(r, r->rest.ptr + 1);
	advance(r, 2, r->rest.ptr[0]);
	r->literal = r->rest.ptr;
}

static void
take_name(struct reader *r, struct piece piece, struct dl_str name)
{
	piece.name = dl_template_names_add(r->names, name);
	if (piece.name < 0) {
		r->is_full = true;
		return;
	}
	flush(r, r->rest.ptr);
	add_piece(r, piece);
	advance(r, piece.text.len, piece.text.ptr[piece.text.len - 1]);
	r->literal = r->rest.ptr;
}

/*
 * "{name}" or "{name|fallback}" at rest.  False for a lone brace: no "}"
 * follows before the next "{", or no name stands in it.
 */
static bool
take_braces(struct reader *r)
{
	struct dl_str inside = skip(r->rest, 1);
	size_t len = 0;
	struct piece piece = {.kind = PIECE_BRACES};
	struct dl_str name;

	while (len < inside.len && inside.ptr[len] != '}' &&
	       inside.ptr[len] != '{')
		len++;
	if (len == inside.len || inside.ptr[len] == '{')
		return false;
	inside.len = len;
	piece.text = (struct dl_str){r->rest.ptr, len + 2};
	piece.has_fallback = memchr(inside.ptr, '|', len) != NULL;
	name = dl_template_trim(dl_str_cut(&inside, '|'));
	piece.fallback = inside;
	if (!name.len)
		return false;
	take_name(r, piece, name);
	return true;
}

/* Whether "@name" followed by this is part of an address or a handle. */
static bool
is_address(struct dl_str follows)
{
	size_t n;

	return follows.len > 1 &&
	       (follows.ptr[0] == '.' || follows.ptr[0] == '@' ||
		follows.ptr[0] == '-') &&
	       is_word(next_point(skip(follows, 1), &n));
}

/* "@name" at rest; false where it stands for itself. */
static bool
take_at(struct reader *r)
{
	struct dl_str rest = skip(r->rest, 1);
	size_t len = 0, n = 0;
	struct piece piece = {.kind = PIECE_AT};

	if (is_word(r->before))
		return false;
	while (len < rest.len && is_word(next_point(skip(rest, len), &n)))
		len += n;
	if (!len || is_address(skip(rest, len)))
		return false;
	piece.text = (struct dl_str){r->rest.ptr, len + 1};
	take_name(r, piece, (struct dl_str){rest.ptr, len});
	return true;
}

/* Takes what stands at rest. */
static void
take_one(struct reader *r)
{
	char c = r->rest.ptr[0];
	bool is_special =
	    c == '{' || c == '}' || (c == '@' && r->mode == DL_TEMPLATE_AT);
	utf8proc_int32_t point;
	size_t n;

	if (is_special && r->rest.len > 1 && r->rest.ptr[1] == c) {
		take_doubled(r);
		return;
	}
	if (is_special && (c == '{'   ? take_braces(r)
			   : c == '@' ? take_at(r)
				      : false))
		return;
	point = next_point(r->rest, &n);
	advance(r, n, point);
}

/* A piece and the literal before it for each special byte, and the end. */
static size_t
most_pieces(struct dl_str text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '{' || text.ptr[i] == '}' ||
		    text.ptr[i] == '@')
			n += 2;
	return n;
}

struct dl_template *
dl_template_compile(struct dl_arena *arena, struct dl_template_names *names,
		    struct dl_str text, enum dl_template_mode mode)
{
	struct dl_template *t = dl_arena_alloc(arena, sizeof(*t));
	struct reader r = {t, names, mode, text, text.ptr, -1, false};

	assert(!names->is_bound);
	if (!t)
		return NULL;
	t->names = names;
	t->pieces =
	    dl_arena_array(arena, most_pieces(text), sizeof(*t->pieces));
	if (!t->pieces)
		return NULL;
	while (r.rest.len && !r.is_full)
		take_one(&r);
	if (r.is_full)
		return NULL;
	flush(&r, r.rest.ptr);
	return t;
}

/* --------------------------------------------------------------- putting */

/* What the piece becomes; *is_missing: it has no value and no fallback. */
static struct dl_str
text_of(const struct dl_template *t, const struct piece *piece,
	const struct dl_str *values, bool *is_missing)
{
	*is_missing = false;
	if (piece->kind == PIECE_LITERAL)
		return piece->text;
	if (piece->kind == PIECE_AT && !t->names->items[piece->name].occurs)
		return piece->text;
	if (values[piece->name].ptr)
		return values[piece->name];
	*is_missing = !piece->has_fallback;
	return piece->fallback;
}

bool
dl_template_unknown(const struct dl_template *t, size_t *at,
		    struct dl_str *name)
{
	while (*at < t->n) {
		const struct piece *piece = &t->pieces[(*at)++];

		if (piece->kind == PIECE_BRACES && !piece->has_fallback &&
		    !t->names->items[piece->name].occurs) {
			*name = t->names->items[piece->name].text;
			return true;
		}
	}
	return false;
}

bool
dl_template_missing(const struct dl_template *t, const struct dl_str *values,
		    size_t *at, struct dl_str *name)
{
	while (*at < t->n) {
		const struct piece *piece = &t->pieces[(*at)++];
		bool is_missing;

		text_of(t, piece, values, &is_missing);
		if (is_missing) {
			*name = t->names->items[piece->name].text;
			return true;
		}
	}
	return false;
}

void
dl_template_check(const struct dl_template *t, const struct dl_str *values,
		  struct dl_template_check *out)
{
	*out = (struct dl_template_check){.is_blank = true};
	for (size_t i = 0; i < t->n; i++) {
		const struct piece *piece = &t->pieces[i];
		bool is_missing;
		struct dl_str text = text_of(t, piece, values, &is_missing);
		bool is_own = text.ptr == piece->text.ptr;

		if (is_missing && !out->missing.ptr)
			out->missing = t->names->items[piece->name].text;
		out->bytes += text.len;
		out->code_points +=
		    is_own ? piece->code_points : dl_template_code_points(text);
		out->is_blank =
		    out->is_blank &&
		    (is_own ? piece->is_blank : dl_template_is_blank(text));
	}
}

void
dl_template_render(const struct dl_template *t, const struct dl_str *values,
		   struct dl_buf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		bool is_missing;

		dl_buf_append_str(
		    out, text_of(t, &t->pieces[i], values, &is_missing));
	}
}
