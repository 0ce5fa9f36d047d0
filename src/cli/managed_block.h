/* SPDX-License-Identifier: MIT */
/* Our lines inside a file that belongs to somebody else. */
#ifndef DL_CLI_MANAGED_BLOCK_H
#define DL_CLI_MANAGED_BLOCK_H

#include "base/arena.h"
#include "base/str.h"

/*
 * text with lines (each ended by a line feed) between two marks: where the
 * marks stand already, else at the very beginning, because in pg_hba.conf the
 * first line that fits decides.  In the arena; {NULL, 0} at its cap.
 */
struct dl_str cli_managed_block(struct dl_arena *arena, struct dl_str text,
				struct dl_str lines);

#endif
