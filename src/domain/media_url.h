/* SPDX-License-Identifier: MIT */
/*
 * Addresses of media: which are taken, and the file name that goes with one.
 * Evolution fetches them from inside its own network, so an address of a
 * machine there must not pass.  Nothing is resolved or fetched here.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_MEDIA_URL_H
#define DL_DOMAIN_MEDIA_URL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/* The longest address that servers are known to take. */
#define DL_MEDIA_URL_MAX 2048

/*
 * Whether url is https with a host name: no IP address in any spelling, no
 * user, no port but 443.  Where allowed_hosts (comma-separated) is not empty
 * the host must be one of them; otherwise it must be a public name, with a dot
 * and outside .local, .localhost and .internal.
 */
bool dl_media_url_is_valid(struct dl_str url, struct dl_str allowed_hosts);

/*
 * The name to send a file under, in the arena: given if not blank, else the
 * last part of the url's path, else "arquivo"; without directories, and always
 * with an extension that Evolution knows (it takes the MIME type from it): its
 * own, the path's, or fallback_extension (".jpg").  {NULL, 0} at the arena's
 * cap.
 */
struct dl_str dl_media_file_name(struct dl_arena *arena, struct dl_str given,
				 struct dl_str url,
				 const char *fallback_extension);

#endif
