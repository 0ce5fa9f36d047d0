/* SPDX-License-Identifier: MIT */
/*
 * GET /status, /metrics and the two health checks: routes, sign-in and views.
 * Reads only; the one thing that it writes is the journal of who saw whole
 * phones.
 *
 * Thread-safe: the app is shared by all requests.
 */
#ifndef DL_STATUS_STATUS_H
#define DL_STATUS_STATUS_H

#include <stdatomic.h>

#include "base/error.h"
#include "base/settings.h"
#include "remote/qstash.h"
#include "store/db.h"
#include "web/auth.h"
#include "web/request.h"
#include "web/response.h"

struct dl_answer_cache;
struct dl_status_who;

struct dl_status_app {
	const struct dl_settings *settings;
	struct dl_db_pool *pool;
	struct dl_status_who *who;       /* for dl_status_handle() alone */
	struct dl_answer_cache *answers; /* NULL: nothing is kept */
	struct dl_qstash queue;          /* for /readyz alone */
	/* The queue was well and is not asked until then (dl_clock_boot_ms). */
	_Atomic int64_t queue_good_until_ms;
};

/* Answers any request of the program; app is a struct dl_status_app. */
enum dl_code dl_status_handle(void *app, const struct dl_request *request,
			      struct dl_response *response,
			      struct dl_error *err) DL_MUST_CHECK;

/*
 * Answers with the whole of one campaign, read anew, its ETag included, or
 * with the problem not_found.  *version (NULL: nobody asks) is the campaign's
 * as it is answered.  Also the answer of whatever changed the campaign.
 */
enum dl_code dl_status_one(const struct dl_status_app *app,
			   const struct dl_request *request,
			   struct dl_response *response,
			   const struct dl_identity *identity,
			   const struct dl_uuid *campaign_id, int64_t *version,
			   struct dl_error *err) DL_MUST_CHECK;

#endif
