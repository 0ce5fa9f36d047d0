/* SPDX-License-Identifier: MIT */
/*
 * disparalead export: a campaign's messages as CSV, written as they come.  A
 * file appears under its name only when it is whole.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/values.h"

#define ARENA_CAP (1u << 20)
#define MAX_PATH  4096

/* The file in the making; "" when there is none.  Read by the signal handler.
 */
static char making[MAX_PATH];

struct export
{
	struct cli_api_options common;
	struct dl_uuid campaign;
	const char *file; /* NULL: standard output */
	const char *status, *code;
	bool is_revealing;
	struct dl_arena *arena;
	struct cli cli;
	struct cli_api api;
	FILE *out;
	bool is_quoted; /* inside a cell in quotes */
	int64_t lines;  /* records, the heading included */
};

static int
help(void)
{
	fputs("uso: disparalead export ID --csv [-o ARQUIVO] [OPÇÕES]\n\n"
	      "Grava as mensagens de uma campanha em CSV, na saída padrão ou "
	      "em um\narquivo, que só aparece quando está completo.\n\n"
	      "  --csv           o formato (o único)\n"
	      "  -o, --output ARQUIVO\n"
	      "                  onde gravar\n"
	      "  --status ESTADO só as deste estado (failed, sent...)\n"
	      "  --code CÓDIGO   só as deste código de erro\n"
	      "  --reveal        telefones inteiros (donos e administradores; "
	      "fica\n                  registrado)\n"
	      "  --tenant ID     empresa, quando o usuário tem várias\n"
	      "  --api URL       endereço da API (DISPARALEAD_API_URL)\n"
	      "  --token TOKEN   token de acesso (DISPARALEAD_TOKEN)\n",
	      stdout);
	return CLI_OK;
}

/* ------------------------------------------------------------------- file */

static void
give_up(int signal_number)
{
	if (making[0])
		unlink(making);
	_exit(128 + signal_number);
}

/* A device or a pipe is written to; nothing may take its name. */
static bool
is_special(const char *path)
{
	struct stat at;

	return stat(path, &at) == 0 && !S_ISREG(at.st_mode);
}

/* Beside the file, so that it can take its name. */
static int
open_file(struct export *e)
{
	int fd;

	e->out = stdout;
	if (!e->file)
		return CLI_OK;
	if (is_special(e->file)) {
		e->out = fopen(e->file, "wb");
		if (e->out)
			return CLI_OK;
		cli_say("%s: %s", e->file, strerror(errno));
		return CLI_FAILED;
	}
	if (snprintf(making, sizeof(making), "%s.XXXXXX", e->file) >=
	    (int)sizeof(making)) {
		making[0] = '\0';
		return cli_usage("export", "o nome do arquivo é longo demais");
	}
	signal(SIGINT, give_up);
	signal(SIGTERM, give_up);
	fd = mkstemp(making);
	e->out = fd < 0 ? NULL : fdopen(fd, "wb");
	if (e->out)
		return CLI_OK;
	cli_say("%s: %s", e->file, strerror(errno));
	making[0] = '\0';
	return CLI_FAILED;
}

static const char *
target(const struct export *e)
{
	return e->file ? e->file : "saída padrão";
}

/* Gives the whole file its name; anything less goes. */
static int
close_file(struct export *e, int status)
{
	bool is_written = fflush(e->out) == 0 && !ferror(e->out);

	if (!making[0]) {
		if (status != CLI_OK || is_written)
			return status;
		cli_say("%s: %s", target(e), strerror(errno));
		return CLI_FAILED;
	}
	if (status == CLI_OK && (!is_written || fsync(fileno(e->out)) != 0 ||
				 rename(making, e->file) != 0)) {
		cli_say("%s: %s", e->file, strerror(errno));
		status = CLI_FAILED;
	}
	fclose(e->out);
	if (status != CLI_OK)
		unlink(making);
	making[0] = '\0';
	return status;
}

/* ------------------------------------------------------------------- rows */

static bool
take(void *ctx, struct dl_str bytes)
{
	struct export *e = ctx;

	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.ptr[i] == '"')
			e->is_quoted = !e->is_quoted;
		else if (bytes.ptr[i] == '\n' && !e->is_quoted)
			e->lines++;
	}
	return fwrite(bytes.ptr, 1, bytes.len, e->out) == bytes.len;
}

/*
 * How many messages there are, which is how an answer that broke off is told
 * from a whole one; -1 where a filter leaves that open.
 */
static int
ask_total(struct export *e, int64_t *total)
{
	struct cli_call call = {
	    .path = dl_arena_printf(e->arena, "/status?campaign_id=%s",
				    e->campaign.text)};
	struct cli_answer answer;

	*total = -1;
	cli_api_insist(&e->api, e->arena, &call, &answer);
	if (!cli_api_is_good(&answer))
		return cli_api_complain(&answer, NULL);
	if (!e->status && !e->code)
		*total = cli_number(answer.json, "total_messages");
	return CLI_OK;
}

static const char *
make_path(struct export *e)
{
	return dl_arena_printf(
	    e->arena,
	    "/status?campaign_id=%s&view=messages&format=csv%s%s%s%s%s",
	    e->campaign.text, e->status ? "&status=" : "",
	    e->status ? e->status : "", e->code ? "&code=" : "",
	    e->code ? e->code : "", e->is_revealing ? "&reveal=1" : "");
}

static int
fetch(struct export *e)
{
	struct cli_call call = {
	    .path = make_path(e), .take = take, .take_ctx = e};
	struct cli_answer answer;
	int64_t total;
	int status = ask_total(e, &total);

	if (status != CLI_OK)
		return status;
	cli_api_insist(&e->api, e->arena, &call, &answer);
	if (ferror(e->out)) {
		cli_say("%s: %s", target(e), strerror(errno));
		return CLI_FAILED;
	}
	if (answer.status < 200 || answer.status >= 300 || *answer.fault)
		return cli_api_complain(&answer, NULL);
	if (total >= 0 && e->lines != total + 1) {
		cli_say("a resposta parou no meio: %" PRId64 " de %" PRId64
			" mensagens",
			e->lines > 0 ? e->lines - 1 : 0, total);
		return CLI_UNAVAILABLE;
	}
	return CLI_OK;
}

static int
work(struct export *e)
{
	int status = open_file(e);

	if (status != CLI_OK)
		return status;
	status = close_file(e, fetch(e));
	if (status == CLI_OK && e->file)
		cli_say("%" PRId64 " mensagens em %s", e->lines - 1, e->file);
	return status;
}

/* ---------------------------------------------------------- command line */

/* A word of the API's, which goes into an address. */
static int
set_word(const char **word, const char *option, const char *value)
{
	*word = value;
	if (*value && !value[strspn(value, "abcdefghijklmnopqrstuvwxyz"
					   "0123456789_")])
		return CLI_OK;
	return cli_usage("export", "%s: espero uma palavra como failed",
			 option);
}

static int
set(struct export *e, int c, char **argv)
{
	int status = cli_api_option(&e->common, c);

	if (status != CLI_API_OTHER)
		return status;
	switch (c) {
	case 'c':
		return CLI_OK;
	case 'o':
		e->file = strcmp(optarg, "-") == 0 ? NULL : optarg;
		return CLI_OK;
	case 's':
		return set_word(&e->status, "--status", optarg);
	case 'e':
		return set_word(&e->code, "--code", optarg);
	case 'r':
		e->is_revealing = true;
		return CLI_OK;
	default:
		return cli_bad_option(argv);
	}
}

static int
read_options(struct export *e, int argc, char **argv, bool *is_help)
{
	static const struct option longs[] = {
	    {"csv", no_argument, NULL, 'c'},
	    {"output", required_argument, NULL, 'o'},
	    {"status", required_argument, NULL, 's'},
	    {"code", required_argument, NULL, 'e'},
	    {"reveal", no_argument, NULL, 'r'},
	    CLI_API_LONG_OPTIONS,
	    {0},
	};
	int c, status = CLI_OK;

	*is_help = false;
	while (status == CLI_OK &&
	       (c = getopt_long(argc, argv, "ho:", longs, NULL)) != -1) {
		if (c == 'h') {
			*is_help = true;
			return help();
		}
		status = set(e, c, argv);
	}
	if (status != CLI_OK)
		return status;
	if (argc - optind != 1)
		return cli_usage("export", "espero o id de uma campanha");
	return cli_uuid(argv[optind], "a campanha", &e->campaign) ? CLI_OK
								  : CLI_USAGE;
}

int
cli_export(int argc, char **argv)
{
	struct export e = {0};
	bool is_help;
	int status = read_options(&e, argc, argv, &is_help);

	if (status != CLI_OK || is_help)
		return status;
	e.arena = dl_arena_create(ARENA_CAP);
	status = cli_api_open(&e.api, &e.cli, &e.common);
	if (status == CLI_OK) {
		status = work(&e);
		cli_close(&e.cli);
	}
	dl_arena_destroy(e.arena);
	return status;
}
