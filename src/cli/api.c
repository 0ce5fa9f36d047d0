/* SPDX-License-Identifier: MIT */
/* Calls to /launch, /status and /control. */
#include "config.h"

#include "cli/api.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "cli/values.h"
#include "remote/http.h"

#define CONNECT_TIMEOUT_MS 5000
/* Above what nginx gives a launch. */
#define TIMEOUT_MS 240000
/* An export of all messages to a slow disk. */
#define STREAM_TIMEOUT_MS (60 * 60 * 1000)
/* How long a server that is away, or still busy with it, is waited for. */
#define PATIENCE_MS (3 * 60 * 1000)
#define PAUSE_MS    1000
#define MAX_HEADERS 5

int
cli_api_option(struct cli_api_options *options, int c)
{
	switch (c) {
	case 'T':
		options->has_tenant =
		    cli_uuid(optarg, "--tenant", &options->tenant);
		return options->has_tenant ? CLI_OK : CLI_USAGE;
	case 'a':
		options->api = optarg;
		return CLI_OK;
	case 't':
		options->token = optarg;
		return CLI_OK;
	case 'j':
		options->is_json = true;
		return CLI_OK;
	default:
		return CLI_API_OTHER;
	}
}

int
cli_api_open(struct cli_api *api, struct cli *cli,
	     const struct cli_api_options *options)
{
	int status = cli_open(cli);

	if (status != CLI_OK)
		return status;
	status =
	    cli_api_init(api, cli, options->api, options->token,
			 options->has_tenant ? options->tenant.text : NULL);
	if (status != CLI_OK)
		cli_close(cli);
	return status;
}

int
cli_api_init(struct cli_api *api, const struct cli *cli, const char *base,
	     const char *token, const char *tenant)
{
	const char *preset = dl_arena_strndup(
	    cli->arena, cli->settings.api_url.ptr, cli->settings.api_url.len);
	size_t len;

	*api = (struct cli_api){
	    .base = base ? base : preset,
	    .token = token ? token : cli->settings.api_token.text,
	    .tenant = tenant,
	};
	if (!api->base || !*api->base) {
		cli_say("falta o endereço da API: --api ou "
			"DISPARALEAD_API_URL");
		return CLI_CONFIG;
	}
	if (!*api->token) {
		cli_say("falta o token de acesso: --token ou "
			"DISPARALEAD_TOKEN");
		return CLI_CONFIG;
	}
	len = strlen(api->base);
	while (len && api->base[len - 1] == '/')
		len--;
	api->base = dl_arena_strndup(cli->arena, api->base, len);
	dl_http_global_init();
	return CLI_OK;
}

/* The headers of one request, in the arena; how many there are. */
static size_t
make_headers(const struct cli_api *api, struct dl_arena *arena,
	     const char *header, bool has_body, const char **headers)
{
	size_t n = 0;

	headers[n++] =
	    dl_arena_printf(arena, "Authorization: Bearer %s", api->token);
	headers[n++] = "Accept: application/json";
	if (has_body)
		headers[n++] = "Content-Type: application/json";
	if (api->tenant)
		headers[n++] =
		    dl_arena_printf(arena, "X-Tenant-Id: %s", api->tenant);
	if (header)
		headers[n++] = header;
	return n;
}

/* Takes what the transport brought. */
static void
read_answer(struct dl_arena *arena, const struct dl_http_answer *http,
	    struct cli_answer *answer)
{
	struct dl_str etag = dl_http_header(http, "ETag");
	struct dl_str after = dl_http_header(http, "Retry-After");

	answer->status = http->status;
	answer->body = dl_buf_str(http->body);
	answer->json = dl_json_parse_lenient(arena, answer->body);
	if (etag.len)
		answer->etag = dl_arena_strndup(arena, etag.ptr, etag.len);
	if (!dl_str_to_int64(after, &answer->retry_after_s))
		answer->retry_after_s = 0;
}

/* Where a call's take goes through: whether a byte came is the caller's to
 * know, who must not ask for the same bytes again. */
struct passage {
	const struct cli_call *call;
	bool has_begun;
};

static bool
pass(void *ctx, struct dl_str bytes)
{
	struct passage *passage = ctx;

	passage->has_begun = true;
	return passage->call->take(passage->call->take_ctx, bytes);
}

void
cli_api_send(const struct cli_api *api, struct dl_arena *arena,
	     const struct cli_call *call, struct cli_answer *answer)
{
	const char *headers[MAX_HEADERS];
	struct passage passage = {.call = call};
	struct dl_http_request request = {
	    .method = call->body.ptr ? DL_HTTP_POST : call->method,
	    .url = dl_arena_printf(arena, "%s%s", api->base, call->path),
	    .headers = headers,
	    .n_headers =
		make_headers(api, arena, call->header, call->body.ptr, headers),
	    .body = call->body,
	    .connect_timeout_ms = CONNECT_TIMEOUT_MS,
	    .timeout_ms = call->take ? STREAM_TIMEOUT_MS : TIMEOUT_MS,
	    .max_answer = CLI_API_MAX_ANSWER,
	    .take = call->take ? pass : NULL,
	    .take_ctx = &passage,
	};
	const struct dl_http_transport *http = dl_http_curl();
	struct dl_http_answer got;
	struct dl_error err = {0};

	*answer = (struct cli_answer){0};
	if (http->send(http->ctx, arena, &request, &got, &err) == DL_OK)
		read_answer(arena, &got, answer);
	else
		snprintf(answer->fault, sizeof(answer->fault), "%s",
			 err.detail);
	answer->has_begun = passage.has_begun;
}

bool
cli_api_is_passing(const struct cli_answer *answer)
{
	if (answer->has_begun)
		return false;
	return answer->status == 0 || answer->status == 429 ||
	       answer->status == 502 || answer->status == 503 ||
	       answer->status == 504;
}

bool
cli_api_is_good(const struct cli_answer *answer)
{
	return answer->status >= 200 && answer->status < 300 && answer->json;
}

/* An earlier try of the same launch is still under way. */
static bool
is_in_progress(const struct cli_answer *answer)
{
	return answer->status == 409 &&
	       strcmp(cli_api_code(answer), "launch_in_progress") == 0;
}

void
cli_api_insist(const struct cli_api *api, struct dl_arena *arena,
	       const struct cli_call *call, struct cli_answer *answer)
{
	int64_t deadline_ms = dl_clock_boot_ms() + PATIENCE_MS;

	for (;;) {
		int64_t pause_ms = PAUSE_MS;

		cli_api_send(api, arena, call, answer);
		if (!cli_api_is_passing(answer) && !is_in_progress(answer))
			return;
		if (answer->retry_after_s > 0 &&
		    answer->retry_after_s < PATIENCE_MS / 1000)
			pause_ms = answer->retry_after_s * 1000;
		if (dl_clock_boot_ms() + pause_ms > deadline_ms)
			return;
		cli_say("a API não aceitou ainda; tento de novo");
		dl_clock_sleep_ms(pause_ms);
	}
}

const char *
cli_api_code(const struct cli_answer *answer)
{
	return cli_text(answer->json, "code");
}

/* The rows or fields that were wrong. */
static void
print_errors(json_object *problem, const struct cli_contacts *contacts)
{
	size_t n = cli_length(problem, "errors");

	for (size_t i = 0; i < n; i++) {
		json_object *item = cli_item(problem, "errors", i);
		json_object *value = dl_json_get(item, "index");
		size_t index = (size_t)json_object_get_int64(value);

		fputs("  ", stderr);
		if (value && contacts && index < contacts->n)
			fprintf(stderr, "linha %" PRId64 ", ",
				cli_contacts_row(contacts, index));
		fprintf(stderr, "%s: %s\n", cli_text(item, "field"),
			cli_text(item, "message"));
	}
}

int
cli_api_complain(const struct cli_answer *answer,
		 const struct cli_contacts *contacts)
{
	const char *detail = cli_text(answer->json, "detail");

	if (!answer->status || answer->has_begun) {
		cli_say("%s: %s",
			answer->has_begun ? "a resposta parou no meio"
					  : "a API não respondeu",
			answer->fault);
		return CLI_UNAVAILABLE;
	}
	if (*detail)
		cli_say("%s (%s, requisição %s)", detail, cli_api_code(answer),
			cli_text(answer->json, "request_id"));
	else
		cli_say("a API respondeu %ld, que não entendo; confira o "
			"endereço",
			answer->status);
	print_errors(answer->json, contacts);
	if (answer->status == 401 || answer->status == 403)
		return CLI_NO_PERM;
	if (cli_api_is_passing(answer) || answer->status == 500)
		return CLI_UNAVAILABLE;
	return answer->status == 404 ? CLI_FAILED : CLI_DATA;
}
