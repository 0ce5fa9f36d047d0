/* SPDX-License-Identifier: MIT */
/*
 * disparalead launch: a CSV becomes a campaign, over the same API and with
 * the same rights as the frontend.  The same Idempotency-Key goes with every
 * try, so that a lost answer never becomes a second campaign.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/launch_call.h"
#include "cli/values.h"
#include "cli/watch.h"

static void
print_answer(const struct cli_launch_call *launch)
{
	json_object *json = launch->answer.json;

	if (launch->options.is_json) {
		cli_print_json(json);
		return;
	}
	cli_launch_print_left_out(launch, stderr, "rejected", "rejected_total",
				  "Contatos recusados");
	cli_launch_print_left_out(launch, stderr, "duplicates",
				  "duplicates_total", "Contatos repetidos");
	if (cli_number(json, "suppressed"))
		fprintf(stderr,
			"Mensagens suprimidas (pediram para sair): %" PRId64
			"\n",
			cli_number(json, "suppressed"));
	cli_launch_print_warnings(json, stderr);
	printf("Campanha %s: %s\n", cli_text(json, "campaign_id"),
	       cli_text(json, "message"));
	fflush(stdout);
}

static int
work(struct cli_launch_call *launch)
{
	const struct cli_launch_options *options = &launch->options;
	struct cli_call call = {.path = "/launch", .body = launch->body};
	struct dl_uuid made;
	const char *key = options->idempotency_key;
	int status;

	dl_uuid_v4(&made);
	if (!key)
		key = made.text;
	call.header =
	    dl_arena_printf(launch->arena, "Idempotency-Key: %s", key);
	cli_api_insist(&launch->api, launch->arena, &call, &launch->answer);
	if (!cli_api_is_good(&launch->answer)) {
		status = cli_api_complain(&launch->answer, &launch->contacts);
		if (status == CLI_UNAVAILABLE)
			cli_say("repita com --idempotency-key %s", key);
		return status;
	}
	print_answer(launch);
	if (!options->is_watching)
		return CLI_OK;
	return cli_watch(&launch->api,
			 cli_text(launch->answer.json, "campaign_id"),
			 options->is_json);
}

int
cli_launch(int argc, char **argv)
{
	static struct cli_launch_call launch;
	int status = cli_launch_open(&launch, "launch", argc, argv);

	if (status == CLI_OK && !launch.is_help)
		status = work(&launch);
	cli_launch_close(&launch);
	return status;
}
