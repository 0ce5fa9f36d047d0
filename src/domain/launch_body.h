/* SPDX-License-Identifier: MIT */
/*
 * Takes a launch's body apart before any parser sees it: the contacts one by
 * one, and the rest.  json-c would need some 20 bytes for each byte of a
 * hostile body ("[{},{},...]"); parsed in pieces, the same body needs a
 * contact's worth at a time.  It judges no JSON: each piece is parsed strictly
 * afterwards, and a body is valid only if all its pieces are.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_LAUNCH_BODY_H
#define DL_DOMAIN_LAUNCH_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "domain/problem_codes.h"

struct dl_launch_body {
	struct dl_str rest;      /* the body with "contatos":[]; in the arena */
	bool is_split;           /* contatos was found, and is an array */
	struct dl_str *contacts; /* the elements' text, inside the body */
	size_t n_contacts;       /* also when there are more than allowed */
};

/*
 * Splits body.  Contacts above max_contacts are counted but not listed.
 * DL_P_TOO_DEEP, DL_P_INVALID_JSON (contatos never ends), DL_P_TOO_MANY_ITEMS
 * (more values outside contatos, or in one contact, than any launch has) or
 * DL_P_BODY_TOO_LARGE at the arena's cap.
 */
enum dl_problem_code dl_launch_body_split(struct dl_arena *arena,
					  struct dl_str body,
					  size_t max_contacts,
					  struct dl_launch_body *out);

#endif
