/* SPDX-License-Identifier: MIT */
/* disparalead queue list, show, dlq and stats: what is looked at. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json_in.h"
#include "cli/queue.h"
#include "cli/values.h"

#define DEFAULT_LIST 50
#define DEFAULT_DLQ  20
#define PAGE         "100"
/* Of the log, until enough messages were found. */
#define MAX_PAGES 200

static const char *
time_of(json_object *object, const char *name, char out[CLI_TIME_MAX])
{
	int64_t ms = cli_number(object, name);

	snprintf(out, CLI_TIME_MAX, "-");
	return ms ? cli_time_ms(ms, out) : out;
}

/* "a, b" of the labels; "" where it has none. */
static const char *
labels_of(struct cli_queue *q, json_object *object)
{
	struct dl_buf *text = dl_buf_create(q->arena, 4096);
	size_t n = cli_length(object, "labels");

	for (size_t i = 0; i < n; i++)
		dl_buf_appendf(
		    text, "%s%s", i ? ", " : "",
		    json_object_get_string(cli_item(object, "labels", i)));
	return n ? dl_buf_cstr(text) : cli_text(object, "label");
}

static void
print_cursor(struct cli_queue *q, json_object *page)
{
	if (!q->is_json && *cli_text(page, "cursor"))
		fprintf(stderr, "Há mais: --cursor %s\n",
			cli_text(page, "cursor"));
}

/* -------------------------------------------------------------------- list */

struct listing {
	struct cli_queue *q;
	json_object *seen;  /* ids that had their turn */
	json_object *found; /* entries of the log */
	size_t n, wanted;
};

static bool
is_wanted(const struct cli_queue *q, json_object *event)
{
	const char *state = cli_text(event, "state");

	return !q->state || strcasecmp(q->state, state) == 0;
}

/* The log's latest entry of a message tells its state; others are past. */
static void
take_events(struct listing *l, json_object *page)
{
	size_t n = cli_length(page, "events");

	for (size_t i = 0; i < n && l->n < l->wanted; i++) {
		json_object *event = cli_item(page, "events", i);
		const char *id = cli_text(event, "messageId");

		if (json_object_object_get_ex(l->seen, id, NULL))
			continue;
		json_object_object_add(l->seen, id, NULL);
		if (!is_wanted(l->q, event))
			continue;
		json_object_array_add(l->found, json_object_get(event));
		l->n++;
	}
}

static int
read_log(struct listing *l)
{
	const char *cursor = NULL;

	for (int i = 0; i < MAX_PAGES && l->n < l->wanted; i++) {
		struct cli_queue_path path;
		json_object *page;
		int status;

		cli_queue_path_begin(l->q, &path, "/v2/events", NULL, "");
		cli_queue_path_filters(l->q, &path);
		cli_queue_path_add(&path, "count", PAGE);
		cli_queue_path_add(&path, "cursor", cursor);
		status = cli_queue_call(l->q, DL_HTTP_GET, &path, &page);
		if (status != CLI_OK)
			return status;
		take_events(l, page);
		cursor = cli_text(page, "cursor");
		if (!*cursor)
			break;
	}
	return CLI_OK;
}

static void
print_event(struct cli_queue *q, json_object *event)
{
	int64_t status = cli_number(event, "responseStatus");
	char at[CLI_TIME_MAX], next[CLI_TIME_MAX];

	printf("%-19s  %-16s  %s", time_of(event, "time", at),
	       cli_text(event, "state"), cli_text(event, "messageId"));
	if (status)
		printf("  HTTP %" PRId64, status);
	if (*cli_text(event, "error"))
		printf("  %s", cli_text(event, "error"));
	if (cli_number(event, "nextDeliveryTime"))
		printf("  tenta em %s",
		       time_of(event, "nextDeliveryTime", next));
	printf("  %s  %s\n", cli_text(event, "url"), labels_of(q, event));
}

int
cli_queue_list(struct cli_queue *q)
{
	struct listing l = {.q = q,
			    .seen = json_object_new_object(),
			    .found = json_object_new_array(),
			    .wanted =
				(size_t)(q->count ? q->count : DEFAULT_LIST)};
	int status = read_log(&l);

	if (status == CLI_OK && q->is_json)
		cli_print_json(l.found);
	else if (status == CLI_OK && !l.n)
		puts("Nenhuma mensagem.");
	for (size_t i = 0; status == CLI_OK && !q->is_json && i < l.n; i++)
		print_event(q, json_object_array_get_idx(l.found, i));
	json_object_put(l.seen);
	json_object_put(l.found);
	return status;
}

/* -------------------------------------------------------------------- show */

static const struct field {
	const char *name;
	const char *word;
	bool is_time;
} fields[] = {
    {"messageId", "Mensagem", false},
    {"dlqId", "Morta, id", false},
    {"url", "Destino", false},
    {"method", "Método", false},
    {"createdAt", "Criada", true},
    {"notBefore", "Não antes de", true},
    {"maxRetries", "Tentativas a mais", false},
    {"retryDelayExpression", "Espera entre elas", false},
    {"flowControlKey", "Chave", false},
    {"callback", "Callback", false},
    {"failureCallback", "Callback de falha", false},
    {"header", "Cabeçalhos", false},
    {"body", "Corpo", false},
    {"bodyBase64", "Corpo em base64", false},
    {"responseStatus", "Resposta HTTP", false},
    {"responseBody", "Resposta", false},
    {"responseBodyBase64", "Resposta em base64", false},
};

/* What of the message is there, a line each. */
static void
print_message(struct cli_queue *q, json_object *message)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		json_object *value = dl_json_get(message, fields[i].name);
		char at[CLI_TIME_MAX];

		if (!value)
			continue;
		printf("%s: %s\n", fields[i].word,
		       fields[i].is_time ? time_of(message, fields[i].name, at)
					 : json_object_get_string(value));
	}
	if (*labels_of(q, message))
		printf("Rótulos: %s\n", labels_of(q, message));
}

static int
read_history(struct cli_queue *q, const char *id, json_object **events)
{
	struct cli_queue_path path;
	json_object *page;
	int status;

	cli_queue_path_begin(q, &path, "/v2/events", NULL, "");
	cli_queue_path_add(&path, "messageId", id);
	cli_queue_path_add(&path, "order", "earliestFirst");
	cli_queue_path_add(&path, "count", PAGE);
	status = cli_queue_call(q, DL_HTTP_GET, &path, &page);
	if (status == CLI_OK)
		*events = dl_json_get(page, "events");
	return status;
}

/* What the log says of it: a message that has ended is only there. */
static void
show(struct cli_queue *q, json_object *message, json_object *events)
{
	size_t n = events ? json_object_array_length(events) : 0;

	if (q->is_json) {
		json_object *both = json_object_new_object();

		json_object_object_add(both, "message",
				       json_object_get(message));
		json_object_object_add(both, "events", json_object_get(events));
		cli_print_json(both);
		json_object_put(both);
		return;
	}
	print_message(q,
		      message ? message : json_object_array_get_idx(events, 0));
	puts("História:");
	for (size_t i = 0; i < n; i++)
		print_event(q, json_object_array_get_idx(events, i));
}

/* A dead letter's id is a time and a number. */
static bool
is_dead_id(const char *id)
{
	return id[strspn(id, "0123456789-")] == '\0' && strchr(id, '-');
}

int
cli_queue_show(struct cli_queue *q)
{
	json_object *message = NULL, *events = NULL;
	const char *id = q->arg;
	int status = CLI_OK;

	if (is_dead_id(q->arg)) {
		struct cli_queue_path path;

		cli_queue_path_begin(q, &path, "/v2/dlq/", q->arg, "");
		status = cli_queue_call(q, DL_HTTP_GET, &path, &message);
		id = cli_text(message, "messageId");
	}
	if (status == CLI_OK)
		status = read_history(q, id, &events);
	if (status != CLI_OK)
		return status;
	if (!message && !(events && json_object_array_length(events))) {
		cli_say("a fila não conhece %s", q->arg);
		return CLI_FAILED;
	}
	show(q, message, events);
	return CLI_OK;
}

/* --------------------------------------------------------------------- dlq */

static void
print_dead(struct cli_queue *q, json_object *message)
{
	char at[CLI_TIME_MAX];

	printf("%-24s  %s  HTTP %" PRId64 "  criada %s  %s  %s\n",
	       cli_text(message, "dlqId"), cli_text(message, "messageId"),
	       cli_number(message, "responseStatus"),
	       time_of(message, "createdAt", at), cli_text(message, "url"),
	       labels_of(q, message));
}

int
cli_queue_dlq(struct cli_queue *q)
{
	int64_t count = q->count ? q->count : DEFAULT_DLQ;
	struct cli_queue_path path;
	json_object *page;
	size_t n;
	int status;

	if (count > 100)
		return cli_usage("queue", "dlq: --count vai até 100; siga com "
					  "--cursor");
	cli_queue_path_begin(q, &path, "/v2/dlq", NULL, "");
	cli_queue_path_filters(q, &path);
	cli_queue_path_add(&path, "count",
			   dl_arena_printf(q->arena, "%" PRId64, count));
	cli_queue_path_add(&path, "cursor", q->cursor);
	status = cli_queue_call(q, DL_HTTP_GET, &path, &page);
	if (status != CLI_OK)
		return status;
	n = cli_length(page, "messages");
	if (q->is_json)
		cli_print_json(page);
	else if (!n)
		puts("Nenhuma mensagem morta.");
	for (size_t i = 0; !q->is_json && i < n; i++)
		print_dead(q, cli_item(page, "messages", i));
	print_cursor(q, page);
	return CLI_OK;
}

/* ------------------------------------------------------------------- stats */

/* "12/20", "12" where there is no limit. */
static const char *
of_limit(struct cli_queue *q, int64_t n, int64_t max)
{
	return max ? dl_arena_printf(q->arena, "%" PRId64 "/%" PRId64, n, max)
		   : dl_arena_printf(q->arena, "%" PRId64, n);
}

static void
print_key(struct cli_queue *q, json_object *key)
{
	int64_t rate = cli_number(key, "rateMax");
	bool is_pinned =
	    json_object_get_boolean(dl_json_get(key, "isPinnedRate")) ||
	    json_object_get_boolean(dl_json_get(key, "isPinnedParallelism"));

	printf("%-40s %9" PRId64 " %9s %12s%s%s\n",
	       cli_text(key, "flowControlKey"), cli_number(key, "waitListSize"),
	       of_limit(q, cli_number(key, "parallelismCount"),
			cli_number(key, "parallelismMax")),
	       rate ? dl_arena_printf(
			  q->arena, "%s em %" PRId64 "s",
			  of_limit(q, cli_number(key, "rateCount"), rate),
			  cli_number(key, "ratePeriod"))
		    : "-",
	       json_object_get_boolean(dl_json_get(key, "isPaused"))
		   ? "  pausada"
		   : "",
	       is_pinned ? "  limite fixado" : "");
}

static void
print_stats(struct cli_queue *q, json_object *keys, json_object *global)
{
	size_t n = json_object_array_length(keys);
	int64_t waiting = 0;

	for (size_t i = 0; i < n; i++)
		waiting += cli_number(json_object_array_get_idx(keys, i),
				      "waitListSize");
	printf("Saindo agora: %s. Chaves: %zu, com %" PRId64
	       " mensagens cuja hora chegou.\n",
	       of_limit(q, cli_number(global, "parallelismCount"),
			cli_number(global, "parallelismMax")),
	       n, waiting);
	if (n)
		printf("%-40s %9s %9s %12s\n", "CHAVE", "ESPERAM", "SAINDO",
		       "RITMO");
	for (size_t i = 0; i < n; i++)
		print_key(q, json_object_array_get_idx(keys, i));
}

static int
get(struct cli_queue *q, const char *prefix, const char *arg,
    json_object **json)
{
	struct cli_queue_path path;

	cli_queue_path_begin(q, &path, prefix, arg, "");
	return cli_queue_call(q, DL_HTTP_GET, &path, json);
}

int
cli_queue_stats(struct cli_queue *q)
{
	json_object *global, *keys, *all;
	int status = get(q, "/v2/globalParallelism", NULL, &global);

	if (status == CLI_OK)
		status = get(q, q->key ? "/v2/flowControl/" : "/v2/flowControl",
			     q->key, &keys);
	if (status != CLI_OK)
		return status;
	all = json_object_new_object();
	if (!json_object_is_type(keys, json_type_array)) {
		json_object *one = json_object_new_array();

		json_object_array_add(one, json_object_get(keys));
		json_object_object_add(all, "keys", one);
	} else {
		json_object_object_add(all, "keys", json_object_get(keys));
	}
	json_object_object_add(all, "globalParallelism",
			       json_object_get(global));
	if (q->is_json)
		cli_print_json(all);
	else
		print_stats(q, dl_json_get(all, "keys"), global);
	json_object_put(all);
	return CLI_OK;
}
