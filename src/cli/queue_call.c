/* SPDX-License-Identifier: MIT */
/* disparalead queue: requests, and what is hidden of their answers. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/queue.h"
#include "cli/values.h"

#define MAX_PATH 8192

/* ---------------------------------------------------------------- requests */

static void
encode(struct dl_buf *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			dl_buf_append_c(out, *text);
		else
			dl_buf_appendf(out, "%%%02X", (unsigned char)*text);
	}
}

void
cli_queue_path_begin(struct cli_queue *q, struct cli_queue_path *path,
		     const char *prefix, const char *arg, const char *after)
{
	*path =
	    (struct cli_queue_path){dl_buf_create(q->arena, MAX_PATH), false};
	dl_buf_puts(path->text, prefix);
	if (arg)
		encode(path->text, arg);
	dl_buf_puts(path->text, after);
}

void
cli_queue_path_add(struct cli_queue_path *path, const char *name,
		   const char *value)
{
	if (!value)
		return;
	dl_buf_appendf(path->text, "%c%s=", path->has_query ? '&' : '?', name);
	encode(path->text, value);
	path->has_query = true;
}

void
cli_queue_path_filters(struct cli_queue *q, struct cli_queue_path *path)
{
	cli_queue_path_add(path, "label", q->label);
	cli_queue_path_add(path, "flowControlKey", q->key);
	cli_queue_path_add(path, "responseStatus", q->status);
}

/* Says why it did not come off; the exit status for that. */
static int
complain(const struct cli_answer *answer)
{
	const char *error = cli_text(answer->json, "error");

	if (!answer->status) {
		cli_say("a fila não respondeu: %s", answer->fault);
		return CLI_UNAVAILABLE;
	}
	if (answer->status == 404)
		cli_say("a fila não tem isso: %s", error);
	else if (*error)
		cli_say("a fila recusou (%ld): %s", answer->status, error);
	else
		cli_say("a fila respondeu %ld, que não entendo; confira "
			"QSTASH_URL",
			answer->status);
	if (answer->status == 401 || answer->status == 403)
		return CLI_NO_PERM;
	if (cli_api_is_passing(answer) || answer->status == 500)
		return CLI_UNAVAILABLE;
	return answer->status == 404 ? CLI_FAILED : CLI_DATA;
}

int
cli_queue_call(struct cli_queue *q, enum dl_http_method method,
	       const struct cli_queue_path *path, json_object **json)
{
	struct cli_call call = {.method = method,
				.path = dl_buf_cstr(path->text)};
	struct cli_answer answer;

	if (dl_buf_failed(path->text))
		return cli_usage("queue", "os filtros são longos demais");
	cli_api_send(&q->api, q->arena, &call, &answer);
	if (answer.status < 200 || answer.status >= 300)
		return complain(&answer);
	if (answer.body.len && !answer.json) {
		cli_say("a resposta da fila não é JSON, ou é grande demais; "
			"confira QSTASH_URL ou peça menos (--count)");
		return CLI_UNAVAILABLE;
	}
	if (!q->is_revealing)
		cli_queue_mask(answer.json);
	*json = answer.json;
	return CLI_OK;
}

/* ------------------------------------------------------------------- masks */

#define HIDDEN "(oculto)"

const char *
cli_queue_mask_key(const char *key, char out[CLI_QUEUE_KEY_MAX])
{
	size_t len = strlen(key);

	snprintf(out, CLI_QUEUE_KEY_MAX, "sig_...%s",
		 len > 12 ? key + len - 4 : "");
	return out;
}

static json_object *
mask_body(json_object *value)
{
	(void)value;
	return json_object_new_string(HIDDEN);
}

static json_object *
mask_key(json_object *value)
{
	char text[CLI_QUEUE_KEY_MAX];

	return json_object_new_string(
	    cli_queue_mask_key(json_object_get_string(value), text));
}

/* "https://host/path?..." */
static json_object *
mask_url(json_object *value)
{
	const char *url = json_object_get_string(value);
	const char *host = strstr(url, "://");
	size_t len = strcspn(url, "?#");
	const char *at;
	char text[1024];

	host = host ? host + 3 : url;
	at = memchr(host, '@', strcspn(host, "/?#"));
	snprintf(text, sizeof(text), "%.*s%.*s%s", (int)(host - url), url,
		 (int)(url + len - (at ? at + 1 : host)), at ? at + 1 : host,
		 url[len] ? "?..." : "");
	return json_object_new_string(text);
}

/* The names stay: {"Authorization": ["(oculto)"]}. */
static json_object *
mask_headers(json_object *value)
{
	json_object *masked = json_object_new_object();

	if (!json_object_is_type(value, json_type_object))
		return masked;
	json_object_object_foreach(value, name, values)
	{
		(void)values;
		json_object_object_add(masked, name,
				       json_object_new_string(HIDDEN));
	}
	return masked;
}

static const struct {
	const char *name;
	json_object *(*mask)(json_object *value);
} masks[] = {
    {"body", mask_body},
    {"bodyBase64", mask_body},
    {"responseBody", mask_body},
    {"responseBodyBase64", mask_body},
    {"header", mask_headers},
    {"responseHeader", mask_headers},
    {"responseHeaders", mask_headers},
    {"callbackHeaders", mask_headers},
    {"failureCallbackHeaders", mask_headers},
    {"url", mask_url},
    {"callback", mask_url},
    {"failureCallback", mask_url},
    {"current", mask_key},
    {"next", mask_key},
};

static void
mask_member(json_object *object, const char *name, json_object *value)
{
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		if (strcmp(masks[i].name, name) == 0) {
			json_object_object_add(object, name,
					       masks[i].mask(value));
			return;
		}
	}
	cli_queue_mask(value);
}

void
cli_queue_mask(json_object *json)
{
	if (json_object_is_type(json, json_type_array)) {
		size_t n = json_object_array_length(json);

		for (size_t i = 0; i < n; i++)
			cli_queue_mask(json_object_array_get_idx(json, i));
	}
	if (!json_object_is_type(json, json_type_object))
		return;
	json_object_object_foreach(json, name, value)
	{
		if (value)
			mask_member(json, name, value);
	}
}
