/* SPDX-License-Identifier: MIT */
/* A list, the options about it, and the request that they become. */
#include "config.h"

#include "cli/launch_call.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/values.h"
#include "cli/window.h"

/* A list at its limit: the file, its JSON, the request. */
#define ARENA_CAP (512u << 20)
#define MAX_BODY  (256u << 20)
/* Rows of the list that are named one by one. */
#define MAX_NAMED 10

/* ----------------------------------------------------------------- request */

void
cli_template_write(struct dl_json_out *out, const struct cli_template *template)
{
	dl_json_object_begin(out);
	dl_json_member_text(out, "type", template->type);
	if (template->text)
		dl_json_member_text(out, "text", template->text);
	if (template->media_url)
		dl_json_member_text(out, "mediaUrl", template->media_url);
	if (template->file_name)
		dl_json_member_text(out, "fileName", template->file_name);
	dl_json_object_end(out);
}

static void
write_optional(struct dl_json_out *out, const char *name, const char *value)
{
	if (value)
		dl_json_member_text(out, name, value);
}

static struct dl_str
write_request(const struct cli_launch_call *launch)
{
	const struct cli_launch_options *options = &launch->options;
	struct dl_buf *body = dl_buf_create(launch->arena, MAX_BODY);
	struct dl_json_out out;

	dl_json_begin(&out, body);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "campaignName", options->name);
	write_optional(&out, "publicTarget", options->audience);
	write_optional(&out, "scheduledFor", options->schedule);
	write_optional(&out, "onMissingVariable", options->on_missing);
	write_optional(&out, "pacing", options->pacing);
	write_optional(&out, "expiresAt", options->expires);
	if (options->window) {
		dl_json_key(&out, "sendWindow");
		cli_window_write(options->window, &out);
	}
	if (options->delay_min >= 0)
		dl_json_member_int(&out, "tempoMin", options->delay_min);
	if (options->delay_max >= 0)
		dl_json_member_int(&out, "tempoMax", options->delay_max);
	dl_json_key(&out, "instances");
	dl_json_array_begin(&out);
	for (size_t i = 0; i < options->n_instances; i++)
		dl_json_text(&out, options->instances[i]);
	dl_json_array_end(&out);
	dl_json_key(&out, "templates");
	dl_json_array_begin(&out);
	for (size_t i = 0; i < options->n_templates; i++)
		cli_template_write(&out, &options->templates[i]);
	dl_json_array_end(&out);
	dl_json_key(&out, "contatos");
	dl_json_raw(&out, dl_buf_str(launch->contacts.json));
	dl_json_object_end(&out);
	return dl_buf_failed(body) ? (struct dl_str){NULL, 0}
				   : dl_buf_str(body);
}

static int
read_contacts(struct cli_launch_call *launch)
{
	struct dl_str bytes;
	const char *complaint;
	int status = cli_read_file(launch->arena, launch->options.file,
				   CLI_MAX_LIST, &bytes);

	if (status != CLI_OK)
		return status;
	complaint = cli_contacts_read(
	    launch->arena, bytes,
	    (int)launch->cli.settings.default_country_code, &launch->contacts);
	if (!complaint)
		return CLI_OK;
	cli_say("%s: %s", launch->options.file, complaint);
	return CLI_DATA;
}

static int
prepare(struct cli_launch_call *launch)
{
	const struct cli_launch_options *options = &launch->options;
	int status = cli_api_init(
	    &launch->api, &launch->cli, options->api, options->token,
	    options->has_tenant ? options->tenant.text : NULL);

	if (status == CLI_OK)
		status = read_contacts(launch);
	if (status != CLI_OK)
		return status;
	launch->body = write_request(launch);
	if (launch->body.ptr)
		return CLI_OK;
	cli_say("a lista é grande demais");
	return CLI_DATA;
}

int
cli_launch_open(struct cli_launch_call *launch, const char *command, int argc,
		char **argv)
{
	int status;

	launch->arena = dl_arena_create(ARENA_CAP);
	status = cli_launch_options(&launch->options, command, launch->arena,
				    argc, argv, &launch->is_help);
	if (status != CLI_OK || launch->is_help)
		return status;
	status = cli_open(&launch->cli);
	launch->is_open = status == CLI_OK;
	return status == CLI_OK ? prepare(launch) : status;
}

void
cli_launch_close(struct cli_launch_call *launch)
{
	if (launch->is_open)
		cli_close(&launch->cli);
	dl_arena_destroy(launch->arena);
}

/* ------------------------------------------------------------------ answer */

/* The rows that were left out, with their place in the file. */
void
cli_launch_print_left_out(const struct cli_launch_call *launch, FILE *out,
			  const char *list, const char *total,
			  const char *title)
{
	json_object *json = launch->answer.json;
	int64_t n_all = cli_number(json, total);
	size_t n = cli_length(json, list);

	if (!n_all)
		return;
	fprintf(out, "%s: %" PRId64 "\n", title, n_all);
	for (size_t i = 0; i < n && i < MAX_NAMED; i++) {
		json_object *item = cli_item(json, list, i);
		size_t index = (size_t)cli_number(item, "index");
		const char *message = cli_text(item, "message");

		if (index < launch->contacts.n)
			fprintf(out, "  linha %" PRId64 "%s%s\n",
				cli_contacts_row(&launch->contacts, index),
				*message ? ": " : "", message);
	}
	if (n_all > MAX_NAMED)
		fprintf(out, "  e mais %" PRId64 "\n", n_all - MAX_NAMED);
}

void
cli_launch_print_warnings(json_object *answer, FILE *out)
{
	size_t n = cli_length(answer, "warnings");

	for (size_t i = 0; i < n; i++)
		fprintf(out, "Aviso: %s\n",
			cli_text(cli_item(answer, "warnings", i), "message"));
}
