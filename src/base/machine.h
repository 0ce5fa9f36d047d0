/* SPDX-License-Identifier: MIT */
/* What tells this machine from others. */
#ifndef DL_BASE_MACHINE_H
#define DL_BASE_MACHINE_H

#include "base/arena.h"
#include "base/str.h"

/*
 * machine-id(5), or the host's name where there is none; in the arena.  Not
 * for others to see.  Thread-safe.
 */
struct dl_str dl_machine_id(struct dl_arena *arena);

#endif
