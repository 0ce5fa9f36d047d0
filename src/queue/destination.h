/* SPDX-License-Identifier: MIT */
/*
 * Where a message goes: the URL inside the path of a publish request, and
 * whether this server is willing to call it: the URLs that the administrator
 * named and what is below them; any other public address only where he says
 * so; never a loopback or private one.  Whoever holds the token must reach
 * neither what else listens here nor, through us, the whole world.
 *
 * Pure; thread-safe.
 */
#ifndef DL_QUEUE_DESTINATION_H
#define DL_QUEUE_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/settings.h"
#include "base/str.h"
#include "web/request.h"

struct dl_destination {
	struct dl_str url;         /* without what was taken back */
	struct dl_header *options; /* upstash-* of its query, decoded */
	size_t n_options;
};

/*
 * Takes the destination out of the raw request URI behind prefix
 * ("/v2/publish/"): everything there, byte for byte, but the query's pairs
 * qstash_token and upstash-*.  A destination that begins with no scheme is
 * percent-decoded once.  Text points into the URI or the arena; false at the
 * arena's cap.
 */
bool dl_destination_from_uri(struct dl_arena *arena, struct dl_str uri,
			     struct dl_str prefix,
			     struct dl_destination *destination);

/*
 * Whether url lies below PUBLIC_URL, PUBLIC_URL_PREVIOUS or one of
 * LOCAL_QUEUE_ALLOWED_URLS.
 */
bool dl_destination_is_own(const struct dl_settings *settings,
			   struct dl_str url);

/*
 * Whether messages for url are taken.  False with *fault, the vendor's words,
 * in the arena or static.  A name that resolves to a forbidden address is
 * found when connecting: dl_address_is_public().
 */
bool dl_destination_check(struct dl_arena *arena,
			  const struct dl_settings *settings, struct dl_str url,
			  const char **fault);

enum dl_address_kind {
	DL_ADDRESS_PUBLIC,
	DL_ADDRESS_LOOPBACK,
	DL_ADDRESS_PRIVATE
};

/* What kind of address that is; an unknown family is private. */
enum dl_address_kind dl_address_kind_of(const struct sockaddr *address);

#endif
