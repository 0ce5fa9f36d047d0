/* SPDX-License-Identifier: MIT */
/* doctor: nginx in front of the programs, and what users sign in with. */
#include "config.h"

#include <inttypes.h>

#include "base/json_in.h"
#include "cli/doctor.h"
#include "remote/http.h"

#define CONNECT_MS 5000
#define TIMEOUT_MS 10000
#define MAX_ANSWER (64 * 1024)

/* Where this machine's nginx is asked. */
static const char *
site_url(struct doctor *d, const char *path)
{
	const struct dl_settings *s = &d->cli.settings;
	struct dl_str base = s->api_url.len ? s->api_url : s->public_url;

	return base.len ? dl_arena_printf(d->cli.arena, "%.*s%s", (int)base.len,
					  base.ptr, path)
			: NULL;
}

static enum dl_code
get(struct doctor *d, const char *url, struct dl_http_answer *answer,
    struct dl_error *err)
{
	const struct dl_http_transport *http = dl_http_curl();
	const struct dl_http_request request = {
	    .method = DL_HTTP_GET,
	    .url = url,
	    .connect_timeout_ms = CONNECT_MS,
	    .timeout_ms = TIMEOUT_MS,
	    .max_answer = MAX_ANSWER,
	};

	return http->send(http->ctx, d->cli.arena, &request, answer, err);
}

void
doctor_check_site(struct doctor *d)
{
	const char *url = site_url(d, "/readyz");
	struct dl_http_answer answer;
	struct dl_error err = {0};

	if (!url)
		return;
	if (get(d, url, &answer, &err) != DL_OK)
		doctor_error(d,
			     "systemctl status nginx; o site fica em "
			     "/etc/nginx/sites-enabled/disparalead",
			     "%s não responde: %s", url, err.detail);
	else if (answer.status == 502)
		doctor_error(d,
			     "systemctl status "
			     "disparalead-campaign-status.socket",
			     "%s: o nginx não chega ao programa (502)", url);
	else if (answer.status == 503)
		doctor_error(d,
			     "veja as linhas do banco acima, e journalctl -u "
			     "disparalead-campaign-status",
			     "%s: o programa não está pronto (503)", url);
	else if (answer.status != 200)
		doctor_error(d, "PUBLIC_URL e o site do nginx não combinam",
			     "%s respondeu %ld", url, answer.status);
	else
		doctor_ok(d, "%s responde", url);
}

void
doctor_check_body_limit(struct doctor *d)
{
	int64_t limit = d->cli.settings.max_body_bytes;
	const char *url = site_url(d, "/launch");
	const char *mend =
	    dl_arena_printf(d->cli.arena,
			    "ponha client_max_body_size %" PRId64
			    "; em location = /launch, e recarregue o nginx",
			    limit);
	struct dl_error err = {0};
	bool takes_limit, takes_more;

	if (!url)
		return;
	if (dl_http_takes_body(url, limit, &takes_limit, &err) != DL_OK ||
	    dl_http_takes_body(url, limit + 1, &takes_more, &err) != DL_OK)
		doctor_warning(d, "veja a linha do site acima",
			       "não soube do limite de corpo do nginx: %s",
			       err.detail);
	else if (!takes_limit)
		doctor_error(d, mend,
			     "o nginx recusa corpos que MAX_BODY_BYTES aceita "
			     "(%" PRId64 " bytes)",
			     limit);
	else if (takes_more)
		doctor_warning(d, mend,
			       "o nginx recebe inteiros os corpos que "
			       "MAX_BODY_BYTES recusa (acima de %" PRId64
			       " bytes)",
			       limit);
	else
		doctor_ok(d,
			  "o limite do nginx é o de MAX_BODY_BYTES (%" PRId64
			  " bytes)",
			  limit);
}

static void
check_jwks(struct doctor *d, struct dl_str url)
{
	const char *mend = "confira SUPABASE_URL e SUPABASE_JWKS_URL; o "
			   "programa guarda as últimas chaves boas";
	struct dl_http_answer answer;
	struct dl_error err = {0};
	json_object *keys;

	if (get(d, dl_arena_strndup(d->cli.arena, url.ptr, url.len), &answer,
		&err) != DL_OK) {
		doctor_error(d, mend, "as chaves do Supabase não vêm: %s",
			     err.detail);
		return;
	}
	keys = dl_json_get(
	    dl_json_parse_lenient(d->cli.arena, dl_buf_str(answer.body)),
	    "keys");
	if (answer.status == 200 &&
	    json_object_is_type(keys, json_type_array) &&
	    json_object_array_length(keys))
		doctor_ok(d, "%zu chaves públicas do Supabase",
			  json_object_array_length(keys));
	else
		doctor_error(d, mend, "%.*s não traz nenhuma chave (HTTP %ld)",
			     (int)url.len, url.ptr, answer.status);
}

void
doctor_check_sign_in(struct doctor *d)
{
	const struct dl_settings *s = &d->cli.settings;

	if (s->supabase_jwks_url.len)
		check_jwks(d, s->supabase_jwks_url);
	else if (dl_secret_str(&s->supabase_jwt_secret).len)
		doctor_ok(d, "os usuários entram com SUPABASE_JWT_SECRET");
	else
		doctor_error(d, "disparalead setup",
			     "nem SUPABASE_JWKS_URL nem SUPABASE_JWT_SECRET: "
			     "ninguém consegue entrar");
}
