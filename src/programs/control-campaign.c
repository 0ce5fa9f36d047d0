/* SPDX-License-Identifier: MIT */
/*
 * control-campaign: POST /control.  This file opens what the handler works
 * with; control_http.c handles.
 */
#include "config.h"

#include <stdlib.h>

#include "programs/control.h"
#include "remote/http.h"
#include "web/program.h"

/* A text of 64 KiB escaped at worst, a thousand ids; nginx's limit agrees. */
#define MAX_BODY (1024 * 1024)
/* The body's tree, a calendar with caps for 1,000 numbers, the status. */
#define ARENA_CAP (64 * 1024 * 1024)
/* The status of a campaign on 1,000 numbers; 100 problems. */
#define MAX_ANSWER (1024 * 1024)

static enum dl_code
start(const struct dl_settings *settings, struct dl_server *server,
      struct dl_error *err)
{
	struct control_app *app = calloc(1, sizeof(*app));

	if (!app)
		return dl_fail(err, DL_INTERNAL, "control", "out of memory");
	dl_http_global_init();
	app->settings = settings;
	app->pool = dl_db_pool_create(settings, server->program);
	app->limits = dl_launch_limits_of(settings);
	app->status =
	    (struct dl_status_app){.settings = settings, .pool = app->pool};
	dl_qstash_init(&app->queue, settings, dl_http_curl());
	server->max_body = MAX_BODY;
	server->arena_cap = ARENA_CAP;
	server->max_answer = MAX_ANSWER;
	server->handle = control_handle;
	server->app = app;
	return DL_OK;
}

static void
stop(void *ctx)
{
	struct control_app *app = ctx;

	dl_db_pool_destroy(app->pool);
	free(app);
}

int
main(int argc, char **argv)
{
	static const struct dl_program_info info = {
	    .name = "control-campaign",
	    .summary = "pausa, continua, cancela e muda campanhas (POST "
		       "/control)",
	    .settings = DL_CONTROL,
	    .start = start,
	    .stop = stop,
	};

	return dl_program_main(&info, argc, argv);
}
