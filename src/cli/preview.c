/* SPDX-License-Identifier: MIT */
/*
 * disparalead preview: the command line of a launch, and what that launch
 * would do, in words.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json_in.h"
#include "cli/launch_call.h"
#include "cli/values.h"

/* Rows that are named one by one. */
#define MAX_NAMED 10

/* The file's row of a contact of the answer. */
static int64_t
row_of(const struct cli_launch_call *launch, int64_t index)
{
	if (index < 0 || (size_t)index >= launch->contacts.n)
		return 0;
	return cli_contacts_row(&launch->contacts, (size_t)index);
}

static void
print_accepted(json_object *json)
{
	json_object *accepted = dl_json_get(json, "accepted");
	json_object *problem = dl_json_get(json, "problem");

	if (problem) {
		printf("O envio seria recusado: %s (%s)\n",
		       cli_text(problem, "detail"), cli_text(problem, "code"));
		return;
	}
	printf("Sairiam %" PRId64 " mensagens para %" PRId64 " contatos",
	       cli_number(accepted, "messages"),
	       cli_number(accepted, "contacts"));
	if (*cli_text(json, "duration"))
		printf(", em %s", cli_text(json, "duration"));
	puts(".");
}

/* How many were refused for each reason. */
static void
print_reasons(json_object *json)
{
	json_object *reasons = dl_json_get(json, "rejected_by_code");

	if (!json_object_is_type(reasons, json_type_object) ||
	    json_object_object_length(reasons) < 2)
		return;
	json_object_object_foreach(reasons, code, count)
	{
		printf("  %s: %" PRId64 "\n", code,
		       json_object_get_int64(count));
	}
}

static void
print_duplicates(const struct cli_launch_call *launch)
{
	json_object *json = launch->answer.json;
	int64_t n_all = cli_number(json, "duplicates_total");
	size_t n = cli_length(json, "duplicates");

	if (n_all)
		printf("Contatos repetidos: %" PRId64 "\n", n_all);
	for (size_t i = 0; i < n && i < MAX_NAMED; i++) {
		json_object *item = cli_item(json, "duplicates", i);

		printf("  linha %" PRId64 ": o mesmo telefone da linha %" PRId64
		       "\n",
		       row_of(launch, cli_number(item, "index")),
		       row_of(launch, cli_number(item, "first_index")));
	}
	if (n_all > MAX_NAMED)
		printf("  e mais %" PRId64 "\n", n_all - MAX_NAMED);
}

static void
print_suppressed(const struct cli_launch_call *launch)
{
	json_object *json = launch->answer.json;
	int64_t n_all = cli_number(json, "suppressed_contacts");
	size_t n = cli_length(json, "suppressed_indexes");

	if (!n_all)
		return;
	printf("Pediram para não receber: %" PRId64 "\n", n_all);
	for (size_t i = 0; i < n && i < MAX_NAMED; i++)
		printf("  linha %" PRId64 "\n",
		       row_of(launch, json_object_get_int64(cli_item(
					  json, "suppressed_indexes", i))));
	if (n_all > MAX_NAMED)
		printf("  e mais %" PRId64 "\n", n_all - MAX_NAMED);
}

static void
print_missing(const struct cli_launch_call *launch)
{
	json_object *json = launch->answer.json;
	int64_t n_all = cli_number(json, "missing_total");
	size_t n = cli_length(json, "missing");

	if (n_all)
		printf("Contatos sem valor para uma variável: %" PRId64 "\n",
		       n_all);
	for (size_t i = 0; i < n && i < MAX_NAMED; i++) {
		json_object *item = cli_item(json, "missing", i);
		size_t n_names = cli_length(item, "names");

		printf("  linha %" PRId64 "%s",
		       row_of(launch, cli_number(item, "index")),
		       n_names ? ":" : ": a mensagem ficaria em branco");
		for (size_t k = 0; k < n_names; k++)
			printf(
			    "%s {%s}", k ? "," : "",
			    json_object_get_string(cli_item(item, "names", k)));
		putchar('\n');
	}
	if (n_all > MAX_NAMED)
		printf("  e mais %" PRId64 "\n", n_all - MAX_NAMED);
}

static void
print_lanes(json_object *json)
{
	for (size_t i = 0; i < cli_length(json, "lanes"); i++) {
		json_object *lane = cli_item(json, "lanes", i);
		char first[CLI_TIME_MAX], last[CLI_TIME_MAX];

		printf("Número %s: %" PRId64 " mensagens",
		       cli_text(lane, "instance_name"),
		       cli_number(lane, "messages"));
		if (cli_number(lane, "messages"))
			printf(", de %s a %s",
			       cli_time(cli_text(lane, "first_at"), first),
			       cli_time(cli_text(lane, "last_at"), last));
		putchar('\n');
	}
}

/* A text of several lines stands indented under its phone. */
static void
print_text(const char *text)
{
	for (; *text; text++) {
		putchar(*text);
		if (*text == '\n')
			fputs("    ", stdout);
	}
	putchar('\n');
}

static void
print_samples(json_object *json)
{
	for (size_t i = 0; i < cli_length(json, "samples"); i++) {
		json_object *sample = cli_item(json, "samples", i);
		const char *media = cli_text(sample, "mediaUrl");

		printf("\nModelo %zu (%s)%s%s\n", i, cli_text(sample, "type"),
		       *media ? ": " : "", media);
		for (size_t k = 0; k < cli_length(sample, "messages"); k++) {
			json_object *message = cli_item(sample, "messages", k);

			printf("  %s\n    ", cli_text(message, "telefone"));
			print_text(cli_text(message, "text"));
		}
	}
}

static void
print_all(const struct cli_launch_call *launch)
{
	json_object *json = launch->answer.json;

	print_accepted(json);
	cli_launch_print_left_out(launch, stdout, "rejected", "rejected_total",
				  "Contatos recusados");
	print_reasons(json);
	print_duplicates(launch);
	print_suppressed(launch);
	print_missing(launch);
	cli_launch_print_warnings(json, stdout);
	print_lanes(json);
	print_samples(json);
	puts("\nNada foi gravado nem enviado.");
}

static int
work(struct cli_launch_call *launch)
{
	struct cli_call call = {.path = "/launch?dry_run=1",
				.body = launch->body};
	int status;

	cli_api_insist(&launch->api, launch->arena, &call, &launch->answer);
	if (!cli_api_is_good(&launch->answer)) {
		status = cli_api_complain(&launch->answer, &launch->contacts);
		return status == CLI_DATA ? CLI_FAILED : status;
	}
	if (launch->options.is_json)
		cli_print_json(launch->answer.json);
	else
		print_all(launch);
	return json_object_get_boolean(
		   dl_json_get(launch->answer.json, "would_launch"))
		   ? CLI_OK
		   : CLI_FAILED;
}

int
cli_preview(int argc, char **argv)
{
	static struct cli_launch_call launch;
	int status = cli_launch_open(&launch, "preview", argc, argv);

	if (status == CLI_OK && !launch.is_help)
		status = work(&launch);
	cli_launch_close(&launch);
	return status;
}
