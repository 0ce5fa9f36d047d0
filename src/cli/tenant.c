/* SPDX-License-Identifier: MIT */
/* disparalead tenant add: a company and its owner. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static int
help(void)
{
	fputs("uso: disparalead tenant add NOME [--owner USUÁRIO]\n\n"
	      "Cria uma empresa e imprime o seu id.\n\n"
	      "  --owner USUÁRIO  id (UUID) do usuário que será o dono\n",
	      stdout);
	return CLI_OK;
}

static int
add(const char *name, const struct dl_uuid *owner)
{
	const char *params[] = {name, owner ? owner->text : NULL};
	struct dl_error err = {0};
	PGresult *result;
	struct cli cli;
	int status = cli_open_database(&cli);

	if (status != CLI_OK)
		return status;
	if (dl_db_call(cli.pool, cli.arena, NULL, false, DL_SQL_TENANT_ADD,
		       params, &result, &err) == DL_OK)
		puts(dl_db_cstr(result, 0, "id"));
	else
		status = cli_fail(&err);
	cli_close(&cli);
	return status;
}

int
cli_tenant(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"owner", required_argument, NULL, 'o'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	struct dl_uuid owner;
	bool has_owner = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c != 'o')
			return c == 'h' ? help() : cli_bad_option(argv);
		if (!cli_uuid(optarg, "--owner", &owner))
			return CLI_USAGE;
		has_owner = true;
	}
	if (argc - optind != 2 || strcmp(argv[optind], "add") != 0)
		return cli_usage("tenant", "espero: add NOME");
	if (!*argv[optind + 1] || strlen(argv[optind + 1]) > 200)
		return cli_usage("tenant", "o nome tem de 1 a 200 bytes");
	return add(argv[optind + 1], has_owner ? &owner : NULL);
}
