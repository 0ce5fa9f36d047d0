/* SPDX-License-Identifier: MIT */
/*
 * A FastCGI program for server.test and auth.test: each path makes the server
 * do one thing.
 *   /echo    method, query parameter "q", header "x-probe" and body back
 *   /slow    answers after a second
 *   /stream  many lines, streamed; with ?cut=1 it fails half-way
 *   /later, /broken  a failure passed on to the server
 *   /huge    an answer beyond the ceiling
 *   /whoami  the signed-in user, with CORS
 */
#include "config.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "base/log.h"
#include "web/auth.h"
#include "web/cors.h"
#include "web/problem.h"
#include "web/program.h"

#define MAX_BODY     65536
#define STREAM_LINES 20000

struct app {
	const struct dl_settings *settings;
	struct dl_db_pool *pool;
};

static void
echo(const struct dl_request *request, struct dl_response *response)
{
	struct dl_json_out out;
	struct dl_str q = {NULL, 0};

	dl_request_query(request, "q", &q);
	dl_response_json(response, 200);
	dl_response_header(response, "X-Probe", "a\r\nX-Injected: b");
	dl_json_begin(&out, response->body);
	dl_json_object_begin(&out);
	dl_json_member_str(&out, "method", request->method);
	dl_json_member_str(&out, "path", request->path);
	dl_json_member_str(&out, "q", q);
	dl_json_member_str(&out, "header",
			   dl_request_header(request, "x-probe"));
	dl_json_member_int(&out, "body_bytes", (int64_t)request->body.len);
	dl_json_member_text(&out, "request_id", request->request_id);
	dl_json_object_end(&out);
}

static enum dl_code
stream(const struct dl_request *request, struct dl_response *response,
       struct dl_error *err)
{
	struct dl_str cut;
	bool is_cut = dl_request_query(request, "cut", &cut);

	response->content_type = "text/plain";
	for (int i = 0; i < STREAM_LINES; i++) {
		enum dl_code code =
		    dl_response_stream(response, DL_STR("0123456789\n"), err);

		if (code != DL_OK)
			return code;
		if (is_cut && i == STREAM_LINES / 2)
			return dl_fail(err, DL_TRY_LATER, "db.probe", "cut");
	}
	return DL_OK;
}

static enum dl_code
whoami(const struct app *app, const struct dl_request *request,
       struct dl_response *response, struct dl_error *err)
{
	struct dl_identity who;
	bool is_refused = false;
	enum dl_code code = DL_OK;

	if (dl_cors_apply(app->settings->cors_allowed_origins, "GET", request,
			  response))
		return DL_OK;
	code = dl_auth_check(app->pool, app->settings, request, response, &who,
			     &is_refused, err);
	if (code != DL_OK || is_refused)
		return code;
	dl_response_json(response, 200);
	dl_buf_appendf(response->body,
		       "{\"user\":\"%s\",\"tenant\":\"%s\",\"role\":%d}",
		       who.user_id.text, who.tenant_id.text, (int)who.role);
	return DL_OK;
}

static enum dl_code
handle(void *app, const struct dl_request *request,
       struct dl_response *response, struct dl_error *err)
{
	if (dl_str_eq(request->path, DL_STR("/whoami")))
		return whoami(app, request, response, err);
	if (dl_str_eq(request->path, DL_STR("/stream")))
		return stream(request, response, err);
	if (dl_str_eq(request->path, DL_STR("/later")))
		return dl_fail(err, DL_TRY_LATER, "db.probe", "not now");
	if (dl_str_eq(request->path, DL_STR("/broken")))
		return dl_fail(err, DL_INTERNAL, "probe", "broken");
	if (dl_str_eq(request->path, DL_STR("/huge")))
		for (int i = 0; i < MAX_BODY; i++)
			dl_buf_puts(response->body, "0123456789");
	if (dl_str_eq(request->path, DL_STR("/slow")))
		dl_clock_sleep_ms(1000);
	echo(request, response);
	return DL_OK;
}

static enum dl_code
start(const struct dl_settings *settings, struct dl_server *server,
      struct dl_error *err)
{
	static struct app app;

	(void)err;
	app.settings = settings;
	app.pool = dl_db_pool_create(settings, server->program);
	server->max_body = MAX_BODY;
	server->arena_cap = 1 << 20;
	server->max_answer = 65536;
	server->handle = handle;
	server->app = &app;
	return DL_OK;
}

static void
stop(void *app)
{
	dl_db_pool_destroy(((struct app *)app)->pool);
}

int
main(int argc, char **argv)
{
	static const struct dl_program_info info = {
	    .name = "web-probe",
	    .summary = "Programa dos testes.",
	    .settings = DL_STATUS,
	    .start = start,
	    .stop = stop,
	};

	return dl_program_main(&info, argc, argv);
}
