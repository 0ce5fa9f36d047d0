/* SPDX-License-Identifier: MIT */
/*
 * The project's public keys as this process knows them: fetched from
 * SUPABASE_JWKS_URL when a token needs them, again for a kid that is unknown
 * (at most once a minute, so that made-up kids cost nothing) and when they
 * are ten minutes old, as long as Supabase's own edge keeps them.  A fetch
 * that fails leaves the last good set in place.
 *
 * Thread-safe; one set a process.
 */
#ifndef DL_WEB_KEY_SET_H
#define DL_WEB_KEY_SET_H

#include "base/error.h"
#include "base/settings.h"
#include "domain/jwks.h"

struct dl_key_set; /* one version of the keys, which stays while it is held */

/*
 * Holds the set that has kid, or else the newest there is: DL_OK, and *key is
 * the kid's or NULL.  DL_TRY_LATER: there is no set at all yet.  With DL_OK
 * ends with dl_key_set_release().
 */
enum dl_code dl_key_set_hold(const struct dl_settings *settings,
			     struct dl_arena *arena, struct dl_str kid,
			     struct dl_key_set **set,
			     const struct dl_jwt_key **key,
			     struct dl_error *err) DL_MUST_CHECK;
void dl_key_set_release(struct dl_key_set *set);

#endif
