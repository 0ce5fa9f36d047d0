/* SPDX-License-Identifier: MIT */
/* Calls to /launch and /status. */
#include "config.h"

#include "cli/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json_in.h"
#include "remote/http.h"

#define CONNECT_TIMEOUT_MS 5000
/* Above what nginx gives a launch. */
#define TIMEOUT_MS  240000
#define MAX_ANSWER  (8u << 20)
#define MAX_HEADERS 5

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

void
cli_api_call(const struct cli_api *api, struct dl_arena *arena,
	     const char *path, const char *header, struct dl_str body,
	     struct cli_answer *answer)
{
	const char *headers[MAX_HEADERS];
	struct dl_http_request request = {
	    .method = body.ptr ? DL_HTTP_POST : DL_HTTP_GET,
	    .url = dl_arena_printf(arena, "%s%s", api->base, path),
	    .headers = headers,
	    .n_headers = make_headers(api, arena, header, body.ptr, headers),
	    .body = body,
	    .connect_timeout_ms = CONNECT_TIMEOUT_MS,
	    .timeout_ms = TIMEOUT_MS,
	    .max_answer = MAX_ANSWER,
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
}

bool
cli_api_is_passing(const struct cli_answer *answer)
{
	return answer->status == 0 || answer->status == 429 ||
	       answer->status == 502 || answer->status == 503 ||
	       answer->status == 504;
}

/* A text member, "" where it is absent. */
static const char *
text(json_object *obj, const char *name)
{
	json_object *value = dl_json_get(obj, name);

	return value && json_object_is_type(value, json_type_string)
		   ? json_object_get_string(value)
		   : "";
}

const char *
cli_api_code(const struct cli_answer *answer)
{
	return text(answer->json, "code");
}

/* The rows or fields that were wrong. */
static void
print_errors(json_object *errors, const struct cli_contacts *contacts)
{
	size_t n = json_object_is_type(errors, json_type_array)
		       ? json_object_array_length(errors)
		       : 0;

	for (size_t i = 0; i < n; i++) {
		json_object *item = json_object_array_get_idx(errors, i);
		json_object *value = dl_json_get(item, "index");
		size_t index = (size_t)json_object_get_int64(value);

		fputs("  ", stderr);
		if (value && contacts && index < contacts->n)
			fprintf(stderr, "linha %" PRId64 ", ",
				cli_contacts_row(contacts, index));
		fprintf(stderr, "%s: %s\n", text(item, "field"),
			text(item, "message"));
	}
}

int
cli_api_complain(const struct cli_answer *answer,
		 const struct cli_contacts *contacts)
{
	const char *detail = text(answer->json, "detail");

	if (!answer->status) {
		cli_say("a API não respondeu: %s", answer->fault);
		return CLI_UNAVAILABLE;
	}
	if (*detail)
		cli_say("%s (%s, requisição %s)", detail, cli_api_code(answer),
			text(answer->json, "request_id"));
	else
		cli_say("a API respondeu %ld, que não entendo; confira o "
			"endereço",
			answer->status);
	print_errors(dl_json_get(answer->json, "errors"), contacts);
	if (answer->status == 401 || answer->status == 403)
		return CLI_NO_PERM;
	if (cli_api_is_passing(answer) || answer->status == 500)
		return CLI_UNAVAILABLE;
	return answer->status == 404 ? CLI_FAILED : CLI_DATA;
}
