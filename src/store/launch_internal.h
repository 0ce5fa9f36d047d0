/* SPDX-License-Identifier: MIT */
/* What launch_store.c and launch_insert.c share. */
#ifndef DL_STORE_LAUNCH_INTERNAL_H
#define DL_STORE_LAUNCH_INTERNAL_H

#include "store/launch_store.h"

/* DL_TOO_LARGE: the input is larger than the arena was made for. */
enum dl_code dl_launch_full(struct dl_error *err, const char *op);

/* An array literal of these texts; NULL at the arena's cap. */
const char *dl_launch_array(struct dl_arena *arena, const struct dl_str *items,
			    size_t n);

/* The row of launch_begin.sql; its text lives as long as the result. */
void dl_launch_read_key(const PGresult *result, struct dl_launch_key *key);

#endif
