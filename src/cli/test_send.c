/* SPDX-License-Identifier: MIT */
/*
 * disparalead test-send: one message to a number of one's own, as a campaign
 * of one contact, so that it goes the way that all messages go: the same
 * number, the same pace, the same queue.
 */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "cli/api.h"
#include "cli/launch_call.h"
#include "cli/values.h"

#define ARENA_CAP (32u << 20)
#define MAX_BODY  (1u << 20)
#define NAME      "Teste de envio"
#define MAX_VARS  50
#define POLL_MS   500
#define TIMEOUT_S 120

struct test {
	struct cli_api_options common;
	struct cli_template template;
	const char *instance;
	const char *phone;
	const char *names[MAX_VARS], *values[MAX_VARS];
	size_t n_vars;
	int64_t timeout_s;
	struct dl_arena *arena;
	struct cli cli;
	struct cli_api api;
};

static int
help(void)
{
	fputs("uso: disparalead test-send --instance NOME --to TELEFONE "
	      "--text TEXTO\n\n"
	      "Envia uma mensagem a um número seu pelo mesmo caminho e no "
	      "mesmo ritmo\ndas campanhas, espera o resultado e o mostra.\n\n"
	      "  --instance NOME número que envia\n"
	      "  --to TELEFONE   quem recebe\n"
	      "  --text TEXTO    texto ou legenda\n"
	      "  --type TIPO     texto, imagem, video, audio, documento\n"
	      "  --media-url URL mídia\n"
	      "  --file-name NOME\n"
	      "                  nome do arquivo da mídia\n"
	      "  --var NOME=VALOR\n"
	      "                  valor de {NOME}; repita para vários\n"
	      "  --timeout S     quanto esperar, em segundos (120)\n" //
	      CLI_API_HELP "\nSaída: 0 se foi enviada, 1 se não.\n",
	      stdout);
	return CLI_OK;
}

/* ----------------------------------------------------------------- request */

static struct dl_str
write_request(const struct test *test)
{
	struct dl_buf *body = dl_buf_create(test->arena, MAX_BODY);
	struct dl_json_out out;

	dl_json_begin(&out, body);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "campaignName", NAME);
	dl_json_key(&out, "instances");
	dl_json_array_begin(&out);
	dl_json_text(&out, test->instance);
	dl_json_array_end(&out);
	dl_json_key(&out, "templates");
	dl_json_array_begin(&out);
	cli_template_write(&out, &test->template);
	dl_json_array_end(&out);
	dl_json_key(&out, "contatos");
	dl_json_array_begin(&out);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "telefone", test->phone);
	for (size_t i = 0; i < test->n_vars; i++)
		dl_json_member_text(&out, test->names[i], test->values[i]);
	dl_json_object_end(&out);
	dl_json_array_end(&out);
	dl_json_object_end(&out);
	return dl_buf_str(body);
}

/* The campaign's id in *id; CLI_OK or the exit status, said. */
static int
launch(struct test *test, const char **id)
{
	struct dl_uuid key;
	struct cli_call call = {.path = "/launch", .body = write_request(test)};
	struct cli_answer answer;

	dl_uuid_v4(&key);
	call.header =
	    dl_arena_printf(test->arena, "Idempotency-Key: %s", key.text);
	cli_api_insist(&test->api, test->arena, &call, &answer);
	if (!cli_api_is_good(&answer))
		return cli_api_complain(&answer, NULL);
	cli_launch_print_warnings(answer.json, stderr);
	*id = cli_text(answer.json, "campaign_id");
	return CLI_OK;
}

/* ------------------------------------------------------------------ result */

/* What is said of a message that is over; NULL while it is not. */
static const char *
final_word(const char *status)
{
	static const char *const words[][2] = {
	    {"sent", "enviada"},
	    {"failed", "falhou"},
	    {"cancelled", "cancelada"},
	    {"suppressed",
	     "bloqueada: este número pediu para não receber mensagens"},
	    {"expired", "expirada"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], status) == 0)
			return words[i][1];
	return NULL;
}

static int
conclude(const struct test *test, json_object *message, int64_t began_ms)
{
	const char *status = cli_text(message, "status");
	bool is_sent = strcmp(status, "sent") == 0;
	int64_t tenths = (dl_clock_boot_ms() - began_ms) / 100;

	if (test->common.is_json) {
		cli_print_json(message);
		return is_sent ? CLI_OK : CLI_FAILED;
	}
	printf("Mensagem de %s: %s", test->instance, final_word(status));
	if (is_sent)
		printf(" em %" PRId64 ",%" PRId64 " s", tenths / 10,
		       tenths % 10);
	if (*cli_text(message, "message"))
		printf(": %s (%s)", cli_text(message, "message"),
		       cli_text(message, "error_code"));
	putchar('\n');
	if (*cli_text(message, "action"))
		printf("%s\n", cli_text(message, "action"));
	return is_sent ? CLI_OK : CLI_FAILED;
}

/* Asks until the message is over or the time is up. */
static int
wait_for_it(struct test *test, const char *id, int64_t began_ms)
{
	struct dl_arena *arena = dl_arena_create(ARENA_CAP);
	struct cli_call call = {
	    .path = dl_arena_printf(
		test->arena, "/status?campaign_id=%s&view=messages", id)};
	int64_t deadline_ms = began_ms + test->timeout_s * 1000;
	int status = -1;

	while (status < 0) {
		struct cli_answer answer;
		json_object *message;

		cli_api_send(&test->api, arena, &call, &answer);
		message = cli_item(answer.json, "items", 0);
		if (message && final_word(cli_text(message, "status"))) {
			status = conclude(test, message, began_ms);
		} else if (!cli_api_is_good(&answer) &&
			   !cli_api_is_passing(&answer)) {
			status = cli_api_complain(&answer, NULL);
		} else if (dl_clock_boot_ms() >= deadline_ms) {
			cli_say("ainda não saiu (%s); acompanhe com "
				"disparalead status %s",
				cli_text(message, "status"), id);
			status = CLI_FAILED;
		} else {
			dl_clock_sleep_ms(POLL_MS);
		}
		dl_arena_reset(arena);
	}
	dl_arena_destroy(arena);
	return status;
}

static int
work(struct test *test)
{
	int64_t began_ms = dl_clock_boot_ms();
	const char *id = NULL;
	int status = launch(test, &id);

	return status == CLI_OK ? wait_for_it(test, id, began_ms) : status;
}

/* ---------------------------------------------------------- command line */

static int
add_var(struct test *test, const char *text)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return cli_usage("test-send", "--var: espero NOME=VALOR");
	if (test->n_vars == MAX_VARS)
		return cli_usage("test-send", "valores demais");
	test->names[test->n_vars] =
	    dl_arena_strndup(test->arena, text, (size_t)(equals - text));
	test->values[test->n_vars++] = equals + 1;
	return CLI_OK;
}

static int
set(struct test *test, int c, char **argv)
{
	int status = cli_api_option(&test->common, c);

	if (status != CLI_API_OTHER)
		return status;
	switch (c) {
	case 'i':
		test->instance = optarg;
		break;
	case 'o':
		test->phone = optarg;
		break;
	case 'e':
		test->template.text = optarg;
		break;
	case 'y':
		test->template.type = optarg;
		break;
	case 'm':
		test->template.media_url = optarg;
		break;
	case 'f':
		test->template.file_name = optarg;
		break;
	case 'v':
		return add_var(test, optarg);
	case 'w':
		return cli_int(optarg, "--timeout", 1, 86400, &test->timeout_s)
			   ? CLI_OK
			   : CLI_USAGE;
	default:
		return cli_bad_option(argv);
	}
	return CLI_OK;
}

static int
complete(struct test *test, int argc)
{
	if (argc != optind)
		return cli_usage("test-send", "argumento a mais");
	if (!test->instance)
		return cli_usage("test-send", "falta --instance");
	if (!test->phone)
		return cli_usage("test-send", "falta --to");
	if (!test->template.text && !test->template.media_url)
		return cli_usage("test-send", "falta --text");
	if (!test->template.type)
		test->template.type = "texto";
	return CLI_OK;
}

static int
read_options(struct test *test, int argc, char **argv, bool *is_help)
{
	static const struct option longs[] = {
	    {"instance", required_argument, NULL, 'i'},
	    {"to", required_argument, NULL, 'o'},
	    {"text", required_argument, NULL, 'e'},
	    {"type", required_argument, NULL, 'y'},
	    {"media-url", required_argument, NULL, 'm'},
	    {"file-name", required_argument, NULL, 'f'},
	    {"var", required_argument, NULL, 'v'},
	    {"timeout", required_argument, NULL, 'w'},
	    CLI_API_LONG_OPTIONS,
	    {0},
	};
	int c, status = CLI_OK;

	*is_help = false;
	while (status == CLI_OK &&
	       (c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h') {
			*is_help = true;
			return help();
		}
		status = set(test, c, argv);
	}
	return status == CLI_OK ? complete(test, argc) : status;
}

int
cli_test_send(int argc, char **argv)
{
	struct test test = {.timeout_s = TIMEOUT_S};
	bool is_help;
	int status;

	test.arena = dl_arena_create(ARENA_CAP);
	status = read_options(&test, argc, argv, &is_help);
	if (status == CLI_OK && !is_help) {
		status = cli_api_open(&test.api, &test.cli, &test.common);
		if (status == CLI_OK) {
			status = work(&test);
			cli_close(&test.cli);
		}
	}
	dl_arena_destroy(test.arena);
	return status;
}
