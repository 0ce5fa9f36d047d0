/* SPDX-License-Identifier: MIT */
/* disparalead instance add: a WhatsApp number of a company. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

struct options {
	const char *name;
	const char *token; /* NULL: Evolution's global key */
	struct dl_uuid tenant;
	bool has_tenant;
};

static int
help(void)
{
	fputs(
	    "uso: disparalead instance add NOME --tenant ID [--token TOKEN]\n\n"
	    "Dá à empresa o número de WhatsApp que a Evolution API conhece "
	    "por\n"
	    "NOME. Repetir com outro token troca o token.\n\n"
	    "  --tenant ID    id da empresa\n"
	    "  --token TOKEN  chave desta instância na Evolution; sem ela "
	    "vale\n"
	    "                 a chave global (EVOLUTION_API_KEY)\n",
	    stdout);
	return CLI_OK;
}

/* What the database said, in words. */
static int
tell(const char *result)
{
	if (strcmp(result, "added") == 0 || strcmp(result, "updated") == 0) {
		puts(strcmp(result, "added") == 0 ? "criada" : "atualizada");
		return CLI_OK;
	}
	cli_say(strcmp(result, "taken") == 0
		    ? "outra empresa já tem uma instância com este nome"
		    : "não há empresa com este id");
	return CLI_FAILED;
}

static int
add(const struct options *options)
{
	const char *params[] = {options->tenant.text, options->name,
				options->token};
	struct dl_error err = {0};
	PGresult *result;
	struct cli cli;
	int status = cli_open_database(&cli);

	if (status != CLI_OK)
		return status;
	if (dl_db_call(cli.pool, cli.arena, NULL, true, DL_SQL_INSTANCE_ADD,
		       params, &result, &err) == DL_OK)
		status = tell(dl_db_cstr(result, 0, "result"));
	else
		status = cli_fail(&err);
	cli_close(&cli);
	return status;
}

int
cli_instance(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"tenant", required_argument, NULL, 't'},
	    {"token", required_argument, NULL, 'k'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	struct options options = {0};
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'k') {
			options.token = optarg;
		} else if (c == 't') {
			if (!cli_uuid(optarg, "--tenant", &options.tenant))
				return CLI_USAGE;
			options.has_tenant = true;
		} else {
			return c == 'h' ? help() : cli_bad_option(argv);
		}
	}
	if (argc - optind != 2 || strcmp(argv[optind], "add") != 0)
		return cli_usage("instance", "espero: add NOME");
	if (!options.has_tenant)
		return cli_usage("instance", "falta --tenant ID");
	if (options.token && !*options.token)
		return cli_usage("instance", "--token vazio");
	options.name = argv[optind + 1];
	if (!*options.name || strlen(options.name) > 200)
		return cli_usage("instance", "o nome tem de 1 a 200 bytes");
	return add(&options);
}
