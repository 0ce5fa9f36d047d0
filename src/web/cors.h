/* SPDX-License-Identifier: MIT */
/*
 * Which web pages may call from a browser: the exact origins of
 * CORS_ALLOWED_ORIGINS (Fetch standard, "CORS protocol").  Sign-in is by
 * bearer token, so no credentials are allowed and none are needed.
 *
 * Thread-safe.
 */
#ifndef DL_WEB_CORS_H
#define DL_WEB_CORS_H

#include <stdbool.h>

#include "base/str.h"
#include "web/request.h"
#include "web/response.h"

/* Whether allowed (comma-separated) holds origin, byte by byte. */
bool dl_cors_is_allowed(struct dl_str allowed, struct dl_str origin);

/*
 * Adds Vary: Origin and, for an allowed origin, the headers that let the page
 * read the answer.  Call it before anything else, so that problems have them
 * too.  methods is static, "GET, HEAD".  True when the request was an OPTIONS,
 * which is answered then: 204, for a preflight with what it may send.
 */
bool dl_cors_apply(struct dl_str allowed, const char *methods,
		   const struct dl_request *request,
		   struct dl_response *response);

#endif
