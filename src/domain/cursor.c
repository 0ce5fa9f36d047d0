/* SPDX-License-Identifier: MIT */
/* base64url of "<kind> <at_us> <id>". */
#include "config.h"

#include "domain/cursor.h"

#include "base/crypto.h"

/* Two blanks, a letter, 19 digits, 36 of the id: 80 in base64. */
#define CURSOR_MAX 128

const char *
dl_cursor_encode(struct dl_arena *arena, enum dl_cursor_kind kind,
		 const struct dl_cursor *cursor)
{
	struct dl_buf *out = dl_buf_create(arena, CURSOR_MAX);
	char *plain =
	    dl_arena_printf(arena, "%c %lld %s", (char)kind,
			    (long long)cursor->at_us, cursor->id.text);

	if (!plain)
		return NULL;
	dl_base64url_encode(out, dl_str(plain));
	return dl_buf_failed(out) ? NULL : dl_buf_cstr(out);
}

bool
dl_cursor_decode(struct dl_arena *arena, enum dl_cursor_kind kind,
		 struct dl_str text, struct dl_cursor *cursor)
{
	const char letter = (char)kind;
	const char *again;
	struct dl_str rest;

	if (text.len > CURSOR_MAX || !dl_base64url_decode(arena, text, &rest))
		return false;
	if (!dl_str_eq(dl_str_cut(&rest, ' '), (struct dl_str){&letter, 1}) ||
	    !dl_str_to_int64(dl_str_cut(&rest, ' '), &cursor->at_us) ||
	    cursor->at_us < 0 || !dl_uuid_parse(rest, &cursor->id))
		return false;
	/* One spelling only: nothing that merely reads the same. */
	again = dl_cursor_encode(arena, kind, cursor);
	return again && dl_str_eq(dl_str(again), text);
}
