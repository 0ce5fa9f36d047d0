/* SPDX-License-Identifier: MIT */
/* Compact JWS: taken apart strictly, verified before it is believed. */
#include "config.h"

#include "domain/jwt.h"

#include <math.h>

#include "base/crypto.h"
#include "base/json_in.h"

/* RFC 7515, A.1 writes it with spaces; Upstash and Supabase without. */
#define HS256_HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

/* Year 9999 in seconds: what lies beyond is no date. */
#define NUMERIC_DATE_MAX 253402300799.0

static json_object *
strict_object(struct dl_arena *arena, struct dl_str text)
{
	json_object *tree;

	if (dl_json_parse(arena, text, &tree) != DL_JSON_OK ||
	    !json_object_is_type(tree, json_type_object))
		return NULL;
	return tree;
}

static enum dl_jwt_fault
read_header(struct dl_arena *arena, struct dl_str text, struct dl_jwt *jwt)
{
	json_object *header = strict_object(arena, text);
	json_object *unused;
	struct dl_str typ;

	if (!header)
		return DL_JWT_BAD_HEADER;
	jwt->alg = dl_json_get_str(header, "alg");
	jwt->kid = dl_json_get_str(header, "kid");
	typ = dl_json_get_str(header, "typ");
	if (!jwt->alg.ptr || json_object_object_get_ex(header, "crit", &unused))
		return DL_JWT_BAD_HEADER;
	if (json_object_object_get_ex(header, "typ", &unused) &&
	    !dl_str_eq_nocase(typ, DL_STR("JWT")))
		return DL_JWT_BAD_HEADER;
	return DL_JWT_OK;
}

enum dl_jwt_fault
dl_jwt_parse(struct dl_arena *arena, struct dl_str token, struct dl_jwt *jwt)
{
	struct dl_str rest = token, header, payload, decoded;

	*jwt = (struct dl_jwt){0};
	if (!token.len)
		return DL_JWT_MISSING;
	if (token.len > DL_JWT_MAX)
		return DL_JWT_TOO_LONG;
	header = dl_str_cut(&rest, '.');
	payload = dl_str_cut(&rest, '.');
	if (!payload.ptr || !rest.ptr)
		return DL_JWT_MALFORMED;
	/* A further '.' is foreign to base64url, so it is refused there. */
	if (!dl_base64url_decode(arena, header, &decoded) ||
	    !dl_base64url_decode(arena, payload, &jwt->payload) ||
	    !dl_base64url_decode(arena, rest, &jwt->signature))
		return DL_JWT_MALFORMED;
	jwt->signing_input =
	    (struct dl_str){token.ptr, header.len + 1 + payload.len};
	return read_header(arena, decoded, jwt);
}

static bool
hmac_matches(const struct dl_jwt *jwt, struct dl_str secret)
{
	uint8_t mac[DL_SHA256_LEN];

	dl_hmac_sha256(secret, jwt->signing_input, mac);
	return dl_secret_eq(jwt->signature,
			    (struct dl_str){(const char *)mac, sizeof(mac)});
}

/* The one algorithm of a kind of keys. */
static struct dl_str
algorithm(enum dl_jwt_key_kind kind)
{
	static const char *const names[] = {[DL_JWT_KEY_HMAC] = "HS256",
					    [DL_JWT_KEY_ES256] = "ES256",
					    [DL_JWT_KEY_RS256] = "RS256"};

	return dl_str(names[kind]);
}

static bool
is_signed(const struct dl_jwt *jwt, const struct dl_jwt_key *key)
{
	if (key->kind != DL_JWT_KEY_HMAC)
		return dl_public_key_verify(key->public_key, jwt->signing_input,
					    jwt->signature);
	/* An empty secret would make every token forgeable. */
	return key->secret.len && hmac_matches(jwt, key->secret);
}

enum dl_jwt_fault
dl_jwt_verify(struct dl_arena *arena, const struct dl_jwt *jwt,
	      const struct dl_jwt_key *key, json_object **claims)
{
	*claims = NULL;
	if (!dl_str_eq(jwt->alg, algorithm(key->kind)))
		return DL_JWT_BAD_ALGORITHM;
	if (!is_signed(jwt, key))
		return DL_JWT_BAD_SIGNATURE;
	*claims = strict_object(arena, jwt->payload);
	return *claims ? DL_JWT_OK : DL_JWT_BAD_CLAIMS;
}

bool
dl_jwt_time(json_object *claims, const char *name, int64_t *at_s)
{
	json_object *value = dl_json_get(claims, name);
	double seconds;

	if (!json_object_is_type(value, json_type_int) &&
	    !json_object_is_type(value, json_type_double))
		return false;
	seconds = json_object_get_double(value);
	if (!isfinite(seconds) || fabs(seconds) > NUMERIC_DATE_MAX)
		return false;
	*at_s = (int64_t)seconds;
	return true;
}

enum dl_jwt_fault
dl_jwt_check_times(json_object *claims, int64_t now_s, int64_t leeway_s)
{
	json_object *unused;
	int64_t exp_s, nbf_s;

	if (!dl_jwt_time(claims, "exp", &exp_s))
		return DL_JWT_BAD_EXP;
	if (exp_s <= now_s - leeway_s)
		return DL_JWT_EXPIRED;
	if (!json_object_object_get_ex(claims, "nbf", &unused))
		return DL_JWT_OK;
	if (!dl_jwt_time(claims, "nbf", &nbf_s))
		return DL_JWT_BAD_NBF;
	return nbf_s > now_s + leeway_s ? DL_JWT_NOT_YET_VALID : DL_JWT_OK;
}

const char *
dl_jwt_sign_hs256(struct dl_arena *arena, struct dl_str secret,
		  struct dl_str claims)
{
	struct dl_buf *token = dl_buf_create(arena, DL_JWT_MAX);
	uint8_t mac[DL_SHA256_LEN];

	dl_base64url_encode(token, DL_STR(HS256_HEADER));
	dl_buf_append_c(token, '.');
	dl_base64url_encode(token, claims);
	dl_hmac_sha256(secret, dl_buf_str(token), mac);
	dl_buf_append_c(token, '.');
	dl_base64url_encode(token,
			    (struct dl_str){(const char *)mac, sizeof(mac)});
	return dl_buf_failed(token) ? NULL : dl_buf_cstr(token);
}

const char *
dl_jwt_fault_text(enum dl_jwt_fault fault)
{
	static const char *const texts[] = {
#define X(id, text) [id] = (text),
	    DL_JWT_FAULTS(X)
#undef X
	};

	return texts[fault];
}
