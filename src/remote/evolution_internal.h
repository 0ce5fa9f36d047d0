/* SPDX-License-Identifier: MIT */
/* What the files of Evolution's client share. */
#ifndef DL_REMOTE_EVOLUTION_INTERNAL_H
#define DL_REMOTE_EVOLUTION_INTERNAL_H

#include "remote/evolution.h"

/* Name, TCP and TLS: the rest of the deadline is Evolution's. */
#define DL_EVOLUTION_CONNECT_TIMEOUT_MS 10000

/* The address of a route for an instance; NULL where it would be too long. */
const char *dl_evolution_url(const struct dl_evolution *evolution,
			     struct dl_arena *arena, const char *route,
			     struct dl_str instance);

/* The instance's own key, else the global one. */
struct dl_str dl_evolution_key_for(const struct dl_evolution *evolution,
				   struct dl_str token);

#endif
