/* SPDX-License-Identifier: MIT */
/* Our lines inside somebody else's file. */
#include "config.h"

#include "cli/managed_block.h"

#include "base/buf.h"
#include "cli/files.h"

#define BEGIN "# BEGIN disparalead (mantido por \"disparalead setup\")"
#define END   "# END disparalead"

/* Cuts off what stands before the line mark, which goes as well. */
static struct dl_str
cut_before(struct dl_str *rest, struct dl_str mark)
{
	struct dl_str before = {rest->ptr, 0};
	struct dl_str left = *rest;

	while (left.ptr) {
		struct dl_str line = dl_str_cut(&left, '\n');

		if (dl_str_eq(line, mark)) {
			*rest = left;
			return before;
		}
		before.len =
		    left.ptr ? (size_t)(left.ptr - before.ptr) : rest->len;
	}
	return (struct dl_str){NULL, 0};
}

struct dl_str
cli_managed_block(struct dl_arena *arena, struct dl_str text,
		  struct dl_str lines)
{
	struct dl_buf *out = dl_buf_create(arena, 2 * CLI_FILE_MAX);
	struct dl_str rest = text;
	struct dl_str before = cut_before(&rest, DL_STR(BEGIN));
	bool has_marks = before.ptr && cut_before(&rest, DL_STR(END)).ptr;

	if (has_marks)
		dl_buf_append_str(out, before);
	dl_buf_puts(out, BEGIN "\n");
	dl_buf_append_str(out, lines);
	dl_buf_puts(out, END "\n");
	dl_buf_append_str(out, has_marks ? rest : text);
	return dl_buf_failed(out) ? (struct dl_str){NULL, 0} : dl_buf_str(out);
}
