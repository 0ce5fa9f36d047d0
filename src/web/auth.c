/* SPDX-License-Identifier: MIT */
/* Sign-in: token, user, tenant. */
#include "config.h"

#include "web/auth.h"

#include "base/clock.h"
#include "base/log.h"
#include "domain/access_token.h"
#include "domain/jwt.h"
#include "web/problem.h"

/* Verifies the token; DL_P_OK, or the problem that it is. */
static enum dl_problem_code
check_token(const struct dl_settings *settings,
	    const struct dl_request *request, struct dl_uuid *user_id,
	    const char **why)
{
	const struct dl_jwt_key key = {
	    .kind = DL_JWT_KEY_HMAC,
	    .secret = dl_secret_str(&settings->supabase_jwt_secret),
	};
	struct dl_jwt jwt;
	json_object *claims = NULL;
	enum dl_jwt_fault fault =
	    dl_jwt_parse(request->arena, dl_request_bearer(request), &jwt);

	if (fault == DL_JWT_OK)
		fault = dl_jwt_verify(request->arena, &jwt, &key, &claims);
	*why = dl_jwt_fault_text(fault);
	if (fault != DL_JWT_OK)
		return DL_P_INVALID_TOKEN;
	switch (dl_access_token_check(claims, settings->supabase_jwt_issuer,
				      dl_clock_now_ms() / 1000, user_id, why)) {
	case DL_ACCESS_TOKEN_OK:
		return DL_P_OK;
	case DL_ACCESS_TOKEN_EXPIRED:
		return DL_P_EXPIRED_TOKEN;
	case DL_ACCESS_TOKEN_UNSUITABLE:
		break;
	}
	return DL_P_INVALID_TOKEN;
}

static void
refuse(struct dl_response *response, enum dl_problem_code problem,
       const char *why)
{
	dl_log(DL_LOG_NOTICE, "auth", why,
	       DL_F_TEXT("code", dl_problem_name(problem)));
	if (dl_problem_http_status(problem) == 401)
		dl_response_header(response, "WWW-Authenticate",
				   "Bearer error=\"invalid_token\"");
	dl_problem(response, problem, NULL);
}

static enum dl_role
role_of(struct dl_str name)
{
	if (dl_str_eq(name, DL_STR("owner")))
		return DL_ROLE_OWNER;
	if (dl_str_eq(name, DL_STR("admin")))
		return DL_ROLE_ADMIN;
	return DL_ROLE_MEMBER;
}

/* The tenant that the user acts for; requested is NULL where none is named. */
static enum dl_code
resolve_tenant(struct dl_db_pool *pool, struct dl_arena *arena,
	       const char *requested, struct dl_identity *identity,
	       enum dl_problem_code *problem, struct dl_error *err)
{
	const char *params[] = {identity->user_id.text, requested};
	PGresult *rows;
	struct dl_str result;
	enum dl_code code =
	    dl_db_call(pool, arena, NULL, true, DL_SQL_RESOLVE_USER_TENANT,
		       params, &rows, err);

	if (code != DL_OK)
		return code;
	result = dl_db_text(rows, 0, "result");
	if (dl_str_eq(result, DL_STR("tenant_required"))) {
		*problem = DL_P_TENANT_REQUIRED;
	} else if (!dl_str_eq(result, DL_STR("ok")) ||
		   !dl_uuid_parse(dl_db_text(rows, 0, "tenant_id"),
				  &identity->tenant_id)) {
		*problem = DL_P_NOT_A_MEMBER;
	} else {
		*problem = DL_P_OK;
		identity->role = role_of(dl_db_text(rows, 0, "role"));
	}
	return DL_OK;
}

enum dl_code
dl_auth_check(struct dl_db_pool *pool, const struct dl_settings *settings,
	      const struct dl_request *request, struct dl_response *response,
	      struct dl_identity *identity, bool *is_refused,
	      struct dl_error *err)
{
	struct dl_str header =
	    dl_str_trim(dl_request_header(request, "x-tenant-id"));
	struct dl_uuid requested;
	const char *why = NULL;
	enum dl_problem_code problem =
	    check_token(settings, request, &identity->user_id, &why);
	enum dl_code code = DL_OK;

	if (problem == DL_P_OK && header.len &&
	    !dl_uuid_parse(header, &requested)) {
		problem = DL_P_INVALID_ID;
		why = "X-Tenant-Id is no UUID";
	}
	if (problem == DL_P_OK) {
		why = "no such membership, or several";
		code = resolve_tenant(pool, request->arena,
				      header.len ? requested.text : NULL,
				      identity, &problem, err);
	}
	*is_refused = code == DL_OK && problem != DL_P_OK;
	if (*is_refused)
		refuse(response, problem, why);
	return code;
}
