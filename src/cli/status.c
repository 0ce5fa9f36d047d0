/* SPDX-License-Identifier: MIT */
/* disparalead status: shows and follows a campaign. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>

#include "cli/watch.h"

struct options {
	struct cli_api_options common;
	struct dl_uuid campaign;
	bool is_watching;
};

static int
help(void)
{
	fputs(
	    "uso: disparalead status ID [--watch] [--json]\n\n"
	    "Mostra uma campanha.\n\n"
	    "  --watch         acompanha até o fim\n" CLI_API_HELP "\n"
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
	int status = cli_api_open(&api, &cli, &options->common);

	if (status != CLI_OK)
		return status;
	if (options->is_watching)
		status = cli_watch(&api, options->campaign.text,
				   options->common.is_json);
	else
		status = cli_show(&api, options->campaign.text,
				  options->common.is_json);
	cli_close(&cli);
	return status;
}

int
cli_status(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"watch", no_argument, NULL, 'w'},
	    CLI_API_LONG_OPTIONS,
	    {0},
	};
	struct options options = {0};
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		int known = cli_api_option(&options.common, c);

		if (known == CLI_USAGE)
			return CLI_USAGE;
		if (c == 'w')
			options.is_watching = true;
		else if (known == CLI_API_OTHER)
			return c == 'h' ? help() : cli_bad_option(argv);
	}
	if (argc - optind != 1)
		return cli_usage("status", "espero o id de uma campanha");
	if (!cli_uuid(argv[optind], "a campanha", &options.campaign))
		return CLI_USAGE;
	return work(&options);
}
