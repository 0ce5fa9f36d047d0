/* SPDX-License-Identifier: MIT */
/*
 * Cursors of keyset pages: where the last page ended, as text that a client
 * gives back unread.  A cursor of one list is refused by another.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_CURSOR_H
#define DL_DOMAIN_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/uuid.h"

/* What is paged; the value is the cursor's first letter. */
enum dl_cursor_kind { DL_CURSOR_CAMPAIGNS = 'c', DL_CURSOR_MESSAGES = 'm' };

struct dl_cursor {
	int64_t at_us; /* the row's place in time, microseconds; 0: by id */
	struct dl_uuid id;
};

/* Letters, digits, '-' and '_', in the arena; NULL at its cap. */
const char *dl_cursor_encode(struct dl_arena *arena, enum dl_cursor_kind kind,
			     const struct dl_cursor *cursor);

/* False for whatever dl_cursor_encode() did not make for this kind. */
bool dl_cursor_decode(struct dl_arena *arena, enum dl_cursor_kind kind,
		      struct dl_str text, struct dl_cursor *cursor);

#endif
