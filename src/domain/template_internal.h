/* SPDX-License-Identifier: MIT */
/* What template.c and template_names.c share; for those two alone. */
#ifndef DL_DOMAIN_TEMPLATE_INTERNAL_H
#define DL_DOMAIN_TEMPLATE_INTERNAL_H

#include "domain/template.h"

struct cached_key;

struct dl_template_name {
	struct dl_str text;   /* as written in the text, trimmed */
	struct dl_str folded; /* case folding of its NFC */
	bool occurs;          /* some bound contact has the key */
};

struct dl_template_names {
	struct dl_arena *arena;
	struct dl_template_name items[DL_TEMPLATE_NAMES_MAX];
	size_t n;
	struct cached_key *cache;
	bool is_bound; /* no name may be added any more */
};

/*
 * The index of name in the set, added where it is new; -1 when the set is full
 * or its arena's cap is met.  name must outlive the set.
 */
int dl_template_names_add(struct dl_template_names *names, struct dl_str name);

/* s without Unicode white space at both ends. */
struct dl_str dl_template_trim(struct dl_str s);

#endif
