/* SPDX-License-Identifier: MIT */
/* The client of Evolution API. */
#include "config.h"

#include "remote/evolution.h"

#include "base/json_in.h"
#include "base/json_out.h"
#include "remote/evolution_internal.h"

/* connectionState reads memory. */
#define STATE_TIMEOUT_MS 10000
#define MAX_STATE_ANSWER (16 * 1024)
/* 4,096 characters, each at worst an escape of six bytes in two halves, and
 * the longest URL. */
#define MAX_BODY (64 * 1024)
#define MAX_URL  4096

void
dl_evolution_init(struct dl_evolution *evolution,
		  const struct dl_settings *settings,
		  const struct dl_http_transport *http)
{
	*evolution = (struct dl_evolution){
	    .http = http,
	    .url = settings->evolution_api_url,
	    .key = dl_secret_str(&settings->evolution_api_key),
	    .timeout_ms = settings->evolution_timeout_s * 1000,
	    .media_timeout_ms = settings->evolution_media_timeout_s * 1000,
	    .delay_ms = settings->evolution_delay_ms};
}

static bool
is_text(struct dl_str type)
{
	return dl_str_eq(type, DL_STR("texto"));
}

int64_t
dl_evolution_timeout_ms(const struct dl_evolution *evolution,
			struct dl_str type)
{
	return is_text(type) ? evolution->timeout_ms
			     : evolution->media_timeout_ms;
}

/* ------------------------------------------------------------- requests */

/* RFC 3986, 2.3: everything but unreserved characters is escaped. */
static void
append_path_part(struct dl_buf *url, struct dl_str part)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < part.len; i++) {
		char c = part.ptr[i];
		unsigned char byte = (unsigned char)c;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		    c == '~' || c == '.') {
			dl_buf_append_c(url, c);
			continue;
		}
		dl_buf_append_c(url, '%');
		dl_buf_append_c(url, digits[byte >> 4]);
		dl_buf_append_c(url, digits[byte & 15]);
	}
}

const char *
dl_evolution_url(const struct dl_evolution *evolution, struct dl_arena *arena,
		 const char *route, struct dl_str instance)
{
	struct dl_buf *url = dl_buf_create(arena, MAX_URL);

	dl_buf_append_str(url, evolution->url);
	dl_buf_puts(url, route);
	append_path_part(url, instance);
	return dl_buf_failed(url) ? NULL : dl_buf_cstr(url);
}

struct dl_str
dl_evolution_key_for(const struct dl_evolution *evolution, struct dl_str token)
{
	return token.len ? token : evolution->key;
}

static const char *
media_type(struct dl_str type)
{
	if (dl_str_eq(type, DL_STR("imagem")))
		return "image";
	if (dl_str_eq(type, DL_STR("video")))
		return "video";
	if (dl_str_eq(type, DL_STR("documento")))
		return "document";
	return NULL;
}

static void
put_media(struct dl_json_out *out, struct dl_arena *arena,
	  const struct dl_evolution_message *message)
{
	dl_json_member_text(out, "mediatype", media_type(message->type));
	dl_json_member_str(out, "media", message->media_url);
	dl_json_member_text(out, "fileName",
			    dl_evolution_file_name(arena, message->type,
						   message->file_name,
						   message->media_url));
	if (message->text.len)
		dl_json_member_str(out, "caption", message->text);
}

const char *
dl_evolution_request(const struct dl_evolution *evolution,
		     struct dl_arena *arena,
		     const struct dl_evolution_message *message,
		     struct dl_str *body)
{
	struct dl_buf *text = dl_buf_create(arena, MAX_BODY);
	const char *route;
	struct dl_json_out out;

	dl_json_begin(&out, text);
	dl_json_object_begin(&out);
	dl_json_member_str(&out, "number", message->number);
	if (is_text(message->type)) {
		route = "/message/sendText/";
		dl_json_member_str(&out, "text", message->text);
		/* Else Evolution fetches every link and uploads a picture. */
		dl_json_member_bool(&out, "linkPreview", false);
	} else if (dl_str_eq(message->type, DL_STR("audio"))) {
		route = "/message/sendWhatsAppAudio/";
		dl_json_member_str(&out, "audio", message->media_url);
	} else if (media_type(message->type)) {
		route = "/message/sendMedia/";
		put_media(&out, arena, message);
	} else {
		return NULL;
	}
	dl_json_member_int(&out, "delay", evolution->delay_ms);
	dl_json_object_end(&out);
	*body = dl_buf_str(text);
	return dl_buf_failed(text) ? NULL : route;
}

/* --------------------------------------------------------------- sending */

static void
read_answer(enum dl_code code, const struct dl_http_answer *http,
	    const struct dl_error *err, struct dl_outcome_answer *answer)
{
	if (code == DL_OK) {
		answer->transport = DL_OUTCOME_ANSWERED;
		answer->http_status = http->status;
		answer->body = dl_buf_str(http->body);
		return;
	}
	answer->transport =
	    err->uncertain ? DL_OUTCOME_NO_ANSWER : DL_OUTCOME_NOT_SENT;
}

enum dl_code
dl_evolution_send(const struct dl_evolution *evolution, struct dl_arena *arena,
		  const struct dl_evolution_message *message,
		  struct dl_outcome_answer *answer, bool *was_vetoed,
		  struct dl_error *err)
{
	struct dl_str secret = dl_evolution_key_for(evolution, message->token);
	const char *headers[] = {"Content-Type: application/json",
				 dl_arena_printf(arena, "apikey: %.*s",
						 (int)secret.len, secret.ptr)};
	struct dl_http_request request = {
	    .method = DL_HTTP_POST,
	    .headers = headers,
	    .n_headers = sizeof(headers) / sizeof(headers[0]),
	    .connect_timeout_ms = DL_EVOLUTION_CONNECT_TIMEOUT_MS,
	    .timeout_ms = dl_evolution_timeout_ms(evolution, message->type),
	    .max_answer = DL_EVOLUTION_MAX_ANSWER,
	    .may_start = message->may_start,
	    .may_start_ctx = message->may_start_ctx};
	struct dl_http_answer http;
	struct dl_error failure = {0};
	const char *route;
	enum dl_code code;

	*answer = (struct dl_outcome_answer){.secret = secret};
	*was_vetoed = false;
	route = dl_evolution_request(evolution, arena, message, &request.body);
	if (route)
		request.url = dl_evolution_url(evolution, arena, route,
					       message->instance);
	if (!request.url || !headers[1])
		return dl_fail(err, DL_INTERNAL, "evolution.send",
			       "the message makes no request");
	code = evolution->http->send(evolution->http->ctx, arena, &request,
				     &http, &failure);
	*was_vetoed = http.was_vetoed;
	if (code == DL_INTERNAL)
		return dl_fail(err, code, "evolution.send", "%s",
			       failure.detail);
	read_answer(code, &http, &failure, answer);
	if (code != DL_OK)
		answer->transport_text =
		    dl_str(dl_arena_strdup(arena, failure.detail));
	return DL_OK;
}

enum dl_code
dl_evolution_state(const struct dl_evolution *evolution, struct dl_arena *arena,
		   struct dl_str instance, struct dl_str token,
		   struct dl_str *state, struct dl_error *err)
{
	static const char op[] = "evolution.state";
	struct dl_str secret = dl_evolution_key_for(evolution, token);
	const char *headers[] = {dl_arena_printf(arena, "apikey: %.*s",
						 (int)secret.len, secret.ptr)};
	struct dl_http_request request = {
	    .method = DL_HTTP_GET,
	    .url = dl_evolution_url(evolution, arena,
				    "/instance/connectionState/", instance),
	    .headers = headers,
	    .n_headers = 1,
	    .connect_timeout_ms = DL_EVOLUTION_CONNECT_TIMEOUT_MS,
	    .timeout_ms = STATE_TIMEOUT_MS,
	    .max_answer = MAX_STATE_ANSWER};
	struct dl_http_answer http;
	enum dl_code code;
	json_object *tree;

	*state = (struct dl_str){NULL, 0};
	if (!request.url || !headers[0])
		return dl_fail(err, DL_INTERNAL, op, "the name is too long");
	code = evolution->http->send(evolution->http->ctx, arena, &request,
				     &http, err);
	if (code != DL_OK)
		return code;
	if (http.status == 401 || http.status == 403)
		return dl_fail(err, DL_UNAUTHENTICATED, op, "the key");
	if (http.status == 404)
		return dl_fail(err, DL_NOT_FOUND, op, "the instance");
	tree = dl_json_parse_lenient(arena, dl_buf_str(http.body));
	tree = dl_json_get(tree, "instance");
	if (http.status != 200 || !tree)
		return dl_fail(err, DL_TRY_LATER, op, "HTTP %ld", http.status);
	*state = dl_json_get_str(tree, "state");
	return DL_OK;
}
