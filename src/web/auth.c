/* SPDX-License-Identifier: MIT */
/* Sign-in: token, user, tenant. */
#include "config.h"

#include "web/auth.h"

#include "base/clock.h"
#include "base/log.h"
#include "domain/access_token.h"
#include "domain/jwt.h"
#include "web/key_set.h"
#include "web/problem.h"

/* A token of the shared secret. */
static enum dl_jwt_fault
verify_shared(const struct dl_settings *settings, struct dl_arena *arena,
	      const struct dl_jwt *jwt, json_object **claims)
{
	const struct dl_jwt_key key = {
	    .kind = DL_JWT_KEY_HMAC,
	    .secret = dl_secret_str(&settings->supabase_jwt_secret),
	};

	return dl_jwt_verify(arena, jwt, &key, claims);
}

/* A token of one of the project's keys, which its kid names. */
static enum dl_code
verify_public(const struct dl_settings *settings, struct dl_arena *arena,
	      const struct dl_jwt *jwt, json_object **claims,
	      enum dl_jwt_fault *fault, struct dl_error *err)
{
	const struct dl_jwt_key *key;
	struct dl_key_set *set;
	enum dl_code code =
	    dl_key_set_hold(settings, arena, jwt->kid, &set, &key, err);

	if (code != DL_OK)
		return code;
	*fault =
	    key ? dl_jwt_verify(arena, jwt, key, claims) : DL_JWT_UNKNOWN_KEY;
	dl_key_set_release(set);
	return DL_OK;
}

/*
 * Verifies the signature.  Which key may speak follows from the settings; the
 * token's algorithm only chooses among those, and each knows but one.
 */
static enum dl_code
verify(const struct dl_settings *settings, struct dl_arena *arena,
       struct dl_str token, json_object **claims, enum dl_jwt_fault *fault,
       struct dl_error *err)
{
	struct dl_jwt jwt;

	*fault = dl_jwt_parse(arena, token, &jwt);
	if (*fault != DL_JWT_OK)
		return DL_OK;
	if (settings->supabase_jwks_url.len &&
	    !dl_str_eq(jwt.alg, DL_STR("HS256")))
		return verify_public(settings, arena, &jwt, claims, fault, err);
	*fault = verify_shared(settings, arena, &jwt, claims);
	return DL_OK;
}

/* *problem is DL_P_OK, or what is wrong with the token. */
static enum dl_code
check_token(const struct dl_settings *settings,
	    const struct dl_request *request, struct dl_uuid *user_id,
	    enum dl_problem_code *problem, const char **why,
	    struct dl_error *err)
{
	json_object *claims = NULL;
	enum dl_jwt_fault fault;
	enum dl_code code =
	    verify(settings, request->arena, dl_request_bearer(request),
		   &claims, &fault, err);

	*problem = DL_P_INVALID_TOKEN;
	if (code != DL_OK)
		return code;
	*why = dl_jwt_fault_text(fault);
	if (fault != DL_JWT_OK)
		return DL_OK;
	switch (dl_access_token_check(claims, settings->supabase_jwt_issuer,
				      dl_clock_now_ms() / 1000, user_id, why)) {
	case DL_ACCESS_TOKEN_OK:
		*problem = DL_P_OK;
		break;
	case DL_ACCESS_TOKEN_EXPIRED:
		*problem = DL_P_EXPIRED_TOKEN;
		break;
	case DL_ACCESS_TOKEN_UNSUITABLE:
		break;
	}
	return DL_OK;
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

void
dl_auth_membership(const PGresult *who, int row,
		   struct dl_membership *membership)
{
	struct dl_str result = dl_db_text(who, row, "result");

	*membership = (struct dl_membership){.result = DL_MEMBER_NONE};
	if (dl_str_eq(result, DL_STR("tenant_required"))) {
		membership->result = DL_MEMBER_OF_SEVERAL;
	} else if (dl_str_eq(result, DL_STR("ok")) &&
		   dl_uuid_parse(dl_db_text(who, row, "tenant_id"),
				 &membership->tenant_id)) {
		membership->result = DL_MEMBER_OK;
		membership->role = role_of(dl_db_text(who, row, "role"));
	}
}

bool
dl_auth_admit(const struct dl_membership *membership,
	      const struct dl_auth_claim *claim, struct dl_response *response,
	      struct dl_identity *identity)
{
	switch (membership->result) {
	case DL_MEMBER_OK:
		*identity =
		    (struct dl_identity){.user_id = claim->user_id,
					 .tenant_id = membership->tenant_id,
					 .role = membership->role};
		return true;
	case DL_MEMBER_OF_SEVERAL:
		refuse(response, DL_P_TENANT_REQUIRED, "several memberships");
		return false;
	case DL_MEMBER_NONE:
		break;
	}
	refuse(response, DL_P_NOT_A_MEMBER, "no such membership");
	return false;
}

enum dl_code
dl_auth_read(const struct dl_settings *settings,
	     const struct dl_request *request, struct dl_response *response,
	     struct dl_auth_claim *claim, bool *is_refused,
	     struct dl_error *err)
{
	struct dl_str header =
	    dl_str_trim(dl_request_header(request, "x-tenant-id"));
	const char *why = NULL;
	enum dl_problem_code problem;
	enum dl_code code = check_token(settings, request, &claim->user_id,
					&problem, &why, err);

	*is_refused = false;
	if (code != DL_OK)
		return code;
	claim->names_tenant = header.len > 0;
	if (problem == DL_P_OK && claim->names_tenant &&
	    !dl_uuid_parse(header, &claim->tenant_id)) {
		problem = DL_P_INVALID_ID;
		why = "X-Tenant-Id is no UUID";
	}
	*is_refused = problem != DL_P_OK;
	if (*is_refused)
		refuse(response, problem, why);
	return DL_OK;
}

/* What the database knows of the claim. */
static enum dl_code
resolve(struct dl_db_pool *pool, struct dl_arena *arena,
	const struct dl_auth_claim *claim, struct dl_membership *membership,
	struct dl_error *err)
{
	const char *params[] = {claim->user_id.text, dl_auth_requested(claim)};
	PGresult *who;
	enum dl_code code =
	    dl_db_call(pool, arena, NULL, true, DL_SQL_RESOLVE_USER_TENANT,
		       params, &who, err);

	if (code == DL_OK)
		dl_auth_membership(who, 0, membership);
	return code;
}

enum dl_code
dl_auth_check(struct dl_db_pool *pool, const struct dl_settings *settings,
	      const struct dl_request *request, struct dl_response *response,
	      struct dl_identity *identity, bool *is_refused,
	      struct dl_error *err)
{
	struct dl_membership membership;
	struct dl_auth_claim claim;
	enum dl_code code =
	    dl_auth_read(settings, request, response, &claim, is_refused, err);

	if (code != DL_OK || *is_refused)
		return code;
	code = resolve(pool, request->arena, &claim, &membership, err);
	*is_refused = code == DL_OK &&
		      !dl_auth_admit(&membership, &claim, response, identity);
	return code;
}
