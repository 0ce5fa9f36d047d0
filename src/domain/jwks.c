/* SPDX-License-Identifier: MIT */
/* A key set read into keys. */
#include "config.h"

#include "domain/jwks.h"

#include "base/crypto.h"
#include "base/json_in.h"

/* Whether the key says nothing against signing with alg. */
static bool
is_for(json_object *jwk, struct dl_str alg)
{
	struct dl_str use = dl_json_get_str(jwk, "use");
	struct dl_str own = dl_json_get_str(jwk, "alg");

	return (!use.len || dl_str_eq(use, DL_STR("sig"))) &&
	       (!own.len || dl_str_eq(own, alg));
}

static struct dl_str
number(struct dl_arena *arena, json_object *jwk, const char *name)
{
	struct dl_str out;

	if (!dl_base64url_decode(arena, dl_json_get_str(jwk, name), &out))
		return (struct dl_str){NULL, 0};
	return out;
}

/* False where it is none of ours. */
static bool
read_key(struct dl_arena *arena, json_object *jwk, struct dl_jwt_key *key)
{
	struct dl_str type = dl_json_get_str(jwk, "kty");

	*key = (struct dl_jwt_key){0};
	if (dl_str_eq(type, DL_STR("EC")) && is_for(jwk, DL_STR("ES256")) &&
	    dl_str_eq(dl_json_get_str(jwk, "crv"), DL_STR("P-256"))) {
		key->kind = DL_JWT_KEY_ES256;
		key->public_key = dl_public_key_p256(number(arena, jwk, "x"),
						     number(arena, jwk, "y"));
	} else if (dl_str_eq(type, DL_STR("RSA")) &&
		   is_for(jwk, DL_STR("RS256"))) {
		key->kind = DL_JWT_KEY_RS256;
		key->public_key = dl_public_key_rsa(number(arena, jwk, "n"),
						    number(arena, jwk, "e"));
	}
	return key->public_key != NULL;
}

static void
take(struct dl_arena *arena, json_object *jwk, struct dl_jwks *set)
{
	struct dl_str kid = dl_json_get_str(jwk, "kid");
	struct dl_jwks_key *to = &set->keys[set->n];

	if (!kid.len || kid.len > DL_JWKS_KID_MAX ||
	    memchr(kid.ptr, '\0', kid.len) || dl_jwks_find(set, kid) ||
	    !read_key(arena, jwk, &to->key))
		return;
	memcpy(to->kid, kid.ptr, kid.len);
	to->kid[kid.len] = '\0';
	set->n++;
}

bool
dl_jwks_read(struct dl_arena *arena, struct dl_str text, struct dl_jwks *set)
{
	json_object *keys =
	    dl_json_get(dl_json_parse_lenient(arena, text), "keys");

	set->n = 0;
	if (!json_object_is_type(keys, json_type_array))
		return false;
	for (size_t i = 0;
	     i < json_object_array_length(keys) && set->n < DL_JWKS_MAX; i++)
		take(arena, json_object_array_get_idx(keys, i), set);
	return set->n > 0;
}

const struct dl_jwt_key *
dl_jwks_find(const struct dl_jwks *set, struct dl_str kid)
{
	for (size_t i = 0; i < set->n; i++)
		if (dl_str_eq(kid, dl_str(set->keys[i].kid)))
			return &set->keys[i].key;
	return NULL;
}

void
dl_jwks_clear(struct dl_jwks *set)
{
	for (size_t i = 0; i < set->n; i++)
		dl_public_key_free(set->keys[i].key.public_key);
	set->n = 0;
}
