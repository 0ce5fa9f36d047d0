/* SPDX-License-Identifier: MIT */
/*
 * Personalisation: a text with {name}, {name|fallback} and, in the mode "at",
 * @name becomes the text for one contact.  A text is compiled once; the keys
 * of all contacts are then shown to the set of names, which picks for each
 * name the contact's value; rendering copies bytes.  Values are never expanded
 * again.
 *
 *   set = dl_template_names_create(arena);
 *   t = dl_template_compile(arena, set, text, mode);       each text
 *   values = dl_template_names_bind(set, arena, contact);  each contact
 *   dl_template_unknown(t, set)                            after all of them
 *   dl_template_check(t, set, values, ...), dl_template_render(...)
 *
 * Not thread-safe while compiling and binding; afterwards rendering is.
 */
#ifndef DL_DOMAIN_TEMPLATE_H
#define DL_DOMAIN_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* Code points; WhatsApp's own bounds are no smaller. */
#define DL_TEMPLATE_TEXT_MAX    4096
#define DL_TEMPLATE_CAPTION_MAX 1024

/*
 * Distinct names in the texts of one launch.  A contact has at most 100 keys;
 * twice that leaves room for names that only have a fallback, and bounds what
 * is kept for each contact.
 */
#define DL_TEMPLATE_NAMES_MAX 200

enum dl_template_mode {
	DL_TEMPLATE_BRACES, /* {name} */
	DL_TEMPLATE_AT      /* {name} and @name */
};

struct dl_template;
struct dl_template_names;

/* An empty set in the arena; NULL at its cap. */
struct dl_template_names *dl_template_names_create(struct dl_arena *arena);

/*
 * Reads text (UTF-8, which must outlive the template) and adds its names to
 * the set.  NULL when the set would pass DL_TEMPLATE_NAMES_MAX or the arena's
 * cap is met.
 */
struct dl_template *dl_template_compile(struct dl_arena *arena,
					struct dl_template_names *names,
					struct dl_str text,
					enum dl_template_mode mode);

/* Why a contact's values can't be taken. */
enum dl_template_bind {
	DL_TEMPLATE_BOUND,
	DL_TEMPLATE_NOT_SCALAR, /* a value is an object or an array */
	DL_TEMPLATE_NO_MEMORY   /* the arena's cap */
};

/*
 * Picks the value of each name out of contact, a JSON object: the key equal to
 * it, else the first equal by case folding of NFC, white space around both
 * aside.  *values becomes an array in the arena, one entry a name, ptr NULL
 * where missing, null or blank; NULL when the set is empty.  Remembers which
 * names occur at all, and keeps nothing of contact.
 */
enum dl_template_bind dl_template_names_bind(struct dl_template_names *names,
					     struct dl_arena *arena,
					     json_object *contact,
					     const struct dl_str **values);

/*
 * The next name, from *at on, that stands in the text in braces without a
 * fallback though no contact that was bound has the key; *at starts at 0.
 * False when there is none left.
 */
bool dl_template_unknown(const struct dl_template *t, size_t *at,
			 struct dl_str *name);

/*
 * The next name, from *at on, that has neither value nor fallback for this
 * contact; *at starts at 0.  A name that stands in the text twice comes twice.
 * False when there is none left.
 */
bool dl_template_missing(const struct dl_template *t,
			 const struct dl_str *values, size_t *at,
			 struct dl_str *name);

struct dl_template_check {
	struct dl_str missing; /* first name without value or fallback */
	size_t code_points;    /* of the result, missing ones left blank */
	size_t bytes;
	bool is_blank; /* nothing but white space would be sent */
};

/* What rendering would give, without doing it. */
void dl_template_check(const struct dl_template *t, const struct dl_str *values,
		       struct dl_template_check *out);

/* Appends the text for these values to out; missing ones are left blank. */
void dl_template_render(const struct dl_template *t,
			const struct dl_str *values, struct dl_buf *out);

/* Code points of UTF-8 text. */
size_t dl_template_code_points(struct dl_str text);

/* Whether text is empty or all Unicode white space. */
bool dl_template_is_blank(struct dl_str text);

#endif
