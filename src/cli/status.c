/* SPDX-License-Identifier: MIT */
/* disparalead status: shows and follows a campaign. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>

#include "cli/watch.h"

struct options {
	const char *api, *token;
	struct dl_uuid campaign, tenant;
	bool has_tenant;
	bool is_watching;
	bool is_json;
};

static int
help(void)
{
	fputs(
	    "uso: disparalead status ID [--watch] [--json]\n\n"
	    "Mostra uma campanha.\n\n"
	    "  --watch        acompanha até o fim\n"
	    "  --json         imprime a resposta da API, em uma linha\n"
	    "  --tenant ID    empresa, quando o usuário tem várias\n"
	    "  --api URL      endereço da API (DISPARALEAD_API_URL)\n"
	    "  --token TOKEN  token de acesso (DISPARALEAD_TOKEN)\n\n"
	    "Com --watch a saída é 0 se a campanha foi concluída, 1 se falhou\n"
	    "ou foi cancelada.\n",
	    stdout);
	return CLI_OK;
}

static int
work(const struct options *options)
{
	struct cli_api api;
	struct cli cli;
	int status = cli_open(&cli);

	if (status != CLI_OK)
		return status;
	status =
	    cli_api_init(&api, &cli, options->api, options->token,
			 options->has_tenant ? options->tenant.text : NULL);
	if (status == CLI_OK && options->is_watching)
		status =
		    cli_watch(&api, options->campaign.text, options->is_json);
	else if (status == CLI_OK)
		status =
		    cli_show(&api, options->campaign.text, options->is_json);
	cli_close(&cli);
	return status;
}

int
cli_status(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"watch", no_argument, NULL, 'w'},
	    {"json", no_argument, NULL, 'j'},
	    {"tenant", required_argument, NULL, 'T'},
	    {"api", required_argument, NULL, 'a'},
	    {"token", required_argument, NULL, 't'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	struct options options = {0};
	bool is_good = true;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'w')
			options.is_watching = true;
		else if (c == 'j')
			options.is_json = true;
		else if (c == 'a')
			options.api = optarg;
		else if (c == 't')
			options.token = optarg;
		else if (c == 'T')
			options.has_tenant = is_good =
			    cli_uuid(optarg, "--tenant", &options.tenant);
		else
			return c == 'h' ? help() : cli_bad_option(argv);
		if (!is_good)
			return CLI_USAGE;
	}
	if (argc - optind != 1)
		return cli_usage("status", "espero o id de uma campanha");
	if (!cli_uuid(argv[optind], "a campanha", &options.campaign))
		return CLI_USAGE;
	return work(&options);
}
