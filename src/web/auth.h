/* SPDX-License-Identifier: MIT */
/*
 * Who is asking: bearer token -> verified claims -> user -> tenant and role.
 * The tenant comes from the database, never from the token.
 *
 * Thread-safe.
 */
#ifndef DL_WEB_AUTH_H
#define DL_WEB_AUTH_H

#include <stdbool.h>

#include "base/error.h"
#include "base/settings.h"
#include "base/uuid.h"
#include "store/db.h"
#include "web/request.h"
#include "web/response.h"

enum dl_role { DL_ROLE_MEMBER, DL_ROLE_ADMIN, DL_ROLE_OWNER };

struct dl_identity {
	struct dl_uuid user_id;
	struct dl_uuid tenant_id;
	enum dl_role role;
};

/* What a request says of itself, the token verified. */
struct dl_auth_claim {
	struct dl_uuid user_id;
	bool names_tenant;
	struct dl_uuid tenant_id; /* of X-Tenant-Id, not yet believed */
};

/*
 * Fills *identity from Authorization and X-Tenant-Id.  With DL_OK and
 * *is_refused the response holds the problem (invalid_token, expired_token,
 * invalid_id, not_a_member, tenant_required) and nothing else is to be done.
 * DL_TRY_LATER while the database does not answer, or SUPABASE_JWKS_URL has
 * not answered yet.
 */
enum dl_code dl_auth_check(struct dl_db_pool *pool,
			   const struct dl_settings *settings,
			   const struct dl_request *request,
			   struct dl_response *response,
			   struct dl_identity *identity, bool *is_refused,
			   struct dl_error *err) DL_MUST_CHECK;

/*
 * Its first part, refusing likewise: the token and the header, without the
 * database.
 */
enum dl_code dl_auth_read(const struct dl_settings *settings,
			  const struct dl_request *request,
			  struct dl_response *response,
			  struct dl_auth_claim *claim, bool *is_refused,
			  struct dl_error *err) DL_MUST_CHECK;

/* What the database says to a claim. */
struct dl_membership {
	enum { DL_MEMBER_NONE, DL_MEMBER_OF_SEVERAL, DL_MEMBER_OK } result;
	/* Of DL_MEMBER_OK alone: */
	struct dl_uuid tenant_id;
	enum dl_role role;
};

/* From a row with the columns of resolve_user_tenant, at least. */
void dl_auth_membership(const PGresult *who, int row,
			struct dl_membership *membership);

/* Its last part: the identity, or false with the refusal in the response. */
bool dl_auth_admit(const struct dl_membership *membership,
		   const struct dl_auth_claim *claim,
		   struct dl_response *response,
		   struct dl_identity *identity) DL_MUST_CHECK;

/* The tenant that the claim names, as text; NULL for none. */
static inline const char *
dl_auth_requested(const struct dl_auth_claim *claim)
{
	return claim->names_tenant ? claim->tenant_id.text : NULL;
}

/* Owners and admins may reveal phones and control campaigns. */
static inline bool
dl_role_is_admin(enum dl_role role)
{
	return role == DL_ROLE_ADMIN || role == DL_ROLE_OWNER;
}

#endif
