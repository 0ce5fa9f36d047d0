/* SPDX-License-Identifier: MIT */
/* doctor: Evolution, each WhatsApp number there, its webhooks. */
#include "config.h"

#include <string.h>

#include "base/json_in.h"
#include "cli/doctor.h"

/* Beyond so many the rest is only counted. */
#define MAX_INSTANCES  "200"
#define CLOCK_LIMIT_MS 120000
#define EVENTS_PATH    "/evolution-events/"

static const char webhook_mend[] =
    "POST /webhook/set/NOME na Evolution, como em evolution-events(8)";

/* What evolution-events lives on. */
static const char *const events[] = {"SEND_MESSAGE", "MESSAGES_UPDATE",
				     "CONNECTION_UPDATE"};
#define N_EVENTS (sizeof(events) / sizeof(events[0]))

void
doctor_check_evolution(struct doctor *d)
{
	struct dl_error err = {0};
	struct dl_str date;
	enum dl_code code;

	if (!d->evolution.url.len)
		return;
	code = dl_evolution_greet(&d->evolution, d->cli.arena, &date, &err);
	if (date.len)
		doctor_clock_header(d, "da Evolution", date, CLOCK_LIMIT_MS);
	if (code == DL_OK)
		doctor_ok(d, "%.*s responde e aceita a chave",
			  (int)d->evolution.url.len, d->evolution.url.ptr);
	else if (code == DL_UNAUTHENTICATED)
		doctor_error(d,
			     "EVOLUTION_API_KEY deve ser a "
			     "AUTHENTICATION_API_KEY da Evolution",
			     "a Evolution recusa EVOLUTION_API_KEY");
	else
		doctor_error(d,
			     "confira EVOLUTION_API_URL, e se a Evolution está "
			     "no ar",
			     "a Evolution não responde: %s", err.detail);
}

/* ------------------------------------------------------------- webhooks */

static bool
has_event(json_object *list, const char *event)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *text =
		    json_object_get_string(json_object_array_get_idx(list, i));

		if (text && strcmp(text, event) == 0)
			return true;
	}
	return false;
}

/* The events that are missing, or NULL; an empty list means all. */
static const char *
missing_events(struct doctor *d, json_object *webhook)
{
	json_object *list = dl_json_get(webhook, "events");
	struct dl_buf *out = dl_buf_create(d->cli.arena, 256);

	if (!json_object_is_type(list, json_type_array))
		return "todos";
	if (!json_object_array_length(list))
		return NULL;
	for (size_t i = 0; i < N_EVENTS; i++)
		if (!has_event(list, events[i]))
			dl_buf_appendf(out, "%s%s", out->len ? ", " : "",
				       events[i]);
	return out->len ? dl_buf_cstr(out) : NULL;
}

static bool
is_our_url(struct doctor *d, json_object *webhook, struct dl_str name)
{
	const char *ours = dl_evolution_webhook_url(
	    d->cli.arena, d->cli.settings.public_url, name);

	return dl_str_eq(dl_json_get_str(webhook, "url"), dl_str(ours));
}

static bool
is_on(json_object *webhook, const char *name)
{
	json_object *value = dl_json_get(webhook, name);

	return value && json_object_get_boolean(value);
}

static void
judge_webhook(struct doctor *d, const char *name, json_object *webhook)
{
	struct dl_str key =
	    dl_secret_str(&d->cli.settings.evolution_webhook_key);
	const char *missing = missing_events(d, webhook);

	if (!webhook || !is_on(webhook, "enabled"))
		doctor_error(d, webhook_mend, "%s: não há webhook", name);
	else if (!is_our_url(d, webhook, dl_str(name)))
		doctor_error(d, webhook_mend,
			     "%s: o webhook vai para outro endereço que "
			     "PUBLIC_URL" EVENTS_PATH "%s",
			     name, name);
	else if (is_on(webhook, "webhookByEvents"))
		doctor_error(d, webhook_mend,
			     "%s: o webhook separa por evento (byEvents), o "
			     "que muda o endereço",
			     name);
	else if (!key.len ||
		 !dl_str_eq(dl_json_get_str(dl_json_get(webhook, "headers"),
					    "jwt_key"),
			    key))
		doctor_error(d, webhook_mend,
			     "%s: o cabeçalho jwt_key do webhook não é "
			     "EVOLUTION_WEBHOOK_KEY",
			     name);
	else if (missing)
		doctor_error(d, webhook_mend, "%s: faltam no webhook: %s", name,
			     missing);
	else
		doctor_ok(d, "%s: webhook registrado", name);
}

static void
check_webhook(struct doctor *d, const char *name, struct dl_str token)
{
	struct dl_error err = {0};
	json_object *webhook;

	d->check = "webhooks";
	if (dl_evolution_webhook(&d->evolution, d->cli.arena, dl_str(name),
				 token, &webhook, &err) != DL_OK)
		doctor_error(d, "confira a instância na Evolution",
			     "%s: não consigo ver o webhook: %s", name,
			     err.detail);
	else
		judge_webhook(d, name, webhook);
}

/* --------------------------------------------------------------- numbers */

static void
judge_state(struct doctor *d, const char *name, struct dl_str state,
	    const char *parked)
{
	if (!dl_str_eq(state, DL_STR("open")))
		doctor_error(d, "reconecte o número na Evolution (QR Code)",
			     "%s: desconectado (%.*s)", name,
			     state.len ? (int)state.len : 10,
			     state.len ? state.ptr : "sem estado");
	else if (parked)
		doctor_warning(d,
			       "a faixa reabre sozinha; disparalead sweep a "
			       "examina a cada minuto",
			       "%s: conectado, mas estacionado (%s)", name,
			       parked);
	else
		doctor_ok(d, "%s: conectado", name);
}

static void
check_instance(struct doctor *d, const char *name, struct dl_str token,
	       const char *parked)
{
	struct dl_error err = {0};
	struct dl_str state;
	enum dl_code code = dl_evolution_state(
	    &d->evolution, d->cli.arena, dl_str(name), token, &state, &err);

	d->check = "numeros";
	if (code == DL_OK)
		judge_state(d, name, state, parked);
	else if (code == DL_NOT_FOUND)
		doctor_error(d,
			     "crie-a na Evolution, ou corrija o nome em "
			     "disparalead instance add",
			     "%s: a Evolution não tem esta instância", name);
	else if (code == DL_UNAUTHENTICATED)
		doctor_error(d, "disparalead instance add NOME --token TOKEN",
			     "%s: a Evolution recusa a chave desta instância",
			     name);
	else
		doctor_error(d, "veja se a Evolution está no ar", "%s: %s",
			     name, err.detail);
	if (code == DL_OK)
		check_webhook(d, name, token);
}

void
doctor_check_instances(struct doctor *d)
{
	const char *params[] = {MAX_INSTANCES};
	struct dl_error err = {0};
	PGresult *rows;

	if (!d->has_database || !d->evolution.url.len)
		return;
	if (dl_db_call(d->cli.pool, d->cli.arena, NULL, true,
		       DL_SQL_DOCTOR_INSTANCES, params, &rows, &err) != DL_OK) {
		doctor_error(d, "disparalead setup, ou migrate --roles",
			     "não consigo ver os números: %s", err.detail);
		return;
	}
	if (!PQntuples(rows))
		doctor_warning(d, "disparalead instance add NOME --tenant ID",
			       "nenhum número de WhatsApp cadastrado");
	for (int i = 0; i < PQntuples(rows); i++)
		check_instance(d, dl_db_cstr(rows, i, "instance_name"),
			       dl_db_text(rows, i, "token"),
			       dl_db_cstr(rows, i, "parked_reason"));
}
