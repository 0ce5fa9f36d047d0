/* SPDX-License-Identifier: MIT */
/*
 * Public keys that signatures of others are verified with: P-256 and RSA, by
 * OpenSSL, from the numbers that a JWK holds (RFC 7518, 6.2 and 6.3).
 *
 * Thread-safe: a key is read-only once it is made.
 */
#ifndef DL_BASE_PUBLIC_KEY_H
#define DL_BASE_PUBLIC_KEY_H

#include <stdbool.h>

#include "base/str.h"

/* Shorter RSA keys prove nothing, longer ones cost too much to ask. */
#define DL_RSA_MIN_BITS 2048
#define DL_RSA_MAX_BITS 8192

struct dl_public_key;

/*
 * The coordinates of a point of P-256, big-endian, 32 bytes each.  NULL where
 * they are no such point.  Freed with dl_public_key_free().
 */
struct dl_public_key *dl_public_key_p256(struct dl_str x, struct dl_str y);

/* Modulus and exponent, big-endian; NULL where they are no key in bounds. */
struct dl_public_key *dl_public_key_rsa(struct dl_str n, struct dl_str e);

void dl_public_key_free(struct dl_public_key *key);

/*
 * Whether signature is the key's on the SHA-256 digest of data: for P-256 the
 * 64 bytes r and s (RFC 7518, 3.4), for RSA that of PKCS #1 v1.5.
 */
bool dl_public_key_verify(const struct dl_public_key *key, struct dl_str data,
			  struct dl_str signature);

#endif
