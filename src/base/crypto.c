/* SPDX-License-Identifier: MIT */
/* OpenSSL behind small names. */
#include "config.h"

#include "base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/die.h"

/* OpenSSL looks an algorithm up by its name at each use otherwise. */
static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;
static EVP_MAC_CTX *hmac_sha256; /* without a key: each use copies it */

static void
fetch(void)
{
	char name[] = "SHA256";
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
	    OSSL_PARAM_construct_end()};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	sha256 = EVP_MD_fetch(NULL, name, NULL);
	hmac_sha256 = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	if (!sha256 || !hmac_sha256 ||
	    !EVP_MAC_CTX_set_params(hmac_sha256, params))
		dl_die("crypto", "no SHA-256");
}

void
dl_sha256(struct dl_str data, uint8_t out[DL_SHA256_LEN])
{
	unsigned int len = 0;

	pthread_once(&fetched, fetch);
	if (EVP_Digest(data.ptr ? data.ptr : "", data.len, out, &len, sha256,
		       NULL) != 1)
		dl_die("crypto", "SHA-256 failed");
}

const char *
dl_sha256_hex(struct dl_str data, char out[DL_SHA256_HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t raw[DL_SHA256_LEN];

	dl_sha256(data, raw);
	for (size_t i = 0; i < DL_SHA256_LEN; i++) {
		out[2 * i] = digits[raw[i] >> 4];
		out[2 * i + 1] = digits[raw[i] & 15];
	}
	out[DL_SHA256_HEX_MAX - 1] = '\0';
	return out;
}

void
dl_hmac_sha256(struct dl_str key, struct dl_str data,
	       uint8_t out[DL_SHA256_LEN])
{
	EVP_MAC_CTX *ctx;
	size_t len;

	pthread_once(&fetched, fetch);
	ctx = EVP_MAC_CTX_dup(hmac_sha256);
	if (!ctx ||
	    !EVP_MAC_init(ctx, (const unsigned char *)(key.ptr ? key.ptr : ""),
			  key.len, NULL) ||
	    !EVP_MAC_update(ctx, (const unsigned char *)data.ptr, data.len) ||
	    !EVP_MAC_final(ctx, out, &len, DL_SHA256_LEN))
		dl_die("crypto", "HMAC failed");
	EVP_MAC_CTX_free(ctx);
}

bool
dl_secret_eq(struct dl_str a, struct dl_str b)
{
	return a.len == b.len &&
	       (!a.len || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}

void
dl_random_bytes(void *out, size_t n)
{
	if (getrandom(out, n, 0) != (ssize_t)n)
		dl_die("crypto", "no random bytes");
}

const char *
dl_random_secret(struct dl_arena *arena, const char *prefix)
{
	struct dl_buf *text = dl_buf_create(arena, 64);
	char bytes[24];

	dl_random_bytes(bytes, sizeof(bytes));
	dl_buf_puts(text, prefix);
	dl_base64url_encode(text, (struct dl_str){bytes, sizeof(bytes)});
	return dl_buf_cstr(text);
}

int64_t
dl_random_between(int64_t low, int64_t high)
{
	uint64_t span = (uint64_t)high - (uint64_t)low + 1;
	uint64_t limit = span ? UINT64_MAX - UINT64_MAX % span : 0;
	uint64_t r;

	/* What lies above the last whole multiple of span would be uneven. */
	do {
		dl_random_bytes(&r, sizeof(r));
	} while (span && r >= limit);
	return (int64_t)((uint64_t)low + (span ? r % span : r));
}

int64_t
dl_random_draw(void *ctx, int64_t low, int64_t high)
{
	(void)ctx;
	return dl_random_between(low, high);
}

static void
encode(struct dl_buf *out, struct dl_str data, bool is_url)
{
	size_t room = (data.len + 2) / 3 * 4 + 1;
	char *text = dl_must(malloc(room));
	size_t len;

	len = (size_t)EVP_EncodeBlock((unsigned char *)text,
				      (const unsigned char *)data.ptr,
				      (int)data.len);
	for (size_t i = 0; is_url && i < len; i++) {
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
	}
	while (is_url && len && text[len - 1] == '=')
		len--;
	dl_buf_append(out, text, len);
	free(text);
}

void
dl_base64_encode(struct dl_buf *out, struct dl_str data)
{
	encode(out, data, false);
}

void
dl_base64url_encode(struct dl_buf *out, struct dl_str data)
{
	encode(out, data, true);
}

static bool
is_alphabet(char c, bool is_url)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9'))
		return true;
	return is_url ? c == '-' || c == '_' : c == '+' || c == '/';
}

/* The padded standard form of text, in the arena; NULL for a bad one. */
static char *
standard_form(struct dl_arena *arena, struct dl_str text, bool is_url,
	      size_t *padded_len)
{
	size_t len = text.len;
	char *copy;

	while (!is_url && len && text.len - len < 2 && text.ptr[len - 1] == '=')
		len--;
	*padded_len = (len + 3) / 4 * 4;
	if (len % 4 == 1 || (!is_url && *padded_len != text.len))
		return NULL;
	copy = dl_arena_alloc(arena, *padded_len + 1);
	if (!copy)
		return NULL;
	for (size_t i = 0; i < *padded_len; i++) {
		char c = i < len ? text.ptr[i] : '=';

		if (i < len && !is_alphabet(c, is_url))
			return NULL;
		copy[i] = c == '-' ? '+' : c == '_' ? '/' : c;
	}
	return copy;
}

static bool
decode(struct dl_arena *arena, struct dl_str text, bool is_url,
       struct dl_str *out)
{
	size_t padded_len, padding = 0;
	char *padded = standard_form(arena, text, is_url, &padded_len);
	unsigned char *raw;
	int n;

	if (!padded)
		return false;
	while (padding < padded_len && padded[padded_len - 1 - padding] == '=')
		padding++;
	raw = dl_arena_alloc(arena, padded_len / 4 * 3 + 1);
	if (!raw)
		return false;
	n = EVP_DecodeBlock(raw, (const unsigned char *)padded,
			    (int)padded_len);
	if (n < 0)
		return false;
	/* EVP_DecodeBlock counts padding as zero bytes. */
	*out = (struct dl_str){(char *)raw, (size_t)n - padding};
	/* Bits past the last byte must be zero, or two texts mean one thing. */
	for (size_t i = out->len; i < (size_t)n; i++)
		if (raw[i])
			return false;
	raw[out->len] = '\0';
	return true;
}

bool
dl_base64_decode(struct dl_arena *arena, struct dl_str text, struct dl_str *out)
{
	return decode(arena, text, false, out);
}

bool
dl_base64url_decode(struct dl_arena *arena, struct dl_str text,
		    struct dl_str *out)
{
	return decode(arena, text, true, out);
}
