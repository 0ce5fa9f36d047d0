/* SPDX-License-Identifier: MIT */
/* campaign-status: how campaigns go, for dashboards and monitoring. */
#include "config.h"

#include "remote/http.h"
#include "status/answer_cache.h"
#include "status/status.h"
#include "status/status_who.h"
#include "web/program.h"

/* Questions have no body; nginx's limit for these routes agrees. */
#define MAX_BODY 65536
/* Results of one page, masked copies included. */
#define ARENA_CAP (32 << 20)
/* 500 messages of 4,096 characters, escaped. */
#define MAX_ANSWER (32 << 20)

static struct dl_status_app app;

static enum dl_code
start(const struct dl_settings *settings, struct dl_server *server,
      struct dl_error *err)
{
	(void)err;
	dl_http_global_init();
	app.settings = settings;
	dl_qstash_init(&app.queue, settings, dl_http_curl());
	app.pool = dl_db_pool_create(settings, "campaign-status");
	app.who = dl_status_who_create(app.pool);
	app.answers = dl_answer_cache_create(settings->status_max_age_ms);
	server->max_body = MAX_BODY;
	server->arena_cap = ARENA_CAP;
	server->max_answer = MAX_ANSWER;
	server->handle = dl_status_handle;
	server->app = &app;
	return DL_OK;
}

static void
stop(void *unused)
{
	(void)unused;
	dl_answer_cache_destroy(app.answers);
	dl_status_who_destroy(app.who);
	dl_db_pool_destroy(app.pool);
}

int
main(int argc, char **argv)
{
	static const struct dl_program_info info = {
	    .name = "campaign-status",
	    .summary = "Mostra o andamento das campanhas: GET /status, "
		       "/healthz, /readyz e /metrics.",
	    .settings = DL_STATUS,
	    .start = start,
	    .stop = stop,
	};

	return dl_program_main(&info, argc, argv);
}
