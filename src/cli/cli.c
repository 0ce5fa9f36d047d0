/* SPDX-License-Identifier: MIT */
/* What the subcommands share. */
#include "config.h"

#include "cli/cli.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/config_files.h"

/* A file of migrations or an answer of the API, several times over. */
#define ARENA_CAP (64u << 20)

void
cli_say(const char *fmt, ...)
{
	va_list ap;

	fputs("disparalead: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int
cli_usage(const char *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "disparalead %s: ", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nVeja: disparalead %s --help\n", command);
	return CLI_USAGE;
}

int
cli_bad_option(char **argv)
{
	return cli_usage(argv[0], "opção errada ou sem valor: %s",
			 argv[optind - 1]);
}

int
cli_fail(const struct dl_error *err)
{
	const char *what = "falhou";
	int status = CLI_FAILED;

	if (strncmp(err->sqlstate, "28", 2) == 0 ||
	    strncmp(err->sqlstate, "3D", 2) == 0) {
		what = "o banco recusou a conexão (DATABASE_URL, PGUSER)";
		status = CLI_CONFIG;
	} else if (err->code == DL_TRY_LATER) {
		what = err->uncertain
			   ? "sem resposta; pode ter sido feito ou não"
			   : "o banco de dados não está disponível";
		status = CLI_UNAVAILABLE;
	} else if (strcmp(err->sqlstate, "42501") == 0) {
		what = "o papel (PGUSER) não tem permissão";
		status = CLI_NO_PERM;
	} else if (strncmp(err->sqlstate, "42", 2) == 0) {
		what = "o banco não está migrado (disparalead migrate)";
	} else if (err->code == DL_NOT_FOUND) {
		what = "não consegui ler";
		status = CLI_NO_INPUT;
	}
	cli_say("%s: %s", what, err->detail);
	return status;
}

/* The database role of the subcommand that runs, NULL where it has none. */
static const char *default_role;

void
cli_use_role(const char *role)
{
	default_role = role;
}

void
cli_load_files(void)
{
	/* Who has the machine's files has its roles as well. */
	if (cli_config_load() && default_role)
		setenv("PGUSER", default_role, 0);
}

int
cli_open(struct cli *cli)
{
	*cli = (struct cli){0};
	cli_load_files();
	if (dl_settings_load(&cli->settings, 0, stderr) != DL_OK) {
		cli_say("configuração com erro; veja disparalead.conf(5)");
		dl_settings_clear(&cli->settings);
		return CLI_CONFIG;
	}
	cli->arena = dl_arena_create(ARENA_CAP);
	return CLI_OK;
}

int
cli_open_database(struct cli *cli)
{
	int status = cli_open(cli);

	if (status != CLI_OK)
		return status;
	if (!cli->settings.database_url.len) {
		cli_say("falta DATABASE_URL; veja disparalead.conf(5)");
		cli_close(cli);
		return CLI_CONFIG;
	}
	cli->settings.database_pool_size = 1;
	cli->pool = dl_db_pool_create(&cli->settings, "disparalead");
	return CLI_OK;
}

void
cli_close(struct cli *cli)
{
	dl_arena_destroy(cli->arena);
	dl_db_pool_destroy(cli->pool);
	dl_settings_clear(&cli->settings);
}

bool
cli_uuid(const char *text, const char *what, struct dl_uuid *out)
{
	if (dl_uuid_parse(dl_str(text), out))
		return true;
	cli_say("%s não é um UUID: %s", what, text);
	return false;
}

bool
cli_int(const char *text, const char *option, int64_t min, int64_t max,
	int64_t *out)
{
	if (dl_str_to_int64(dl_str(text), out) && *out >= min && *out <= max)
		return true;
	cli_say("%s: espero um número de %" PRId64 " a %" PRId64 ", não '%s'",
		option, min, max, text);
	return false;
}

int
cli_check_time(const char *command, const char *option, const char *text)
{
	int64_t at_ms;

	if (dl_clock_parse(dl_str(text), &at_ms))
		return CLI_OK;
	return cli_usage(command,
			 "%s: espero uma data como "
			 "2026-11-27T12:00:00-03:00",
			 option);
}

void
cli_print_json(json_object *json)
{
	puts(json_object_to_json_string_ext(
	    json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(stdout);
}
