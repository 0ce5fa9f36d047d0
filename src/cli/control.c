/* SPDX-License-Identifier: MIT */
/*
 * disparalead pause, resume, cancel, retry, reschedule, resolve and edit: one
 * request to /control each, from one table.  Repeating an action is harmless,
 * so a lost answer is asked for again.
 */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_in.h"
#include "base/json_out.h"
#include "cli/api.h"
#include "cli/launch_options.h"
#include "cli/progress.h"
#include "cli/values.h"
#include "cli/window.h"
#include "domain/template.h"

/* Texts of 64 KiB, a thousand ids, an answer. */
#define ARENA_CAP (16u << 20)
#define MAX_BODY  (1u << 20)
/* As many as the API takes. */
#define MAX_IDS    1000
#define MAX_TEXT   (64 * 1024)
#define MAX_VALUES 5
#define NAME_LINE  1024
/* Where the text of --help begins. */
#define HELP_COLUMN 18

enum kind {
	KIND_TEXT,
	KIND_FILE, /* the text is in a file */
	KIND_NUMBER,
	KIND_TIME, /* "agora" takes it away */
	KIND_WINDOW,
	KIND_IDS /* may be repeated */
};

struct value {
	const char *option;
	const char *member; /* of the request */
	enum kind kind;
	const char *argument; /* "DATA", for --help */
	const char *help;
	bool is_required;
};

struct action {
	const char *command;
	const char *action;
	const char *help;
	bool asks; /* on a terminal, whether it is meant */
	struct value values[MAX_VALUES];
};

static const struct action actions[] = {
    {"pause",
     "pause",
     "Para a campanha já; o que está saindo neste momento termina.",
     false,
     {{0}}},
    {"resume",
     "resume",
     "Continua uma campanha pausada, sem repetir nem pular ninguém.",
     false,
     {{0}}},
    {"cancel",
     "cancel",
     "Cancela a campanha: o que ainda não saiu não sai mais.",
     true,
     {{0}}},
    {"retry",
     "retry_failed",
     "Tenta de novo as mensagens que falharam, menos as de resultado\n"
     "desconhecido (veja resolve).",
     false,
     {{"code", "error_code", KIND_TEXT, "CÓDIGO", "só as deste código de erro",
       false}}},
    {"reschedule",
     "reschedule",
     "Muda quando a campanha envia; o que falta recebe novos horários.",
     false,
     {{"at", "scheduledFor", KIND_TIME, "DATA",
       "recomeça em, p. ex. 2026-11-27T12:00:00-03:00; ou agora", false},
      {"min", "tempoMin", KIND_NUMBER, "S", "intervalo mínimo, em segundos",
       false},
      {"max", "tempoMax", KIND_NUMBER, "S", "intervalo máximo, em segundos",
       false},
      {"window", "sendWindow", KIND_WINDOW, "JANELA",
       "09:00-18:00, 'seg-sex 09:00-18:00' ou nenhuma", false},
      {"expires", "expiresAt", KIND_TIME, "DATA",
       "o que não saiu até lá não sai mais; ou nunca", false}}},
    {"resolve",
     "resolve_uncertain",
     "Diz o que houve com mensagens de resultado desconhecido.",
     false,
     {{"as", "resolution", KIND_TEXT, "O_QUÊ",
       "send_again (envia de novo), sent (saiu) ou failed", true},
      {"message", "message_ids", KIND_IDS, "ID",
       "só esta mensagem; repita para várias", false}}},
    {"edit",
     "edit",
     "Muda um modelo para as mensagens que ainda não saíram.",
     false,
     {{"template", "template_index", KIND_NUMBER, "N",
       "qual modelo, a partir de 0", true},
      {"text", "text", KIND_TEXT, "TEXTO", "o novo texto ou legenda", false},
      {"text-file", "text", KIND_FILE, "ARQ", "o novo texto, de um arquivo",
       false},
      {"media", "mediaUrl", KIND_TEXT, "URL", "a nova mídia", false},
      {"file-name", "fileName", KIND_TEXT, "NOME", "o novo nome do arquivo",
       false}}},
};
#define N_ACTIONS (sizeof(actions) / sizeof(actions[0]))

/* One call of the command. */
struct control {
	const struct action *action;
	struct cli_api_options common;
	const char *given[MAX_VALUES]; /* NULL: not given */
	const char *ids[MAX_IDS];
	size_t n_ids;
	struct dl_uuid campaign;
	bool is_sure; /* --yes */
	struct dl_arena *arena;
	struct cli cli;
	struct cli_api api;
};

/* ------------------------------------------------------------ command line */

/* "  --at DATA      " and what it is, on the next line where it is long. */
static void
help_value(const struct value *value)
{
	char option[64];
	size_t width;

	snprintf(option, sizeof(option), "  --%s %s", value->option,
		 value->argument);
	width = dl_template_code_points(dl_str(option));
	fputs(option, stdout);
	if (width >= HELP_COLUMN) {
		putchar('\n');
		width = 0;
	}
	printf("%*s%s\n", (int)(HELP_COLUMN - width), "", value->help);
}

static int
help(const struct action *action)
{
	printf("uso: disparalead %s ID", action->command);
	for (int i = 0; i < MAX_VALUES && action->values[i].option; i++) {
		const struct value *value = &action->values[i];

		printf(value->is_required ? " --%s %s" : " [--%s %s]",
		       value->option, value->argument);
	}
	printf("%s [OPÇÕES]\n\n%s\n\n", action->asks ? " [--yes]" : "",
	       action->help);
	for (int i = 0; i < MAX_VALUES && action->values[i].option; i++)
		help_value(&action->values[i]);
	if (action->asks)
		puts("  --yes           não pergunta");
	fputs(CLI_API_HELP "\nSó donos e administradores. Repetir é inofensivo."
			   "\n",
	      stdout);
	return CLI_OK;
}

/* Rows for getopt_long(): values are 0, 1 and so on, --yes is 'y'. */
static void
make_longs(const struct action *action, struct option *longs)
{
	static const struct option common[] = {CLI_API_LONG_OPTIONS};
	static const struct option yes = {"yes", no_argument, NULL, 'y'};
	int n = 0;

	for (int i = 0; i < MAX_VALUES && action->values[i].option; i++)
		longs[n++] = (struct option){action->values[i].option,
					     required_argument, NULL, i};
	if (action->asks)
		longs[n++] = yes;
	memcpy(&longs[n], common, sizeof(common));
	n += (int)(sizeof(common) / sizeof(common[0]));
	longs[n] = (struct option){0};
}

/* "agora" and "nunca" take a date away. */
static bool
is_no_time(const char *text)
{
	return strcmp(text, "agora") == 0 || strcmp(text, "nunca") == 0;
}

static int
add_id(struct control *c, const char *text)
{
	struct dl_uuid id;

	if (!cli_uuid(text, "--message", &id))
		return CLI_USAGE;
	if (c->n_ids == MAX_IDS)
		return cli_usage(c->action->command, "mensagens demais");
	c->ids[c->n_ids++] = text;
	return CLI_OK;
}

static int
check_value(struct control *c, const struct value *value, const char *text)
{
	const char *command = c->action->command;
	char option[32];
	int64_t number;

	snprintf(option, sizeof(option), "--%s", value->option);
	switch (value->kind) {
	case KIND_NUMBER:
		return cli_int(text, option, 0, INT32_MAX, &number) ? CLI_OK
								    : CLI_USAGE;
	case KIND_TIME:
		return is_no_time(text) ? CLI_OK
					: cli_check_time(command, option, text);
	case KIND_WINDOW:
		return cli_window_is_valid(text) ? CLI_OK
						 : cli_window_usage(command);
	case KIND_IDS:
		return add_id(c, text);
	case KIND_TEXT:
	case KIND_FILE:
		break;
	}
	return CLI_OK;
}

static int
take_option(struct control *c, int letter, char **argv)
{
	int status = cli_api_option(&c->common, letter);

	if (status != CLI_API_OTHER)
		return status;
	if (letter == 'y') {
		c->is_sure = true;
		return CLI_OK;
	}
	if (letter < 0 || letter >= MAX_VALUES)
		return cli_bad_option(argv);
	c->given[letter] = optarg;
	return check_value(c, &c->action->values[letter], optarg);
}

/* Whether two options are for one member: --text and --text-file. */
static bool
is_twice(const struct control *c)
{
	for (int i = 0; i < MAX_VALUES; i++)
		for (int k = 0; k < i; k++)
			if (c->given[i] && c->given[k] &&
			    strcmp(c->action->values[i].member,
				   c->action->values[k].member) == 0)
				return true;
	return false;
}

/* What the command line lacks; the API checks the rest. */
static int
complete(struct control *c, int argc, char **argv)
{
	const char *command = c->action->command;
	bool is_given = false, is_optional = false;

	if (argc - optind != 1)
		return cli_usage(command, "espero o id de uma campanha");
	if (!cli_uuid(argv[optind], "a campanha", &c->campaign))
		return CLI_USAGE;
	for (int i = 0; i < MAX_VALUES && c->action->values[i].option; i++) {
		const struct value *value = &c->action->values[i];

		if (value->is_required && !c->given[i])
			return cli_usage(command, "falta --%s", value->option);
		is_optional = is_optional || !value->is_required;
		is_given = is_given || (c->given[i] && !value->is_required);
	}
	if (is_twice(c))
		return cli_usage(command, "--text ou --text-file, não os dois");
	if (is_optional && !is_given &&
	    (strcmp(command, "edit") == 0 ||
	     strcmp(command, "reschedule") == 0))
		return cli_usage(command, "diga o que muda");
	return CLI_OK;
}

static int
read_options(struct control *c, int argc, char **argv, bool *is_help)
{
	struct option longs[MAX_VALUES + 8];
	int letter, status = CLI_OK;

	*is_help = false;
	make_longs(c->action, longs);
	while (status == CLI_OK &&
	       (letter = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (letter == 'h') {
			*is_help = true;
			return help(c->action);
		}
		status = take_option(c, letter, argv);
	}
	return status == CLI_OK ? complete(c, argc, argv) : status;
}

/* ----------------------------------------------------------------- request */

/* A file's text without its last line feed, which no message is to have. */
static int
write_file(struct control *c, const char *path, struct dl_json_out *out)
{
	struct dl_str text;
	int status = cli_read_file(c->arena, path, MAX_TEXT, &text);

	if (status != CLI_OK)
		return status;
	while (text.len && (text.ptr[text.len - 1] == '\n' ||
			    text.ptr[text.len - 1] == '\r'))
		text.len--;
	dl_json_str(out, text);
	return CLI_OK;
}

static int
write_value(struct control *c, int i, struct dl_json_out *out)
{
	const struct value *value = &c->action->values[i];
	const char *text = c->given[i];

	dl_json_key(out, value->member);
	switch (value->kind) {
	case KIND_FILE:
		return write_file(c, text, out);
	case KIND_NUMBER:
		dl_json_int(out, strtoll(text, NULL, 10));
		break;
	case KIND_TIME:
		if (is_no_time(text))
			dl_json_null(out);
		else
			dl_json_text(out, text);
		break;
	case KIND_WINDOW:
		cli_window_write(text, out);
		break;
	case KIND_IDS:
		dl_json_array_begin(out);
		for (size_t k = 0; k < c->n_ids; k++)
			dl_json_text(out, c->ids[k]);
		dl_json_array_end(out);
		break;
	case KIND_TEXT:
		dl_json_text(out, text);
		break;
	}
	return CLI_OK;
}

static int
write_request(struct control *c, struct dl_str *body)
{
	struct dl_buf *buf = dl_buf_create(c->arena, MAX_BODY);
	struct dl_json_out out;
	int status = CLI_OK;

	dl_json_begin(&out, buf);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "campaign_id", c->campaign.text);
	dl_json_member_text(&out, "action", c->action->action);
	for (int i = 0; i < MAX_VALUES && status == CLI_OK; i++)
		if (c->given[i])
			status = write_value(c, i, &out);
	if (status != CLI_OK)
		return status;
	dl_json_object_end(&out);
	*body = dl_buf_str(buf);
	return CLI_OK;
}

/* ----------------------------------------------------------- confirmation */

/* Reads a line of standard input without its end; "" at its end. */
static void
read_line(char *line)
{
	if (!fgets(line, NAME_LINE, stdin))
		line[0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
}

/* The campaign's name is asked for: nobody types that by mistake. */
static int
confirm(struct control *c)
{
	struct cli_call call = {
	    .path = dl_arena_printf(c->arena, "/status?campaign_id=%s",
				    c->campaign.text)};
	struct cli_answer answer;
	json_object *counts;
	char line[NAME_LINE];

	if (!c->action->asks || c->is_sure)
		return CLI_OK;
	if (!isatty(STDIN_FILENO))
		return cli_usage(c->action->command,
				 "fora de um terminal, confirme com --yes");
	cli_api_insist(&c->api, c->arena, &call, &answer);
	if (!cli_api_is_good(&answer))
		return cli_api_complain(&answer, NULL);
	counts = dl_json_get(answer.json, "counts");
	fprintf(stderr,
		"%s: %" PRId64 " mensagens enviadas, %" PRId64
		" ainda não, que não sairão mais.\n"
		"Digite o nome da campanha para cancelar: ",
		cli_text(answer.json, "name"), cli_number(counts, "sent"),
		cli_number(counts, "pending") + cli_number(counts, "queued"));
	read_line(line);
	if (strcmp(line, cli_text(answer.json, "name")) == 0)
		return CLI_OK;
	cli_say("não é o nome dela; nada foi cancelado");
	return CLI_FAILED;
}

/* ------------------------------------------------------------------ answer */

/* The command for one of the API's actions; itself where there is none. */
static const char *
command_of(const char *action)
{
	for (size_t i = 0; i < N_ACTIONS; i++)
		if (strcmp(actions[i].action, action) == 0)
			return actions[i].command;
	return action;
}

static int
refused(const struct cli_answer *answer)
{
	int status = cli_api_complain(answer, NULL);
	size_t n = cli_length(answer->json, "allowed");

	if (answer->status != 409)
		return status;
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s%s", i ? ", " : "  possível agora: ",
			command_of(json_object_get_string(
			    cli_item(answer->json, "allowed", i))));
	if (n)
		fputc('\n', stderr);
	return CLI_FAILED;
}

static int
work(struct control *c)
{
	struct cli_call call = {.path = "/control"};
	struct cli_answer answer;
	int status = write_request(c, &call.body);

	if (status == CLI_OK)
		status = confirm(c);
	if (status != CLI_OK)
		return status;
	cli_api_insist(&c->api, c->arena, &call, &answer);
	if (!cli_api_is_good(&answer))
		return refused(&answer);
	if (c->common.is_json)
		cli_print_json(answer.json);
	else
		cli_progress_report(stdout, answer.json);
	return CLI_OK;
}

int
cli_control(int argc, char **argv)
{
	static struct control c; /* its table of ids is large */
	bool is_help;
	int status;

	for (size_t i = 0; i < N_ACTIONS; i++)
		if (strcmp(actions[i].command, argv[0]) == 0)
			c.action = &actions[i];
	c.arena = dl_arena_create(ARENA_CAP);
	status = read_options(&c, argc, argv, &is_help);
	if (status == CLI_OK && !is_help) {
		status = cli_api_open(&c.api, &c.cli, &c.common);
		if (status == CLI_OK) {
			status = work(&c);
			cli_close(&c.cli);
		}
	}
	dl_arena_destroy(c.arena);
	return status;
}
