/* SPDX-License-Identifier: MIT */
/* Public keys by OpenSSL. */
#include "config.h"

#include "base/public_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>

#include "base/die.h"

#define P256_BYTES 32
/* A DER sequence of two integers of 33 bytes. */
#define P256_DER_MAX 80

struct dl_public_key {
	EVP_PKEY *pkey;
	bool is_ec;
};

/* OpenSSL keeps what went wrong for a thread; nobody here asks. */
static struct dl_public_key *
finish(EVP_PKEY *pkey, bool is_ec)
{
	struct dl_public_key *key;

	ERR_clear_error();
	if (!pkey)
		return NULL;
	key = dl_must(malloc(sizeof(*key)));
	*key = (struct dl_public_key){pkey, is_ec};
	return key;
}

/* Takes params over. */
static EVP_PKEY *
from_params(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (!ctx || !params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return pkey;
}

/* Whether the point lies on the curve. */
static bool
is_sound(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	bool is_good = ctx && EVP_PKEY_public_check(ctx) > 0;

	EVP_PKEY_CTX_free(ctx);
	return is_good;
}

struct dl_public_key *
dl_public_key_p256(struct dl_str x, struct dl_str y)
{
	unsigned char point[1 + 2 * P256_BYTES] = {
	    POINT_CONVERSION_UNCOMPRESSED};
	OSSL_PARAM_BLD *build;
	EVP_PKEY *pkey = NULL;

	if (x.len != P256_BYTES || y.len != P256_BYTES)
		return NULL;
	memcpy(point + 1, x.ptr, P256_BYTES);
	memcpy(point + 1 + P256_BYTES, y.ptr, P256_BYTES);
	build = OSSL_PARAM_BLD_new();
	if (build &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
					    "P-256", 0) &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY,
					     point, sizeof(point)))
		pkey = from_params("EC", OSSL_PARAM_BLD_to_param(build));
	OSSL_PARAM_BLD_free(build);
	if (pkey && !is_sound(pkey)) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	return finish(pkey, true);
}

static bool
is_in_bounds(const BIGNUM *modulus, const BIGNUM *exponent)
{
	return modulus && exponent && BN_num_bits(modulus) >= DL_RSA_MIN_BITS &&
	       BN_num_bits(modulus) <= DL_RSA_MAX_BITS && BN_is_odd(modulus) &&
	       BN_is_odd(exponent) && !BN_is_one(exponent) &&
	       BN_num_bits(exponent) <= 64;
}

struct dl_public_key *
dl_public_key_rsa(struct dl_str n, struct dl_str e)
{
	BIGNUM *modulus, *exponent;
	OSSL_PARAM_BLD *build = NULL;
	EVP_PKEY *pkey = NULL;

	if (n.len > DL_RSA_MAX_BITS / 8 + 1 || e.len > 16)
		return NULL;
	modulus = BN_bin2bn((const unsigned char *)n.ptr, (int)n.len, NULL);
	exponent = BN_bin2bn((const unsigned char *)e.ptr, (int)e.len, NULL);
	if (is_in_bounds(modulus, exponent))
		build = OSSL_PARAM_BLD_new();
	if (build &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent))
		pkey = from_params("RSA", OSSL_PARAM_BLD_to_param(build));
	OSSL_PARAM_BLD_free(build);
	BN_free(modulus);
	BN_free(exponent);
	return finish(pkey, false);
}

void
dl_public_key_free(struct dl_public_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

/* r and s as the DER that OpenSSL takes; its length, 0 where they are none. */
static size_t
to_der(struct dl_str signature, unsigned char der[P256_DER_MAX])
{
	const unsigned char *bytes = (const unsigned char *)signature.ptr;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(bytes, P256_BYTES, NULL);
	BIGNUM *s = BN_bin2bn(bytes + P256_BYTES, P256_BYTES, NULL);
	unsigned char *end = der;
	int len = -1;

	if (!sig || !r || !s || !ECDSA_SIG_set0(sig, r, s))
		dl_die("public_key", "out of memory");
	if (i2d_ECDSA_SIG(sig, NULL) <= P256_DER_MAX)
		len = i2d_ECDSA_SIG(sig, &end);
	ECDSA_SIG_free(sig);
	return len > 0 ? (size_t)len : 0;
}

static bool
verify(EVP_PKEY *pkey, struct dl_str data, const unsigned char *signature,
       size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_good =
	    ctx &&
	    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) > 0 &&
	    EVP_DigestVerify(ctx, signature, len,
			     (const unsigned char *)data.ptr, data.len) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return is_good;
}

bool
dl_public_key_verify(const struct dl_public_key *key, struct dl_str data,
		     struct dl_str signature)
{
	unsigned char der[P256_DER_MAX];
	size_t len;

	if (!key->is_ec)
		return verify(key->pkey, data,
			      (const unsigned char *)signature.ptr,
			      signature.len);
	if (signature.len != 2 * P256_BYTES)
		return false;
	len = to_der(signature, der);
	return len && verify(key->pkey, data, der, len);
}
