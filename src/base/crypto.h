/* SPDX-License-Identifier: MIT */
/*
 * The few primitives of OpenSSL that are used, behind names that can't be
 * misused: digests of whole buffers, a constant-time comparison, random bytes,
 * base64 in both alphabets.
 *
 * Thread-safe.  A failure of OpenSSL itself aborts.
 */
#ifndef DL_BASE_CRYPTO_H
#define DL_BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#define DL_SHA256_LEN 32
/* 64 hexadecimal digits and the NUL */
#define DL_SHA256_HEX_MAX 65

void dl_sha256(struct dl_str data, uint8_t out[DL_SHA256_LEN]);

/* Lower-case hexadecimal digits of the digest of data; returns out. */
const char *dl_sha256_hex(struct dl_str data, char out[DL_SHA256_HEX_MAX]);

/* RFC 2104 with SHA-256. */
void dl_hmac_sha256(struct dl_str key, struct dl_str data,
		    uint8_t out[DL_SHA256_LEN]);

/* Whether a and b are equal, in a time that tells nothing but the lengths. */
bool dl_secret_eq(struct dl_str a, struct dl_str b);

/* n random bytes, n <= 256 (getrandom's bound for one call). */
void dl_random_bytes(void *out, size_t n);

/*
 * prefix and 192 random bits as 32 characters of base64url, in the arena: a
 * token or a key that nobody guesses.
 */
const char *dl_random_secret(struct dl_arena *arena, const char *prefix);

/* A uniform number in low..high, both included; low <= high. */
int64_t dl_random_between(int64_t low, int64_t high);
/* The same, for whoever takes its randomness as a function; ctx is unused. */
int64_t dl_random_draw(void *ctx, int64_t low, int64_t high);

/* RFC 4648: section 4 with padding, section 5 without. */
void dl_base64_encode(struct dl_buf *out, struct dl_str data);
void dl_base64url_encode(struct dl_buf *out, struct dl_str data);

/*
 * Decodes into the arena.  The url form takes no padding, as RFC 7515 wants;
 * the plain one needs it.  False for a foreign character, a wrong length, bits
 * that should be zero, or more than the arena's cap.
 */
bool dl_base64_decode(struct dl_arena *arena, struct dl_str text,
		      struct dl_str *out);
bool dl_base64url_decode(struct dl_arena *arena, struct dl_str text,
			 struct dl_str *out);

#endif
