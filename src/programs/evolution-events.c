/* SPDX-License-Identifier: MIT */
/*
 * evolution-events: what Evolution's webhooks tell.  The answer says nothing
 * but that the event was taken: 200 for every event that needs no second
 * attempt, whatever it was.  Evolution gives an event up at 400, 401, 403, 404
 * and 422, and tries it again after any other failure.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "delivery/events.h"
#include "domain/webhook_token.h"
#include "web/problem.h"
#include "web/program.h"

#define ROUTE "/evolution-events/"
/* Media bodies have 10 KiB; with the webhook's "base64" they hold a file. */
#define MAX_BODY (1024 * 1024)
/* The body as a tree, several times over. */
#define ARENA_CAP  (24 * 1024 * 1024)
#define MAX_ANSWER (16 * 1024)

struct app {
	const struct dl_settings *settings;
	struct dl_db_pool *pool;
};

/*
 * The instance that the path names.  What a webhook "by events" appends
 * behind it is left out.
 */
static bool
read_instance(const struct dl_request *request, struct dl_str *instance)
{
	struct dl_str rest = request->path;

	if (!dl_str_starts_with(rest, DL_STR(ROUTE)))
		return false;
	rest.ptr += sizeof(ROUTE) - 1;
	rest.len -= sizeof(ROUTE) - 1;
	return dl_url_decode(request->arena, dl_str_cut(&rest, '/'), false,
			     instance) &&
	       instance->len > 0 && !memchr(instance->ptr, '\0', instance->len);
}

static bool
is_from_evolution(const struct app *app, const struct dl_request *request)
{
	const char *why = dl_webhook_token_check(
	    request->arena, dl_request_bearer(request),
	    dl_secret_str(&app->settings->evolution_webhook_key),
	    dl_clock_now_ms() / 1000);

	if (why)
		dl_log(DL_LOG_NOTICE, "webhook", "refused",
		       DL_F_TEXT("check", why),
		       DL_F_STR("path", request->path));
	return !why;
}

static enum dl_code
handle_event(const struct app *app, const struct dl_request *request,
	     struct dl_str instance, struct dl_response *response,
	     struct dl_error *err)
{
	struct dl_evolution_event event;
	const char *result = "ignored";
	enum dl_code code = DL_OK;

	dl_evolution_event_read(request->arena, request->body, &event);
	if (!dl_str_eq(event.instance, instance))
		event.kind = DL_EVENT_OTHER;
	code = dl_events_note(app->pool, request->arena, instance, &event,
			      &result, err);
	if (code != DL_OK)
		return code;
	dl_log(DL_LOG_DEBUG, "webhook", result, DL_F_STR("event", event.name),
	       DL_F_STR("instance", instance));
	dl_response_json(response, 200);
	dl_buf_puts(response->body, "{}");
	return DL_OK;
}

static enum dl_code
handle(void *ctx, const struct dl_request *request,
       struct dl_response *response, struct dl_error *err)
{
	const struct app *app = ctx;
	struct dl_str instance;

	if (!read_instance(request, &instance))
		dl_problem(response, DL_P_NOT_FOUND, NULL);
	else if (!dl_str_eq(request->method, DL_STR("POST")))
		dl_problem_method(response, "POST");
	else if (!is_from_evolution(app, request))
		dl_problem(response, DL_P_INVALID_TOKEN,
			   "O token do webhook não confere.");
	else
		return handle_event(app, request, instance, response, err);
	return DL_OK;
}

static enum dl_code
start(const struct dl_settings *settings, struct dl_server *server,
      struct dl_error *err)
{
	struct app *app = calloc(1, sizeof(*app));

	if (!app)
		return dl_fail(err, DL_INTERNAL, "start", "out of memory");
	app->settings = settings;
	app->pool = dl_db_pool_create(settings, "evolution-events");
	server->app = app;
	server->handle = handle;
	server->max_body = MAX_BODY;
	server->arena_cap = ARENA_CAP;
	server->max_answer = MAX_ANSWER;
	return DL_OK;
}

static void
stop(void *ctx)
{
	struct app *app = ctx;

	dl_db_pool_destroy(app->pool);
	free(app);
}

int
main(int argc, char **argv)
{
	static const struct dl_program_info info = {
	    .name = "evolution-events",
	    .summary = "Recebe os webhooks da Evolution API: envios, recibos "
		       "e conexões.",
	    .settings = DL_EVENTS,
	    .start = start,
	    .stop = stop};

	return dl_program_main(&info, argc, argv);
}
