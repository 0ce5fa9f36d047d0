/* SPDX-License-Identifier: MIT */
/*
 * The probe with which disparalead doctor finds out whether PUBLIC_URL, seen
 * from the queue, is this machine's process-message: a signed delivery
 * {"probe":"<uuid>"} that is answered 489, as what is not to be delivered
 * again, with a mark that only this machine gives to that probe.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_PROBE_H
#define DL_DOMAIN_PROBE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/str.h"
#include "base/uuid.h"

/* The probe's id in a delivery's body; false where it is no probe. */
bool dl_probe_read(struct dl_arena *arena, struct dl_str body,
		   struct dl_uuid *id);

/*
 * The mark of machine (any text that names it and is told to nobody, such as
 * machine-id(5)) on a probe: hexadecimal digits, in out, which is returned.
 */
const char *dl_probe_mark(struct dl_str machine, const struct dl_uuid *id,
			  char out[DL_SHA256_HEX_MAX]);

#endif
