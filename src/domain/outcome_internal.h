/* SPDX-License-Identifier: MIT */
/* What the two files of outcome share.  Included by nothing else. */
#ifndef DL_DOMAIN_OUTCOME_INTERNAL_H
#define DL_DOMAIN_OUTCOME_INTERNAL_H

#include <stdbool.h>

#include "domain/outcome.h"

/*
 * evolution_response of an answer that came, in the arena.  is_json:
 * dl_json_parse() took the body as it is.
 */
const char *dl_outcome_response(struct dl_arena *arena,
				const struct dl_outcome_answer *answer,
				bool is_json);

#endif
