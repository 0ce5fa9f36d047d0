/* SPDX-License-Identifier: MIT */
/* The policy on the tokens of Evolution's webhooks. */
#include "config.h"

#include "domain/webhook_token.h"

#include "base/json_in.h"
#include "domain/jwt.h"

const char *
dl_webhook_token_check(struct dl_arena *arena, struct dl_str token,
		       struct dl_str key, int64_t now_s)
{
	struct dl_jwt_key secret = {.kind = DL_JWT_KEY_HMAC, .secret = key};
	json_object *claims = NULL;
	struct dl_jwt jwt;
	enum dl_jwt_fault fault = dl_jwt_parse(arena, token, &jwt);

	if (!key.len)
		return "no key is set";
	if (fault == DL_JWT_OK)
		fault = dl_jwt_verify(arena, &jwt, &secret, &claims);
	if (fault == DL_JWT_OK)
		fault =
		    dl_jwt_check_times(claims, now_s, DL_WEBHOOK_TOKEN_GRACE_S);
	if (fault != DL_JWT_OK)
		return dl_jwt_fault_text(fault);
	/* The key may sign other things elsewhere. */
	if (!dl_str_eq(dl_json_get_str(claims, "app"), DL_STR("evolution")))
		return "not made for a webhook of Evolution";
	return NULL;
}
