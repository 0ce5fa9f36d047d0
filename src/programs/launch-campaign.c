/* SPDX-License-Identifier: MIT */
/*
 * launch-campaign: POST /launch.  This file opens what the handler works with;
 * launch_http.c handles.
 */
#include "config.h"

#include <stdlib.h>

#include "programs/launch.h"
#include "remote/http.h"
#include "web/program.h"

/*
 * A preview shows 5 messages of 20 templates, 4,096 characters each, 6 bytes a
 * character at worst; lists of 100 entries stay far below that.
 */
#define MAX_ANSWER (4 * 1024 * 1024)
/*
 * What a request takes beside its body, by domain/launch_request.h and
 * launch_plan.h and the ids: 4 times the body, 400 bytes a contact, 72 a
 * message; the rest is small.
 */
#define CONTACT_BYTES 400
#define MESSAGE_BYTES 72
#define OTHER_BYTES   (16 * 1024 * 1024)

static size_t
arena_cap(const struct dl_settings *settings)
{
	return (size_t)(4 * settings->max_body_bytes +
			CONTACT_BYTES * settings->max_contacts +
			MESSAGE_BYTES * settings->max_messages + OTHER_BYTES);
}

static enum dl_code
start(const struct dl_settings *settings, struct dl_server *server,
      struct dl_error *err)
{
	struct launch_app *app = calloc(1, sizeof(*app));

	if (!app)
		return dl_fail(err, DL_INTERNAL, "launch", "out of memory");
	dl_http_global_init();
	app->settings = settings;
	app->pool = dl_db_pool_create(settings, server->program);
	app->limits = dl_launch_limits_of(settings);
	dl_qstash_init(&app->queue, settings, dl_http_curl());
	server->max_body = (size_t)settings->max_body_bytes;
	server->arena_cap = arena_cap(settings);
	server->max_answer = MAX_ANSWER;
	server->handle = launch_handle;
	server->app = app;
	return DL_OK;
}

static void
stop(void *ctx)
{
	struct launch_app *app = ctx;

	dl_db_pool_destroy(app->pool);
	free(app);
}

int
main(int argc, char **argv)
{
	static const struct dl_program_info info = {
	    .name = "launch-campaign",
	    .summary = "recebe campanhas (POST /launch), grava cada mensagem e "
		       "as entrega à fila",
	    .settings = DL_LAUNCH,
	    .start = start,
	    .stop = stop,
	};

	return dl_program_main(&info, argc, argv);
}
