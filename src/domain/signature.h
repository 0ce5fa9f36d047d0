/* SPDX-License-Identifier: MIT */
/*
 * The Upstash-Signature of a delivery: what the queue promises with it and
 * what process-message demands.  Stricter than the official Receiver, which
 * takes HS384 and tokens without exp: HS256 only; iss, sub, exp, nbf and body
 * required.  The key is the whole text of the signing key, "sig_" included.
 *
 * Thread-safe.  Source: docs of QStash, "Verify signatures"; @upstash/qstash
 * 2.12.0, Receiver.
 */
#ifndef DL_DOMAIN_SIGNATURE_H
#define DL_DOMAIN_SIGNATURE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* exp lies so many seconds after iat in what we sign, as at Upstash. */
#define DL_SIGNATURE_LIFE_S 300

/* Which check failed; the text is for a log. */
#define DL_SIGNATURE_CHECKS(X)                                                 \
	X(DL_SIGNATURE_OK, "ok")                                               \
	X(DL_SIGNATURE_MISSING, "header missing")                              \
	X(DL_SIGNATURE_TOKEN, "not a JWT of HS256")                            \
	X(DL_SIGNATURE_KEY, "signed with neither key")                         \
	X(DL_SIGNATURE_CLAIMS, "claims are not a strict JSON object")          \
	X(DL_SIGNATURE_ISS, "iss is not Upstash")                              \
	X(DL_SIGNATURE_SUB, "sub is not this URL")                             \
	X(DL_SIGNATURE_EXP, "exp missing or past")                             \
	X(DL_SIGNATURE_NBF, "nbf missing or ahead")                            \
	X(DL_SIGNATURE_BODY, "body hash differs")

enum dl_signature_check {
#define X(id, text) id,
	DL_SIGNATURE_CHECKS(X)
#undef X
};

/* What a delivery is held against.  All texts are borrowed. */
struct dl_signature_expect {
	struct dl_str current_key;
	struct dl_str next_key;     /* tried second; may be empty */
	struct dl_str base_url;     /* PUBLIC_URL, no trailing '/' */
	struct dl_str base_url_old; /* PUBLIC_URL_PREVIOUS; may be empty */
	struct dl_str uri;          /* raw REQUEST_URI: never Host */
	struct dl_str body;         /* raw bytes */
	int64_t now_s;
	int64_t leeway_s; /* for exp and nbf */
};

/* DL_SIGNATURE_OK, or the first check that failed. */
enum dl_signature_check
dl_signature_verify(struct dl_arena *arena, struct dl_str token,
		    const struct dl_signature_expect *expect)
    __attribute__((warn_unused_result));

/*
 * The token for a delivery of body to url (as published), made at now_s,
 * with jti unique to the attempt.  In the arena; NULL for a url or jti too
 * long for a token of DL_JWT_MAX bytes.
 */
const char *dl_signature_sign(struct dl_arena *arena, struct dl_str key,
			      struct dl_str url, struct dl_str body,
			      const char *jti, int64_t now_s);

/* "sub is not this URL"; static. */
const char *dl_signature_check_text(enum dl_signature_check check);

#endif
