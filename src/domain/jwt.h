/* SPDX-License-Identifier: MIT */
/*
 * Compact JWS (RFC 7515, 7519): signing with HS256, and verification in two
 * steps: dl_jwt_parse() reads the header, so that the caller can choose a key,
 * dl_jwt_verify() checks the signature and only then reads the claims.  The
 * algorithm is bound to the key's kind: a token never chooses it (RFC 8725,
 * 3.1), "none" is never accepted.
 *
 * What the claims must say is the caller's business; only the times, which
 * everybody checks alike, have a function here.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_JWT_H
#define DL_DOMAIN_JWT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/public_key.h"
#include "base/str.h"

/* Supabase's and Upstash's tokens are below 2 KiB; headers above 8 KiB do not
 * pass nginx. */
#define DL_JWT_MAX 8192

/* Why a token was refused; the text is for a log, never for a client. */
#define DL_JWT_FAULTS(X)                                                       \
	X(DL_JWT_OK, "ok")                                                     \
	X(DL_JWT_MISSING, "missing")                                           \
	X(DL_JWT_TOO_LONG, "too long")                                         \
	X(DL_JWT_MALFORMED, "not three base64url parts")                       \
	X(DL_JWT_BAD_HEADER, "bad header")                                     \
	X(DL_JWT_BAD_ALGORITHM, "algorithm does not fit the key")              \
	X(DL_JWT_UNKNOWN_KEY, "kid is no key of the set")                      \
	X(DL_JWT_BAD_SIGNATURE, "signature does not match")                    \
	X(DL_JWT_BAD_CLAIMS, "claims are not a strict JSON object")            \
	X(DL_JWT_BAD_EXP, "exp missing or no number")                          \
	X(DL_JWT_BAD_NBF, "nbf is no number")                                  \
	X(DL_JWT_EXPIRED, "expired")                                           \
	X(DL_JWT_NOT_YET_VALID, "not valid yet")

enum dl_jwt_fault {
#define X(id, text) id,
	DL_JWT_FAULTS(X)
#undef X
};

/* Each is for one algorithm and nothing else. */
enum dl_jwt_key_kind {
	DL_JWT_KEY_HMAC, /* HS256 */
	DL_JWT_KEY_ES256,
	DL_JWT_KEY_RS256
};

/* A key borrows its bytes. */
struct dl_jwt_key {
	enum dl_jwt_key_kind kind;
	struct dl_str secret;             /* DL_JWT_KEY_HMAC: the raw bytes */
	struct dl_public_key *public_key; /* the others' */
};

/* A token taken apart, nothing in it proven yet; lives in the arena. */
struct dl_jwt {
	struct dl_str alg;
	struct dl_str kid;           /* {NULL, 0} where absent */
	struct dl_str signing_input; /* points into the token */
	struct dl_str payload;       /* decoded bytes */
	struct dl_str signature;     /* decoded bytes */
};

/*
 * Takes token apart: three base64url parts without padding, a header that is
 * a JSON object with a text "alg", with "typ" absent or "JWT" (in any case)
 * and without "crit".  token must stand as long as *jwt is used.
 */
enum dl_jwt_fault dl_jwt_parse(struct dl_arena *arena, struct dl_str token,
			       struct dl_jwt *jwt)
    __attribute__((warn_unused_result));

/*
 * Checks the signature in constant time with the one algorithm that the key
 * allows.  On DL_JWT_OK *claims is a JSON object without duplicate keys, owned
 * by the arena; otherwise NULL.
 */
enum dl_jwt_fault
dl_jwt_verify(struct dl_arena *arena, const struct dl_jwt *jwt,
	      const struct dl_jwt_key *key, json_object **claims)
    __attribute__((warn_unused_result));

/*
 * exp is required and must lie after now - leeway; nbf, where present, not
 * after now + leeway (RFC 7519, 4.1.4 and 4.1.5).  Seconds since 1970;
 * fractions are allowed and cut.
 */
enum dl_jwt_fault dl_jwt_check_times(json_object *claims, int64_t now_s,
				     int64_t leeway_s)
    __attribute__((warn_unused_result));

/* A NumericDate in seconds; false where absent or no number. */
bool dl_jwt_time(json_object *claims, const char *name, int64_t *at_s);

/*
 * The compact form of claims (a JSON object as text), signed with HS256, in
 * the arena; NULL at the arena's cap or beyond DL_JWT_MAX.
 */
const char *dl_jwt_sign_hs256(struct dl_arena *arena, struct dl_str secret,
			      struct dl_str claims);

/* "signature does not match"; static. */
const char *dl_jwt_fault_text(enum dl_jwt_fault fault);

#endif
