/* SPDX-License-Identifier: MIT */
/* Upstash-Signature, made and verified. */
#include "config.h"

#include "domain/signature.h"

#include "base/crypto.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "domain/jwt.h"

#define ISSUER "Upstash"

/* base64url of a SHA-256 without padding: 43 characters */
static struct dl_str
body_hash(struct dl_arena *arena, struct dl_str body)
{
	struct dl_buf *text = dl_buf_create(arena, 64);
	uint8_t digest[DL_SHA256_LEN];

	dl_sha256(body, digest);
	dl_base64url_encode(
	    text, (struct dl_str){(const char *)digest, sizeof(digest)});
	return dl_buf_str(text);
}

static enum dl_signature_check
verify_with_keys(struct dl_arena *arena, struct dl_str token,
		 const struct dl_signature_expect *expect, json_object **claims)
{
	struct dl_jwt_key current = {.kind = DL_JWT_KEY_HMAC,
				     .secret = expect->current_key};
	struct dl_jwt_key next = {.kind = DL_JWT_KEY_HMAC,
				  .secret = expect->next_key};
	enum dl_jwt_fault fault;
	struct dl_jwt jwt;

	fault = dl_jwt_parse(arena, token, &jwt);
	if (fault != DL_JWT_OK)
		return fault == DL_JWT_MISSING ? DL_SIGNATURE_MISSING
					       : DL_SIGNATURE_TOKEN;
	fault = dl_jwt_verify(arena, &jwt, &current, claims);
	if (fault == DL_JWT_BAD_SIGNATURE)
		fault = dl_jwt_verify(arena, &jwt, &next, claims);
	switch (fault) {
	case DL_JWT_OK:
		return DL_SIGNATURE_OK;
	case DL_JWT_BAD_SIGNATURE:
		return DL_SIGNATURE_KEY;
	case DL_JWT_BAD_ALGORITHM:
		return DL_SIGNATURE_TOKEN;
	default:
		return DL_SIGNATURE_CLAIMS;
	}
}

/* sub is base followed by uri, byte for byte. */
static bool
is_url(struct dl_str sub, struct dl_str base, struct dl_str uri)
{
	return base.len && dl_str_starts_with(sub, base) &&
	       dl_str_eq(
		   (struct dl_str){sub.ptr + base.len, sub.len - base.len},
		   uri);
}

static enum dl_signature_check
check_times(json_object *claims, const struct dl_signature_expect *expect)
{
	int64_t nbf_s;

	switch (dl_jwt_check_times(claims, expect->now_s, expect->leeway_s)) {
	case DL_JWT_OK:
		return dl_jwt_time(claims, "nbf", &nbf_s) ? DL_SIGNATURE_OK
							  : DL_SIGNATURE_NBF;
	case DL_JWT_BAD_NBF:
	case DL_JWT_NOT_YET_VALID:
		return DL_SIGNATURE_NBF;
	default:
		return DL_SIGNATURE_EXP;
	}
}

/* The service pads the hash with '=', its verifiers strip it. */
static bool
is_body(struct dl_arena *arena, struct dl_str claim, struct dl_str body)
{
	while (claim.len && claim.ptr[claim.len - 1] == '=')
		claim.len--;
	return dl_secret_eq(claim, body_hash(arena, body));
}

enum dl_signature_check
dl_signature_verify(struct dl_arena *arena, struct dl_str token,
		    const struct dl_signature_expect *expect)
{
	enum dl_signature_check check;
	json_object *claims;
	struct dl_str sub;

	check = verify_with_keys(arena, token, expect, &claims);
	if (check != DL_SIGNATURE_OK)
		return check;
	if (!dl_str_eq(dl_json_get_str(claims, "iss"), DL_STR(ISSUER)))
		return DL_SIGNATURE_ISS;
	sub = dl_json_get_str(claims, "sub");
	if (!is_url(sub, expect->base_url, expect->uri) &&
	    !is_url(sub, expect->base_url_old, expect->uri))
		return DL_SIGNATURE_SUB;
	check = check_times(claims, expect);
	if (check != DL_SIGNATURE_OK)
		return check;
	return is_body(arena, dl_json_get_str(claims, "body"), expect->body)
		   ? DL_SIGNATURE_OK
		   : DL_SIGNATURE_BODY;
}

const char *
dl_signature_sign(struct dl_arena *arena, struct dl_str key, struct dl_str url,
		  struct dl_str body, const char *jti, int64_t now_s)
{
	struct dl_buf *text = dl_buf_create(arena, DL_JWT_MAX);
	struct dl_str hash = body_hash(arena, body);
	struct dl_json_out out;

	dl_json_begin(&out, text);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "iss", ISSUER);
	dl_json_member_str(&out, "sub", url);
	dl_json_member_int(&out, "exp", now_s + DL_SIGNATURE_LIFE_S);
	dl_json_member_int(&out, "nbf", now_s);
	dl_json_member_int(&out, "iat", now_s);
	dl_json_member_text(&out, "jti", jti);
	dl_json_member_text(
	    &out, "body",
	    dl_arena_printf(arena, "%.*s=", (int)hash.len, hash.ptr));
	dl_json_object_end(&out);
	return dl_buf_failed(text)
		   ? NULL
		   : dl_jwt_sign_hs256(arena, key, dl_buf_str(text));
}

const char *
dl_signature_check_text(enum dl_signature_check check)
{
	static const char *const texts[] = {
#define X(id, text) [id] = (text),
	    DL_SIGNATURE_CHECKS(X)
#undef X
	};

	return texts[check];
}
