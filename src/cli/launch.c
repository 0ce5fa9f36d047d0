/* SPDX-License-Identifier: MIT */
/*
 * disparalead launch: a CSV becomes a campaign, over the same API and with
 * the same rights as the frontend.  The same Idempotency-Key goes with every
 * try, so that a lost answer never becomes a second campaign.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "cli/contacts.h"
#include "cli/launch_options.h"
#include "cli/watch.h"

/* A list at its limit: the file, its JSON, the request. */
#define ARENA_CAP (512u << 20)
#define MAX_BODY  (256u << 20)
/* How long a server that is away, or still busy with it, is waited for. */
#define PATIENCE_MS (3 * 60 * 1000)
#define PAUSE_MS    1000
/* Rows of the list that are named one by one. */
#define MAX_NAMED 10

struct launch {
	struct cli cli;
	struct cli_launch_options options;
	struct cli_api api;
	struct cli_contacts contacts;
	struct dl_arena *arena; /* of the request */
	struct cli_answer answer;
};

/* ----------------------------------------------------------------- request */

static void
write_template(struct dl_json_out *out, const struct cli_template *template)
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
write_request(const struct launch *launch)
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
		write_template(&out, &options->templates[i]);
	dl_json_array_end(&out);
	dl_json_key(&out, "contatos");
	dl_json_raw(&out, dl_buf_str(launch->contacts.json));
	dl_json_object_end(&out);
	return dl_buf_failed(body) ? (struct dl_str){NULL, 0}
				   : dl_buf_str(body);
}

static bool
is_worth_it(const struct cli_answer *answer)
{
	return cli_api_is_passing(answer) ||
	       (answer->status == 409 &&
		strcmp(cli_api_code(answer), "launch_in_progress") == 0);
}

/* Sends until there is a word on it; CLI_OK where that is a campaign. */
static int
send_request(struct launch *launch, const char *key, struct dl_str body)
{
	int64_t deadline_ms = dl_clock_boot_ms() + PATIENCE_MS;
	const char *header =
	    dl_arena_printf(launch->arena, "Idempotency-Key: %s", key);

	for (;;) {
		int64_t pause_ms = PAUSE_MS;

		cli_api_call(&launch->api, launch->arena, "/launch", header,
			     body, &launch->answer);
		if (!is_worth_it(&launch->answer))
			break;
		if (launch->answer.retry_after_s > 0 &&
		    launch->answer.retry_after_s < PATIENCE_MS / 1000)
			pause_ms = launch->answer.retry_after_s * 1000;
		if (dl_clock_boot_ms() + pause_ms > deadline_ms)
			break;
		cli_say("a API não aceitou ainda; tento de novo");
		dl_clock_sleep_ms(pause_ms);
	}
	if (launch->answer.status >= 200 && launch->answer.status < 300 &&
	    launch->answer.json)
		return CLI_OK;
	return cli_api_complain(&launch->answer, &launch->contacts);
}

/* ------------------------------------------------------------------ answer */

static int64_t
number(json_object *obj, const char *name)
{
	return json_object_get_int64(dl_json_get(obj, name));
}

static const char *
text(json_object *obj, const char *name)
{
	json_object *value = dl_json_get(obj, name);

	return value ? json_object_get_string(value) : "";
}

/* The rows that were left out, with their place in the file. */
static void
print_left_out(const struct launch *launch, const char *list, const char *total,
	       const char *title)
{
	json_object *items = dl_json_get(launch->answer.json, list);
	int64_t n_all = number(launch->answer.json, total);
	size_t n = json_object_is_type(items, json_type_array)
		       ? json_object_array_length(items)
		       : 0;

	if (!n_all)
		return;
	fprintf(stderr, "%s: %" PRId64 "\n", title, n_all);
	for (size_t i = 0; i < n && i < MAX_NAMED; i++) {
		json_object *item = json_object_array_get_idx(items, i);
		size_t index = (size_t)number(item, "index");
		const char *message = text(item, "message");

		if (index < launch->contacts.n)
			fprintf(stderr, "  linha %" PRId64 "%s%s\n",
				cli_contacts_row(&launch->contacts, index),
				*message ? ": " : "", message);
	}
	if (n_all > MAX_NAMED)
		fprintf(stderr, "  e mais %" PRId64 "\n", n_all - MAX_NAMED);
}

static void
print_warnings(json_object *warnings)
{
	size_t n = json_object_is_type(warnings, json_type_array)
		       ? json_object_array_length(warnings)
		       : 0;

	for (size_t i = 0; i < n; i++) {
		json_object *item = json_object_array_get_idx(warnings, i);

		fprintf(stderr, "Aviso: %s\n",
			json_object_is_type(item, json_type_string)
			    ? json_object_get_string(item)
			    : text(item, "message"));
	}
}

static void
print_answer(const struct launch *launch)
{
	json_object *json = launch->answer.json;

	if (launch->options.is_json) {
		puts(json_object_to_json_string_ext(
		    json,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
		fflush(stdout);
		return;
	}
	print_left_out(launch, "rejected", "rejected_total",
		       "Contatos recusados");
	print_left_out(launch, "duplicates", "duplicates_total",
		       "Contatos repetidos");
	if (number(json, "suppressed"))
		fprintf(stderr,
			"Mensagens suprimidas (pediram para sair): %" PRId64
			"\n",
			number(json, "suppressed"));
	print_warnings(dl_json_get(json, "warnings"));
	printf("Campanha %s: %s\n", text(json, "campaign_id"),
	       text(json, "message"));
	fflush(stdout);
}

/* --------------------------------------------------------------- the whole */

static int
read_contacts(struct launch *launch)
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
work(struct launch *launch)
{
	const struct cli_launch_options *options = &launch->options;
	struct dl_uuid made;
	const char *key = options->idempotency_key;
	struct dl_str body;
	int status = cli_api_init(
	    &launch->api, &launch->cli, options->api, options->token,
	    options->has_tenant ? options->tenant.text : NULL);

	if (status == CLI_OK)
		status = read_contacts(launch);
	if (status != CLI_OK)
		return status;
	body = write_request(launch);
	if (!body.ptr) {
		cli_say("a lista é grande demais");
		return CLI_DATA;
	}
	dl_uuid_v4(&made);
	if (!key)
		key = made.text;
	status = send_request(launch, key, body);
	if (status == CLI_UNAVAILABLE)
		cli_say("repita com --idempotency-key %s", key);
	if (status != CLI_OK)
		return status;
	print_answer(launch);
	if (!options->is_watching)
		return CLI_OK;
	return cli_watch(&launch->api, text(launch->answer.json, "campaign_id"),
			 options->is_json);
}

int
cli_launch(int argc, char **argv)
{
	static struct launch launch; /* its option tables are large */
	bool is_help;
	int status;

	launch.arena = dl_arena_create(ARENA_CAP);
	status = cli_launch_options(&launch.options, launch.arena, argc, argv,
				    &is_help);
	if (status == CLI_OK && !is_help) {
		status = cli_open(&launch.cli);
		if (status == CLI_OK) {
			status = work(&launch);
			cli_close(&launch.cli);
		}
	}
	dl_arena_destroy(launch.arena);
	return status;
}
