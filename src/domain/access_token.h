/* SPDX-License-Identifier: MIT */
/*
 * What the claims of a user's access token must say (a Supabase JWT): exp,
 * aud, role, sub, not anonymous, nbf and iss.  The signature is verified
 * before, by domain/jwt.h; the tenant is looked up afterwards.
 *
 * Source: https://supabase.com/docs/guides/auth/jwt-fields
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_ACCESS_TOKEN_H
#define DL_DOMAIN_ACCESS_TOKEN_H

#include <json-c/json.h>
#include <stdint.h>

#include "base/str.h"
#include "base/uuid.h"

/* Difference allowed between the issuer's clock and ours, seconds. */
#define DL_ACCESS_TOKEN_LEEWAY_S 30

enum dl_access_token_fault {
	DL_ACCESS_TOKEN_OK,
	DL_ACCESS_TOKEN_EXPIRED,
	DL_ACCESS_TOKEN_UNSUITABLE
};

/*
 * Checks the verified claims at now_s (seconds since 1970).  issuer is what
 * iss must be, empty for any.  On DL_ACCESS_TOKEN_OK *user_id is the sub;
 * otherwise *why is static English text for the log.
 */
enum dl_access_token_fault
dl_access_token_check(json_object *claims, struct dl_str issuer, int64_t now_s,
		      struct dl_uuid *user_id, const char **why)
    __attribute__((warn_unused_result));

#endif
