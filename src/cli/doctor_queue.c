/* SPDX-License-Identifier: MIT */
/* doctor: the queue, its keys, and whether its deliveries reach us. */
#include "config.h"

#include "base/clock.h"
#include "base/json_in.h"
#include "base/machine.h"
#include "cli/doctor.h"
#include "domain/probe.h"

/* A probe that is not delivered by then is not. */
#define PROBE_MS 20000
#define PAUSE_MS 300

static void
compare_keys(struct doctor *d, const struct dl_qstash_keys *keys)
{
	static const char mend[] =
	    "copie as duas chaves do console da Upstash (Signing Keys), ou de "
	    "local-queue --print-credentials";
	const struct dl_settings *s = &d->cli.settings;
	struct dl_str current = dl_secret_str(&s->qstash_current_signing_key);
	struct dl_str next = dl_secret_str(&s->qstash_next_signing_key);
	bool is_current = dl_secret_eq(keys->current, current);

	if (is_current && dl_secret_eq(keys->next, next))
		doctor_ok(d, "as duas chaves são as da fila");
	else if (is_current)
		doctor_warning(d, mend,
			       "QSTASH_NEXT_SIGNING_KEY não é a da fila: a "
			       "próxima troca recusaria as entregas");
	else if (dl_secret_eq(keys->current, next))
		doctor_warning(d, mend,
			       "a fila trocou de chave: a atual é a nossa "
			       "próxima, e a próxima troca recusaria as "
			       "entregas");
	else
		doctor_error(d, mend,
			     "QSTASH_CURRENT_SIGNING_KEY não é a da fila: toda "
			     "entrega é recusada");
}

void
doctor_check_queue(struct doctor *d)
{
	struct dl_qstash_keys keys;
	struct dl_error err = {0};
	enum dl_code code;

	if (!d->queue.url.len)
		return;
	code = dl_qstash_get_keys(&d->queue, d->cli.arena, &keys, &err);
	if (keys.date.len)
		doctor_clock_header(d, "da fila", keys.date,
				    d->cli.settings.signature_leeway_s * 1000);
	if (code == DL_OK) {
		doctor_ok(d, "%.*s responde e aceita o token",
			  (int)d->queue.url.len, d->queue.url.ptr);
		compare_keys(d, &keys);
	} else if (code == DL_UNAUTHENTICATED) {
		doctor_error(d,
			     "copie QSTASH_TOKEN do console da Upstash, da "
			     "mesma região de QSTASH_URL",
			     "a fila recusa QSTASH_TOKEN");
	} else {
		doctor_error(d,
			     "confira QSTASH_URL; a fila embutida é "
			     "disparalead-local-queue.service",
			     "a fila não responde: %s", err.detail);
	}
}

/* ------------------------------------------------------------- delivery */

static void
judge(struct doctor *d, const struct dl_uuid *id,
      const struct dl_qstash_probe_result *result)
{
	json_object *tree = dl_json_parse_lenient(d->cli.arena, result->body);
	char mark[DL_SHA256_HEX_MAX];

	dl_probe_mark(dl_machine_id(d->cli.arena), id, mark);
	if (result->status == 489 &&
	    dl_str_eq(dl_json_get_str(tree, "machine"), dl_str(mark)))
		doctor_ok(d, "a fila alcança o process-message desta máquina");
	else if (result->status == 489 && dl_json_get_str(tree, "machine").len)
		doctor_warning(d,
			       "se há só esta máquina, PUBLIC_URL aponta para "
			       "a errada",
			       "a fila alcança o process-message de outra "
			       "máquina");
	else if (result->status == 401)
		doctor_error(d,
			     "confira as chaves, e se process-message tem a "
			     "mesma PUBLIC_URL (reinicie-o)",
			     "process-message recusa a assinatura da fila");
	else if (!result->status)
		doctor_error(d,
			     "confira DNS, firewall e certificado de "
			     "PUBLIC_URL; a fila embutida só entrega abaixo "
			     "dela",
			     "a fila não chega a PUBLIC_URL");
	else
		doctor_error(d,
			     "PUBLIC_URL deve levar ao nginx do DisparaLead; "
			     "502 é process-message parado",
			     "em PUBLIC_URL responde outro serviço (HTTP %ld)",
			     result->status);
}

/* Until the queue delivered it, gave up on it, or time is over. */
static enum dl_code
await(struct doctor *d, const char *queue_id,
      struct dl_qstash_probe_result *result, struct dl_error *err)
{
	int64_t until_ms = dl_clock_boot_ms() + PROBE_MS;

	for (;;) {
		enum dl_code code = dl_qstash_probe_result(
		    &d->queue, d->cli.arena, queue_id, result, err);

		if (code != DL_OK || result->is_refused ||
		    result->is_delivered || dl_clock_boot_ms() > until_ms)
			return code;
		dl_clock_sleep_ms(PAUSE_MS);
	}
}

void
doctor_check_delivery(struct doctor *d)
{
	struct dl_qstash_probe_result result = {0};
	struct dl_error err = {0};
	struct dl_uuid id;
	const char *queue_id, *body;

	if (!d->wants_probe || !d->queue.url.len || !d->queue.public_url.len)
		return;
	dl_uuid_v4(&id);
	body = dl_arena_printf(d->cli.arena, "{\"probe\":\"%s\"}", id.text);
	if (dl_qstash_probe(&d->queue, d->cli.arena, dl_str(body), &queue_id,
			    &err) != DL_OK)
		doctor_error(d,
			     "a fila embutida só entrega abaixo de PUBLIC_URL "
			     "e LOCAL_QUEUE_ALLOWED_URLS",
			     "a fila não aceita a sonda: %s", err.detail);
	else if (await(d, queue_id, &result, &err) != DL_OK)
		doctor_error(d, "veja o registro da fila",
			     "não soube da sonda: %s", err.detail);
	else if (result.is_refused)
		judge(d, &id, &result);
	else if (result.is_delivered)
		doctor_error(d, "PUBLIC_URL deve levar ao nginx do DisparaLead",
			     "em PUBLIC_URL um outro serviço aceita as "
			     "entregas");
	else
		doctor_warning(d, "veja o registro da fila; repita em minutos",
			       "a fila não entregou a sonda em 20 s");
}
