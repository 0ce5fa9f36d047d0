/* SPDX-License-Identifier: MIT */
/* disparalead queue retry, cancel, pause, resume and keys: what is changed. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json_in.h"
#include "cli/queue.h"
#include "cli/values.h"

#define MAX_ROUNDS 100000

/* An id or filters, and not both: what is meant is never everything. */
static int
check_target(const struct cli_queue *q)
{
	bool is_filtered = q->label || q->key || q->status;

	if (q->arg && is_filtered)
		return cli_usage("queue", "%s: um id ou filtros, não ambos",
				 q->command);
	if (!q->arg && !is_filtered)
		return cli_usage("queue",
				 "%s: falta um id, --label, --key ou "
				 "--instance",
				 q->command);
	return CLI_OK;
}

/* Whether all that fit the filters are meant; CLI_OK, or said. */
static int
confirm(const struct cli_queue *q)
{
	char line[16];

	if (q->arg || q->is_sure)
		return CLI_OK;
	if (!isatty(STDIN_FILENO))
		return cli_usage("queue",
				 "%s: fora de um terminal, confirme com --yes",
				 q->command);
	fprintf(stderr, "%s todas com%s%s%s%s? Digite sim: ",
		strcmp(q->command, "cancel") == 0 ? "Cancelar"
						  : "Enviar de novo",
		q->label ? " rótulo " : "", q->label ? q->label : "",
		q->key ? " chave " : "", q->key ? q->key : "");
	if (fgets(line, sizeof(line), stdin) && strncmp(line, "sim", 3) == 0 &&
	    strchr("\r\n", line[3]))
		return CLI_OK;
	cli_say("nada foi feito");
	return CLI_FAILED;
}

static int
check_and_confirm(const struct cli_queue *q)
{
	int status = check_target(q);

	return status == CLI_OK ? confirm(q) : status;
}

/* "{name: n}", or "n mensagens ...". */
static void
report(const struct cli_queue *q, const char *name, int64_t n, const char *what)
{
	if (q->is_json)
		printf("{\"%s\":%" PRId64 "}\n", name, n);
	else
		printf("%" PRId64 " mensagens %s.\n", n, what);
}

/* ------------------------------------------------------------------- retry */

/* All dead letters that fit, page by page. */
static int
retry_many(struct cli_queue *q, int64_t *n)
{
	const char *cursor = NULL;

	for (int i = 0; i < MAX_ROUNDS; i++) {
		struct cli_queue_path path;
		json_object *page;
		int status;

		cli_queue_path_begin(q, &path, "/v2/dlq/retry", NULL, "");
		cli_queue_path_filters(q, &path);
		cli_queue_path_add(&path, "count", "100");
		cli_queue_path_add(&path, "cursor", cursor);
		status = cli_queue_call(q, DL_HTTP_POST, &path, &page);
		if (status != CLI_OK)
			return status;
		*n += (int64_t)cli_length(page, "responses");
		cursor = dl_arena_strndup(q->arena, cli_text(page, "cursor"),
					  strlen(cli_text(page, "cursor")));
		if (!*cursor)
			break;
	}
	return CLI_OK;
}

int
cli_queue_retry(struct cli_queue *q)
{
	int status = check_and_confirm(q);
	struct cli_queue_path path;
	json_object *answer;
	int64_t n = 0;

	if (status != CLI_OK)
		return status;
	if (!q->arg) {
		status = retry_many(q, &n);
		/* What was done before a failure is told as well. */
		report(q, "retried", n, "voltaram à fila");
		return status;
	}
	if (strncmp(q->arg, "msg_", 4) == 0)
		cli_queue_path_begin(q, &path, "/v2/messages/", q->arg,
				     "/retry");
	else
		cli_queue_path_begin(q, &path, "/v2/dlq/retry/", q->arg, "");
	status = cli_queue_call(q, DL_HTTP_POST, &path, &answer);
	if (status != CLI_OK)
		return status;
	if (q->is_json)
		cli_print_json(answer);
	else if (*cli_text(answer, "messageId"))
		printf("Voltou à fila como %s.\n",
		       cli_text(answer, "messageId"));
	else
		puts("Sai agora.");
	return CLI_OK;
}

/* ------------------------------------------------------------------ cancel */

int
cli_queue_cancel(struct cli_queue *q)
{
	int status = check_and_confirm(q);
	struct cli_queue_path path;
	json_object *answer;

	if (status != CLI_OK)
		return status;
	cli_queue_path_begin(
	    q, &path, q->arg ? "/v2/messages/" : "/v2/messages", q->arg, "");
	cli_queue_path_filters(q, &path);
	status = cli_queue_call(q, DL_HTTP_DELETE, &path, &answer);
	if (status != CLI_OK)
		return status;
	report(q, "cancelled", cli_number(answer, "cancelled"), "canceladas");
	return CLI_OK;
}

/* -------------------------------------------------------- pause and resume */

int
cli_queue_hold(struct cli_queue *q)
{
	bool is_pause = strcmp(q->command, "pause") == 0;
	const char *key = q->arg ? q->arg : q->key;
	struct cli_queue_path path;
	json_object *answer;
	int status;

	if (!key || (q->arg && q->key))
		return cli_usage("queue",
				 "%s: uma chave, ou --instance e um número",
				 q->command);
	cli_queue_path_begin(q, &path, "/v2/flowControl/", key,
			     is_pause ? "/pause" : "/resume");
	status = cli_queue_call(q, DL_HTTP_POST, &path, &answer);
	if (status != CLI_OK)
		return status;
	if (q->is_json)
		printf("{\"isPaused\":%s}\n", is_pause ? "true" : "false");
	else
		printf("A chave %s %s.\n", key,
		       is_pause ? "está pausada" : "continua");
	return CLI_OK;
}

/* -------------------------------------------------------------------- keys */

/* The queue's pair; whole, whatever is shown of it. */
static int
ask_keys(struct cli_queue *q, enum dl_http_method method, const char *route,
	 json_object **keys)
{
	bool is_revealing = q->is_revealing;
	struct cli_queue_path path;
	int status;

	cli_queue_path_begin(q, &path, route, NULL, "");
	q->is_revealing = true;
	status = cli_queue_call(q, method, &path, keys);
	q->is_revealing = is_revealing;
	if (status == CLI_OK &&
	    (!*cli_text(*keys, "current") || !*cli_text(*keys, "next"))) {
		cli_say("a resposta da fila não tem as chaves");
		return CLI_UNAVAILABLE;
	}
	return status;
}

static void
print_keys(struct cli_queue *q, json_object *keys)
{
	if (!q->is_revealing)
		cli_queue_mask(keys);
	if (q->is_json)
		cli_print_json(keys);
	else
		printf("  QSTASH_CURRENT_SIGNING_KEY=%s\n"
		       "  QSTASH_NEXT_SIGNING_KEY=%s\n",
		       cli_text(keys, "current"), cli_text(keys, "next"));
}

int
cli_queue_keys(struct cli_queue *q)
{
	json_object *keys;
	int status = ask_keys(q, DL_HTTP_GET, "/v2/keys", &keys);

	if (status == CLI_OK)
		print_keys(q, keys);
	return status;
}

/*
 * A receiver knows two keys.  Where ours has not followed the last rotation,
 * another would leave it none that fits.
 */
static int
check_followed(struct cli_queue *q)
{
	struct dl_str own =
	    dl_secret_str(&q->cli.settings.qstash_current_signing_key);
	json_object *keys;
	int status;

	if (q->is_forced || !own.len)
		return CLI_OK;
	status = ask_keys(q, DL_HTTP_GET, "/v2/keys", &keys);
	if (status != CLI_OK ||
	    dl_str_eq(own, dl_str(cli_text(keys, "current"))))
		return status;
	cli_say("QSTASH_CURRENT_SIGNING_KEY daqui não é a chave da fila: a "
		"troca anterior ainda não chegou às configurações, e outra "
		"faria as entregas serem recusadas. Acerte antes (disparalead "
		"queue keys --reveal), ou use --force");
	return CLI_FAILED;
}

int
cli_queue_rotate(struct cli_queue *q)
{
	int status = check_followed(q);
	json_object *keys;

	if (status == CLI_OK)
		status = ask_keys(q, DL_HTTP_POST, "/v2/keys/rotate", &keys);
	if (status != CLI_OK)
		return status;
	if (q->is_json) {
		print_keys(q, keys);
		return CLI_OK;
	}
	puts("A fila assina agora com a chave que era a próxima. Mude estas "
	     "linhas no\narquivo de configuração de process-message e "
	     "reinicie-o:");
	print_keys(q, keys);
	if (!q->is_revealing)
		puts("Inteiras: disparalead queue keys --reveal");
	puts("Até lá ele aceita as entregas, porque conhece a nova chave como "
	     "a próxima. Não\ntroque outra vez antes disso.");
	return CLI_OK;
}
