/* SPDX-License-Identifier: MIT */
/*
 * The bearer token of Evolution's webhooks: a header named "jwt_key" in the
 * webhook's settings is replaced by a JWT signed with its value (HS256, claims
 * iat, exp, app, action).  The token is made once for all attempts of an
 * event, which go on for some twenty minutes, and lasts ten: a late attempt
 * carries an expired one, so half an hour of grace is given.  It does not
 * cover the body: whoever holds the key may say anything.
 *
 * Thread-safe.  Source: evolution-api 2.3.6, webhook.controller.ts.
 */
#ifndef DL_DOMAIN_WEBHOOK_TOKEN_H
#define DL_DOMAIN_WEBHOOK_TOKEN_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* Grace behind exp, seconds. */
#define DL_WEBHOOK_TOKEN_GRACE_S 1800

/*
 * Checks token, the bearer's text, against key at now_s.  NULL when it holds,
 * else why not, for a log; static.
 */
const char *dl_webhook_token_check(struct dl_arena *arena, struct dl_str token,
				   struct dl_str key, int64_t now_s);

#endif
