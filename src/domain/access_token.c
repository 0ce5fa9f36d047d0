/* SPDX-License-Identifier: MIT */
/* The policy on an access token's claims. */
#include "config.h"

#include "domain/access_token.h"

#include "base/json_in.h"
#include "domain/jwt.h"

#define AUTHENTICATED DL_STR("authenticated")

static bool
is_string(json_object *value, struct dl_str wanted)
{
	if (!json_object_is_type(value, json_type_string))
		return false;
	return dl_str_eq(
	    (struct dl_str){json_object_get_string(value),
			    (size_t)json_object_get_string_len(value)},
	    wanted);
}

/* aud is one audience or an array of them (RFC 7519, 4.1.3). */
static bool
has_audience(json_object *aud)
{
	if (!json_object_is_type(aud, json_type_array))
		return is_string(aud, AUTHENTICATED);
	for (size_t i = 0; i < json_object_array_length(aud); i++)
		if (is_string(json_object_array_get_idx(aud, i), AUTHENTICATED))
			return true;
	return false;
}

/* Absent or false; anything else is no ordinary user. */
static bool
is_anonymous(json_object *claims)
{
	json_object *value = NULL;

	return json_object_object_get_ex(claims, "is_anonymous", &value) &&
	       !(json_object_is_type(value, json_type_boolean) &&
		 !json_object_get_boolean(value));
}

/* NULL when all is well. */
static const char *
find_fault(json_object *claims, struct dl_str issuer, struct dl_uuid *user_id)
{
	if (!has_audience(dl_json_get(claims, "aud")))
		return "aud is not authenticated";
	if (!is_string(dl_json_get(claims, "role"), AUTHENTICATED))
		return "role is not authenticated";
	if (is_anonymous(claims))
		return "anonymous user";
	if (issuer.len && !is_string(dl_json_get(claims, "iss"), issuer))
		return "another issuer";
	if (!dl_uuid_parse(dl_json_get_str(claims, "sub"), user_id))
		return "sub is no UUID";
	return NULL;
}

enum dl_access_token_fault
dl_access_token_check(json_object *claims, struct dl_str issuer, int64_t now_s,
		      struct dl_uuid *user_id, const char **why)
{
	enum dl_jwt_fault times =
	    dl_jwt_check_times(claims, now_s, DL_ACCESS_TOKEN_LEEWAY_S);

	*why = dl_jwt_fault_text(times);
	if (times == DL_JWT_EXPIRED)
		return DL_ACCESS_TOKEN_EXPIRED;
	if (times != DL_JWT_OK)
		return DL_ACCESS_TOKEN_UNSUITABLE;
	*why = find_fault(claims, issuer, user_id);
	return *why ? DL_ACCESS_TOKEN_UNSUITABLE : DL_ACCESS_TOKEN_OK;
}
