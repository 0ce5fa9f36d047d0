/* SPDX-License-Identifier: MIT */
/*
 * POST /launch: what must hold of the request, the steps from its body to the
 * queue, and the answers, replayed ones too.
 */
#include "config.h"

#include "programs/launch.h"

#include "base/clock.h"
#include "base/log.h"
#include "domain/launch_answer.h"
#include "web/cors.h"
#include "web/problem.h"

#define MAX_KEY 255
/* A launch under way is over so soon that a client may ask again. */
#define RETRY_S 2
/*
 * A body of 32 MiB takes some 120 MiB while it is worked on: so many large
 * ones at a time, whatever WORKER_THREADS is.
 */
#define LARGE_BODY    (4 * 1024 * 1024)
#define MAX_LARGE     2
#define LARGE_RETRY_S 10
/* How often a lost COMMIT is looked for. */
#define LOOK_MS 250

static void
refuse(struct launch_job *job, enum dl_problem_code code)
{
	job->is_answered = true;
	dl_problem(job->response, code, NULL);
}

/* -------------------------------------------------------- what must hold */

static enum dl_code
check_route(struct launch_job *job, struct dl_error *err)
{
	(void)err;
	if (!dl_str_eq(job->http->path, DL_STR("/launch"))) {
		refuse(job, DL_P_NOT_FOUND);
	} else if (!dl_str_eq(job->http->method, DL_STR("POST"))) {
		job->is_answered = true;
		dl_problem_method(job->response, "POST, OPTIONS");
	}
	return DL_OK;
}

static enum dl_code
check_identity(struct launch_job *job, struct dl_error *err)
{
	return dl_auth_check(job->app->pool, job->app->settings, job->http,
			     job->response, &job->who, &job->is_answered, err);
}

static bool
is_printable(struct dl_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < 0x20 || s.ptr[i] > 0x7e)
			return false;
	return true;
}

/* Whether the header Prefer (RFC 7240) asks for respond-async. */
static bool
wants_async(struct dl_str prefer)
{
	while (prefer.ptr) {
		struct dl_str one = dl_str_cut(&prefer, ',');
		struct dl_str name = dl_str_trim(dl_str_cut(&one, ';'));

		if (dl_str_eq_nocase(name, DL_STR("respond-async")))
			return true;
	}
	return false;
}

static enum dl_code
check_key(struct launch_job *job, struct dl_error *err)
{
	struct dl_str key =
	    dl_str_trim(dl_request_header(job->http, "idempotency-key"));

	if (key.len > MAX_KEY) {
		job->is_answered = true;
		dl_problem(job->response, DL_P_TOO_LONG,
			   "A Idempotency-Key passa de %d caracteres. Use uma "
			   "mais curta.",
			   MAX_KEY);
	} else if (!is_printable(key)) {
		job->is_answered = true;
		dl_problem(job->response, DL_P_BAD_REQUEST,
			   "A Idempotency-Key só pode ter letras, números e "
			   "sinais ASCII.");
	} else if (key.len) {
		job->key = dl_arena_strndup(job->arena, key.ptr, key.len);
		if (!job->key)
			return dl_fail(err, DL_TOO_LARGE, "launch",
				       "the arena is full");
	}
	return DL_OK;
}

/* A preview must never become a launch: what is not clear is refused. */
static void
check_dry_run(struct launch_job *job)
{
	struct dl_str value = {NULL, 0};
	enum dl_query_param given =
	    dl_request_query_once(job->http, "dry_run", &value);

	job->is_dry_run =
	    given == DL_QUERY_GIVEN && dl_str_eq(value, DL_STR("1"));
	if (given == DL_QUERY_ABSENT || job->is_dry_run ||
	    (given == DL_QUERY_GIVEN && dl_str_eq(value, DL_STR("0"))))
		return;
	job->is_answered = true;
	dl_problem(job->response, DL_P_INVALID_PARAMETER,
		   "dry_run é 1 (simular) ou 0 (lançar), uma vez só, e cada %% "
		   "do endereço é seguido de dois dígitos hexadecimais. Nada "
		   "foi gravado nem enviado.");
}

static enum dl_code
check_headers(struct launch_job *job, struct dl_error *err)
{
	if (!dl_request_is_json(job->http)) {
		refuse(job, DL_P_UNSUPPORTED_MEDIA_TYPE);
		return DL_OK;
	}
	check_dry_run(job);
	if (job->is_answered)
		return DL_OK;
	job->is_async = wants_async(dl_request_header(job->http, "prefer"));
	dl_sha256_hex(job->http->body, job->hash);
	return check_key(job, err);
}

/* --------------------------------------------------------------- answers */

static void
say_created(struct launch_job *job, const char *campaign_id, struct dl_str json)
{
	const char *location =
	    dl_arena_printf(job->arena, "/status?campaign_id=%s", campaign_id);

	job->is_answered = true;
	dl_response_json(job->response, job->is_async ? 202 : 201);
	if (job->is_async)
		dl_response_header(job->response, "Preference-Applied",
				   "respond-async");
	if (location)
		dl_response_header(job->response, "Location", location);
	dl_buf_append_str(job->response->body, json);
}

/* Keeps the answer under the key, if there is one; *kept is what counts. */
static void
keep_answer(struct launch_job *job, const char *campaign_id, const char *answer,
	    struct dl_str *kept)
{
	struct dl_error err = {0};

	*kept = dl_str(answer);
	if (job->key && dl_launch_keep_answer(
			    job->app->pool, job->arena, job->who.tenant_id.text,
			    campaign_id, answer, kept, &err) != DL_OK) {
		/* A replay will make it from the rows. */
		dl_log_error(&err);
		*kept = dl_str(answer);
	}
}

static void
write_answer(struct launch_job *job, const struct dl_launch_answer *answer,
	     const char *campaign_id, struct dl_str *kept)
{
	struct dl_buf *json =
	    dl_buf_create(job->arena, job->response->body->max);

	dl_launch_answer_write(answer, json);
	keep_answer(job, campaign_id, dl_buf_cstr(json), kept);
}

/* The launch that had the key died before it answered: the rows tell. */
static enum dl_code
answer_from_rows(struct launch_job *job, const struct dl_launch_key *key,
		 struct dl_error *err)
{
	struct dl_launch_rows rows;
	struct dl_launch_answer answer;
	struct dl_str kept;
	enum dl_code code = dl_launch_read_rows(
	    job->app->pool, job->arena, job->who.tenant_id.text,
	    key->campaign_id.text, &rows, err);

	if (code == DL_OK)
		code = launch_read(job, key->created_at_ms, err);
	if (code != DL_OK || job->is_answered)
		return code;
	answer = (struct dl_launch_answer){
	    .campaign_id = dl_str(key->campaign_id.text),
	    .status = dl_str(rows.status),
	    .total_messages = rows.total,
	    .queued = rows.queued,
	    .suppressed = rows.suppressed,
	    .has_slots = rows.has_slots,
	    .first_s = rows.first_at_ms / 1000,
	    .last_s = rows.last_at_ms / 1000,
	    .request = job->request,
	};
	write_answer(job, &answer, key->campaign_id.text, &kept);
	dl_response_header(job->response, "Idempotency-Replayed", "true");
	say_created(job, key->campaign_id.text, kept);
	return DL_OK;
}

static enum dl_code
answer_key(struct launch_job *job, const struct dl_launch_key *key,
	   struct dl_error *err)
{
	switch (key->state) {
	case DL_LAUNCH_KEY_NEW:
		break;
	case DL_LAUNCH_KEY_IN_PROGRESS:
		dl_problem_retry_after(job->response, key->retry_after_s);
		refuse(job, DL_P_LAUNCH_IN_PROGRESS);
		break;
	case DL_LAUNCH_KEY_CONFLICT:
		refuse(job, DL_P_IDEMPOTENCY_CONFLICT);
		break;
	case DL_LAUNCH_KEY_REPLAY:
		dl_response_header(job->response, "Idempotency-Replayed",
				   "true");
		say_created(job, key->campaign_id.text, key->answer);
		break;
	case DL_LAUNCH_KEY_UNANSWERED:
		return answer_from_rows(job, key, err);
	}
	return DL_OK;
}

/*
 * Before the body is read: a replay is the same answer even where its
 * scheduledFor has passed meanwhile.
 */
static enum dl_code
look_up_key(struct launch_job *job, struct dl_error *err)
{
	struct dl_launch_key key;
	enum dl_code code;

	if (!job->key || job->is_dry_run)
		return DL_OK;
	code = dl_launch_look_up_key(
	    job->app->pool, job->arena, job->who.tenant_id.text, job->key,
	    job->hash, job->app->settings->launch_deadline_s, &key, err);
	return code == DL_OK ? answer_key(job, &key, err) : code;
}

static enum dl_code
read_body(struct launch_job *job, struct dl_error *err)
{
	return launch_read(job, job->now_ms, err);
}

/* --------------------------------------------------------- store, publish */

/* The COMMIT had no answer: is the campaign there? */
static enum dl_code
find_commit(struct launch_job *job)
{
	bool exists = false;

	while (!exists && dl_clock_boot_ms() < job->deadline_boot_ms) {
		struct dl_error err = {0};

		dl_clock_sleep_ms(LOOK_MS);
		if (dl_launch_exists(
			job->app->pool, job->arena, job->who.tenant_id.text,
			job->launch.id.text, &exists, &err) != DL_OK)
			dl_log_error(&err);
	}
	if (!exists) {
		dl_problem_retry_after(job->response, RETRY_S);
		refuse(job, DL_P_OUTCOME_UNKNOWN);
	}
	return DL_OK;
}

/* launch_seal: since it was looked up, a number became another tenant's. */
static bool
is_foreign_lane(const struct dl_error *err)
{
	return dl_str_eq(dl_str(err->sqlstate), DL_STR("23514"));
}

static enum dl_code
store(struct launch_job *job, struct dl_error *err)
{
	struct dl_error failure = {0};
	enum dl_code code = dl_launch_store(
	    job->app->pool, job->arena, &job->launch, &job->stored, &failure);

	if (code == DL_OK)
		return job->stored.is_taken
			   ? answer_key(job, &job->stored.key, err)
			   : DL_OK;
	if (code == DL_TRY_LATER && failure.uncertain && job->stored.status) {
		dl_log_error(&failure);
		return find_commit(job);
	}
	if (code == DL_CONFLICT) {
		dl_problem_retry_after(job->response, RETRY_S);
		refuse(job, DL_P_LAUNCH_IN_PROGRESS);
		return DL_OK;
	}
	if (is_foreign_lane(&failure)) {
		dl_log_error(&failure);
		refuse(job, DL_P_UNKNOWN_INSTANCE);
		return DL_OK;
	}
	*err = failure;
	return code;
}

static enum dl_code
publish(struct launch_job *job, struct dl_error *err)
{
	struct dl_error failure = {0};

	(void)err;
	if (job->plan.n_suppressed == job->plan.n_rows)
		return DL_OK;
	if (!job->is_async)
		launch_publish(job);
	if (dl_launch_start(job->app->pool, job->arena, job->launch.id.text,
			    &job->stored.status, &failure) != DL_OK)
		dl_log_error(&failure);
	return DL_OK;
}

struct dl_launch_warning *
launch_warnings(struct dl_arena *arena, const struct dl_launch_lane *lanes,
		size_t n_lanes, size_t *n)
{
	struct dl_launch_warning *warnings =
	    dl_arena_array(arena, n_lanes, sizeof(*warnings));

	*n = 0;
	for (size_t i = 0; warnings && i < n_lanes; i++) {
		struct dl_str state = lanes[i].state;

		if (state.len && !dl_str_eq(state, DL_STR("open")))
			warnings[(*n)++] = (struct dl_launch_warning){
			    lanes[i].instance_name, state};
	}
	return warnings;
}

static enum dl_code
answer(struct launch_job *job, struct dl_error *err)
{
	struct dl_launch_answer a = {
	    .campaign_id = dl_str(job->launch.id.text),
	    .status = dl_str(job->stored.status),
	    .total_messages = (int64_t)job->plan.n_rows,
	    .queued = job->queued,
	    .suppressed = (int64_t)job->plan.n_suppressed,
	    .has_slots = job->plan.n_suppressed < job->plan.n_rows,
	    .first_s = job->plan.first_s,
	    .last_s = job->plan.last_s,
	    .request = job->request,
	};
	struct dl_str kept;

	(void)err;
	a.warnings = launch_warnings(job->arena, job->stored.lanes,
				     job->stored.n_lanes, &a.n_warnings);
	write_answer(job, &a, job->launch.id.text, &kept);
	say_created(job, job->launch.id.text, kept);
	dl_log(DL_LOG_INFO, "launch", "launched",
	       DL_F_TEXT("campaign_id", job->launch.id.text),
	       DL_F_INT("messages", job->plan.n_rows),
	       DL_F_INT("queued", job->queued));
	return DL_OK;
}

static enum dl_code
run_steps(struct launch_job *job, struct dl_error *err)
{
	static const launch_step steps[] = {
	    check_headers, look_up_key,    read_body, launch_check_instances,
	    launch_plan,   launch_preview, store,     publish,
	    answer,
	};
	enum dl_code code = DL_OK;

	for (size_t i = 0; code == DL_OK && !job->is_answered &&
			   i < sizeof(steps) / sizeof(*steps);
	     i++)
		code = steps[i](job, err);
	return code;
}

/* Large ones take turns. */
static enum dl_code
run_large(struct launch_job *job, struct dl_error *err)
{
	enum dl_code code = DL_OK;

	if (atomic_fetch_add(&job->app->large, 1) < MAX_LARGE) {
		code = run_steps(job, err);
	} else {
		dl_problem_retry_after(job->response, LARGE_RETRY_S);
		dl_problem(job->response, DL_P_UNAVAILABLE,
			   "Há outros envios grandes em andamento. Tente de "
			   "novo em alguns segundos.");
	}
	atomic_fetch_sub(&job->app->large, 1);
	return code;
}

enum dl_code
launch_handle(void *app, const struct dl_request *request,
	      struct dl_response *response, struct dl_error *err)
{
	struct launch_app *self = app;
	struct launch_job job = {
	    .app = self,
	    .http = request,
	    .response = response,
	    .arena = request->arena,
	    .now_ms = dl_clock_now_ms(),
	    .deadline_boot_ms =
		dl_clock_boot_ms() + self->settings->launch_deadline_s * 1000,
	};
	enum dl_code code;

	if (dl_cors_apply(self->settings->cors_allowed_origins, "POST", request,
			  response))
		return DL_OK;
	code = check_route(&job, err);
	if (code == DL_OK && !job.is_answered)
		code = check_identity(&job, err);
	if (code != DL_OK || job.is_answered)
		return code;
	return request->body.len > LARGE_BODY ? run_large(&job, err)
					      : run_steps(&job, err);
}
