/* SPDX-License-Identifier: MIT */
/*
 * A JSON Web Key Set (RFC 7517) as Supabase publishes one: the public keys
 * that access tokens may be signed with, each with its kid and the one
 * algorithm that it is for.  Keys of another kind or use are passed over: a
 * symmetric one must never come from outside.
 */
#ifndef DL_DOMAIN_JWKS_H
#define DL_DOMAIN_JWKS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "domain/jwt.h"

/* A project has two or three; the rest of a longer list is passed over. */
#define DL_JWKS_MAX 16
/* The answer's bytes: as many RSA keys of 8,192 bits with certificates. */
#define DL_JWKS_MAX_BYTES (256 * 1024)
#define DL_JWKS_KID_MAX   256

struct dl_jwks_key {
	char kid[DL_JWKS_KID_MAX + 1];
	struct dl_jwt_key key;
};

/* Heap memory; ends with dl_jwks_clear(). */
struct dl_jwks {
	struct dl_jwks_key keys[DL_JWKS_MAX];
	size_t n;
};

/*
 * Reads text, with arena for what is needed meanwhile.  False, and *set is
 * empty, where it is no set or holds no usable key.
 */
bool dl_jwks_read(struct dl_arena *arena, struct dl_str text,
		  struct dl_jwks *set);

/* The key of that kid, or NULL; valid while the set is. */
const struct dl_jwt_key *dl_jwks_find(const struct dl_jwks *set,
				      struct dl_str kid);

void dl_jwks_clear(struct dl_jwks *set);

#endif
