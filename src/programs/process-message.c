/* SPDX-License-Identifier: MIT */
/*
 * process-message: what the queue calls.  Verifies the signature over the raw
 * body before it reads a byte of it, then hands the delivery on.
 */
#include "config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/machine.h"
#include "delivery/delivery.h"
#include "domain/probe.h"
#include "domain/signature.h"
#include "web/problem.h"
#include "web/program.h"

/* A text of 4,096 characters and what goes with it, escaped at worst. */
#define MAX_DELIVERY (64 * 1024)
/* The callback holds the delivery and the last answer, base64 both. */
#define MAX_FAILURE (1024 * 1024)
/* An answer of Evolution several times over, and a body in base64. */
#define ARENA_CAP  (16 * 1024 * 1024)
#define MAX_ANSWER (16 * 1024)

struct app {
	const struct dl_settings *settings;
	struct dl_db_pool *pool;
	struct dl_delivery delivery;
};

static bool
is_signed(const struct app *app, const struct dl_request *request)
{
	const struct dl_settings *s = app->settings;
	struct dl_signature_expect expect = {
	    .current_key = dl_secret_str(&s->qstash_current_signing_key),
	    .next_key = dl_secret_str(&s->qstash_next_signing_key),
	    .base_url = s->public_url,
	    .base_url_old = s->public_url_previous,
	    .uri = request->uri,
	    .body = request->body,
	    .now_s = dl_clock_now_ms() / 1000,
	    .leeway_s = s->signature_leeway_s};
	enum dl_signature_check check = dl_signature_verify(
	    request->arena, dl_request_header(request, "upstash-signature"),
	    &expect);

	if (check == DL_SIGNATURE_OK)
		return true;
	dl_log(DL_LOG_NOTICE, "signature", "refused",
	       DL_F_TEXT("check", dl_signature_check_text(check)),
	       DL_F_STR("path", request->path));
	return false;
}

/* What the queue must not deliver again. */
static void
answer_final(struct dl_response *response, const char *state, const char *mark)
{
	struct dl_json_out out;

	dl_response_json(response, 489);
	dl_response_header(response, "Upstash-NonRetryable-Error", "true");
	dl_json_begin(&out, response->body);
	dl_json_object_begin(&out);
	dl_json_member_bool(&out, "success", false);
	dl_json_member_text(&out, "state", state);
	if (mark)
		dl_json_member_text(&out, "machine", mark);
	dl_json_object_end(&out);
}

/* No delivery: doctor's probe, which wants to know us, or nothing at all. */
static void
answer_other(const struct dl_request *request, struct dl_response *response)
{
	char mark[DL_SHA256_HEX_MAX];
	struct dl_uuid probe;

	if (!dl_probe_read(request->arena, request->body, &probe))
		answer_final(response, "malformed", NULL);
	else
		answer_final(
		    response, "probe",
		    dl_probe_mark(dl_machine_id(request->arena), &probe, mark));
}

static void
answer(struct dl_response *response, const struct dl_delivery_ref *ref,
       const struct dl_delivery_answer *from)
{
	struct dl_json_out out;
	char seconds[24];

	dl_response_json(response, from->status);
	if (from->status == 489)
		dl_response_header(response, "Upstash-NonRetryable-Error",
				   "true");
	if (from->retry_after_s > 0) {
		snprintf(seconds, sizeof(seconds), "%lld",
			 (long long)from->retry_after_s);
		dl_response_header(response, "Retry-After", seconds);
	}
	dl_json_begin(&out, response->body);
	dl_json_object_begin(&out);
	dl_json_member_bool(&out, "success", from->is_sent);
	dl_json_member_text(&out, "message_id", ref->message_id.text);
	if (from->is_sent && from->evolution_key.ptr)
		dl_json_member_str(&out, "evolution_key", from->evolution_key);
	if (!from->is_sent)
		dl_json_member_text(&out, "state", from->state);
	if (from->error_code)
		dl_json_member_text(&out, "code", from->error_code);
	dl_json_object_end(&out);
}

static void
handle_delivery(const struct app *app, const struct dl_request *request,
		int64_t began_boot_ms, struct dl_response *response)
{
	struct dl_delivery_answer from;
	struct dl_delivery_ref ref;
	int64_t retried = 0;

	if (!dl_delivery_read(request->arena, request->body, &ref)) {
		answer_other(request, response);
		return;
	}
	if (!dl_str_to_int64(dl_request_header(request, "upstash-retried"),
			     &retried))
		retried = 0;
	dl_deliver(&app->delivery, request->arena, &ref, retried, began_boot_ms,
		   &from);
	answer(response, &ref, &from);
}

static void
handle_failure(const struct app *app, const struct dl_request *request,
	       struct dl_response *response)
{
	struct dl_delivery_answer from;
	struct dl_delivery_ref ref;
	int64_t status;

	if (!dl_delivery_read_failure(request->arena, request->body, &ref,
				      &status)) {
		answer_final(response, "malformed", NULL);
		return;
	}
	dl_delivery_failed(&app->delivery, request->arena, &ref,
			   dl_arena_printf(request->arena,
					   "queue: last answer HTTP %lld",
					   (long long)status),
			   &from);
	answer(response, &ref, &from);
}

static enum dl_code
handle(void *ctx, const struct dl_request *request,
       struct dl_response *response, struct dl_error *err)
{
	const struct app *app = ctx;
	int64_t began_boot_ms = dl_clock_boot_ms();
	bool is_delivery = dl_str_eq(request->path, DL_STR("/process-message"));

	(void)err;
	if (!is_delivery &&
	    !dl_str_eq(request->path, DL_STR("/process-message/failure")))
		dl_problem(response, DL_P_NOT_FOUND, NULL);
	else if (!dl_str_eq(request->method, DL_STR("POST")))
		dl_problem_method(response, "POST");
	else if (is_delivery && request->body.len > MAX_DELIVERY)
		dl_problem(response, DL_P_BODY_TOO_LARGE, NULL);
	else if (!is_signed(app, request))
		dl_problem(response, DL_P_INVALID_TOKEN,
			   "A assinatura da fila não confere.");
	else if (is_delivery)
		handle_delivery(app, request, began_boot_ms, response);
	else
		handle_failure(app, request, response);
	return DL_OK;
}

/*
 * A send begins only where its whole deadline fits into the lease: with a
 * lease no longer than that, none ever would.
 */
static enum dl_code
check_leases(const struct dl_settings *s, struct dl_error *err)
{
	if (s->lease_s > s->evolution_timeout_s &&
	    s->lease_media_s > s->evolution_media_timeout_s)
		return DL_OK;
	return dl_fail(err, DL_BAD_REQUEST, "start",
		       "LEASE_S must exceed EVOLUTION_TIMEOUT_S, and "
		       "LEASE_MEDIA_S EVOLUTION_MEDIA_TIMEOUT_S");
}

static enum dl_code
start(const struct dl_settings *settings, struct dl_server *server,
      struct dl_error *err)
{
	struct app *app = calloc(1, sizeof(*app));
	enum dl_code code = check_leases(settings, err);

	if (code != DL_OK) {
		free(app);
		return code;
	}
	if (!app)
		return dl_fail(err, DL_INTERNAL, "start", "out of memory");
	dl_http_global_init();
	app->settings = settings;
	app->pool = dl_db_pool_create(settings, "process-message");
	app->delivery.settings = settings;
	app->delivery.store = dl_delivery_store_create(app->pool, settings);
	app->delivery.lanes = dl_lane_wait_create();
	dl_evolution_init(&app->delivery.evolution, settings, dl_http_curl());
	dl_qstash_init(&app->delivery.queue, settings, dl_http_curl());
	server->app = app;
	server->handle = handle;
	server->max_body = MAX_FAILURE;
	server->arena_cap = ARENA_CAP;
	server->max_answer = MAX_ANSWER;
	return DL_OK;
}

static void
stop(void *ctx)
{
	struct app *app = ctx;

	dl_lane_wait_destroy(app->delivery.lanes);
	dl_delivery_store_destroy(app->delivery.store);
	dl_db_pool_destroy(app->pool);
	free(app);
}

int
main(int argc, char **argv)
{
	static const struct dl_program_info info = {
	    .name = "process-message",
	    .summary = "entrega pela Evolution API o que a fila traz",
	    .settings = DL_PROCESS,
	    .start = start,
	    .stop = stop};

	return dl_program_main(&info, argc, argv);
}
