/* SPDX-License-Identifier: MIT */
/*
 * Who asks, and the version of the campaign that he asks for: the one look at
 * the database that every read of /status takes.  Many dashboards ask at the
 * same time; those that wait are looked up in one statement (store/merger.h),
 * which costs little more than one of them.
 *
 * Thread-safe.
 */
#ifndef DL_STATUS_STATUS_WHO_H
#define DL_STATUS_STATUS_WHO_H

#include "base/error.h"
#include "base/uuid.h"
#include "store/db.h"
#include "web/auth.h"

struct dl_status_who;

/* pool outlives it.  Never NULL. */
struct dl_status_who *dl_status_who_create(struct dl_db_pool *pool);
/* No thread may be inside dl_status_who_ask() any more. */
void dl_status_who_destroy(struct dl_status_who *who);

struct dl_status_seen {
	struct dl_membership membership;
	bool has_campaign; /* the member's tenant has the campaign */
	int64_t version;   /* of that campaign */
};

/*
 * Looks up the claim, and the campaign unless campaign_id is NULL.  DL_OK:
 * *seen is filled, for dl_auth_admit() to judge.  DL_TRY_LATER while the
 * database does not answer.
 */
enum dl_code dl_status_who_ask(struct dl_status_who *who,
			       const struct dl_auth_claim *claim,
			       const struct dl_uuid *campaign_id,
			       struct dl_status_seen *seen,
			       struct dl_error *err) DL_MUST_CHECK;

#endif
