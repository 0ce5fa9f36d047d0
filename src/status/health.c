/* SPDX-License-Identifier: MIT */
/* Health checks, for supervisors and load balancers. */
#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "status/internal.h"
#include "web/problem.h"

/* A balancer asks again in seconds anyway. */
#define RETRY_S 5
/* A balancer that asks each second shall not ask the queue as often. */
#define QUEUE_GOOD_MS 10000

static void
answer(struct dl_response *response, const char *status)
{
	struct dl_json_out out;

	dl_response_json(response, 200);
	dl_response_header(response, "Cache-Control", "no-store");
	dl_json_begin(&out, response->body);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "status", status);
	dl_json_object_end(&out);
}

void
dl_health_alive(struct dl_response *response)
{
	answer(response, "ok");
}

/* False with *err filled. */
static bool
queue_is_ready(struct dl_status_app *app, const struct dl_request *request,
	       struct dl_error *err)
{
	int64_t now_ms = dl_clock_boot_ms();

	if (!app->queue.url.len || !app->queue.token.len ||
	    now_ms < atomic_load(&app->queue_good_until_ms))
		return true;
	if (dl_qstash_ping(&app->queue, request->arena, err) != DL_OK)
		return false;
	atomic_store(&app->queue_good_until_ms, now_ms + QUEUE_GOOD_MS);
	return true;
}

void
dl_health_ready(struct dl_status_app *app, const struct dl_request *request,
		struct dl_response *response)
{
	struct dl_error err = {.code = DL_OK};
	PGresult *rows;

	if (dl_db_call(app->pool, request->arena, NULL, true,
		       DL_SQL_STATUS_READY, NULL, &rows, &err) != DL_OK) {
		dl_log_error(&err);
		dl_problem_retry_after(response, RETRY_S);
		dl_problem(response, DL_P_DATABASE_UNAVAILABLE, NULL);
	} else if (!dl_db_bool(rows, 0, "is_migrated")) {
		dl_problem_retry_after(response, RETRY_S);
		dl_problem(response, DL_P_UNAVAILABLE,
			   "Faltam migrações no banco de dados. Execute "
			   "disparalead migrate --roles.");
	} else if (!queue_is_ready(app, request, &err)) {
		dl_log_error(&err);
		dl_problem_retry_after(response, RETRY_S);
		dl_problem(response, DL_P_QUEUE_UNAVAILABLE, NULL);
	} else {
		answer(response, "ready");
	}
}
