/* SPDX-License-Identifier: MIT */
/* Health checks, for supervisors and load balancers. */
#include "config.h"

#include "base/log.h"
#include "status/internal.h"
#include "web/problem.h"

/* A balancer asks again in seconds anyway. */
#define RETRY_S 5

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

void
dl_health_ready(const struct dl_status_app *app,
		const struct dl_request *request, struct dl_response *response)
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
	} else {
		answer(response, "ready");
	}
}
