/* SPDX-License-Identifier: MIT */
/* A campaign's account in Portuguese. */
#include "config.h"

#include "cli/progress.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "cli/values.h"

static const struct {
	const char *name;
	const char *word;
	bool is_final;
} states[] = {
    {"pending", "pendente", false}, {"processing", "em andamento", false},
    {"paused", "pausada", false},   {"completed", "concluída", true},
    {"failed", "falhou", true},     {"cancelled", "cancelada", true},
};
#define N_STATES (sizeof(states) / sizeof(states[0]))

/* The counts in the order in which a message goes through them. */
static const struct {
	const char *name;
	const char *word;
} counts[] = {
    {"sent", "enviadas"},          {"failed", "falhas"},
    {"pending", "pendentes"},      {"queued", "na fila"},
    {"sending", "sendo enviadas"}, {"uncertain", "sem confirmação"},
    {"cancelled", "canceladas"},   {"suppressed", "suprimidas"},
    {"expired", "expiradas"},
};
#define N_COUNTS (sizeof(counts) / sizeof(counts[0]))

const char *
cli_progress_state(const char *status)
{
	for (size_t i = 0; i < N_STATES; i++)
		if (strcmp(states[i].name, status) == 0)
			return states[i].word;
	return status;
}

bool
cli_progress_is_final(json_object *status)
{
	const char *name = cli_text(status, "status");

	for (size_t i = 0; i < N_STATES; i++)
		if (strcmp(states[i].name, name) == 0)
			return states[i].is_final;
	return false;
}

static void
append_bar(struct dl_buf *line, double percent, int width)
{
	int filled = (int)(percent / 100 * width);

	if (width <= 0)
		return;
	dl_buf_append_c(line, '[');
	for (int i = 0; i < width; i++)
		dl_buf_append_c(line, i < filled ? '#' : '-');
	dl_buf_puts(line, "] ");
}

/* "45,2%": the comma is Portuguese, whatever the locale. */
static void
append_percent(struct dl_buf *line, double percent)
{
	int64_t tenths = (int64_t)(percent * 10 + 0.5);

	dl_buf_appendf(line, "%" PRId64 ",%" PRId64 "%%", tenths / 10,
		       tenths % 10);
}

static void
append_count(struct dl_buf *line, int64_t n, const char *noun)
{
	dl_buf_appendf(line, ", %" PRId64 " %s%s", n, noun, n == 1 ? "" : "s");
}

#define DURATION_MAX 32

/* Seconds below a minute and a half, then minutes, then hours. */
static const char *
duration(int64_t ms, char out[DURATION_MAX])
{
	int64_t s = ms > 0 ? ms / 1000 : 0;

	if (s < 90)
		snprintf(out, DURATION_MAX, "%" PRId64 " s", s);
	else if (s < 90 * 60)
		snprintf(out, DURATION_MAX, "%" PRId64 " min", (s + 30) / 60);
	else
		snprintf(out, DURATION_MAX, "%" PRId64 "h%02" PRId64, s / 3600,
			 s / 60 % 60);
	return out;
}

/*
 * The interval in which it ends: by the schedule alone, and with what may
 * still be tried again.  One figure where both read the same.
 */
static void
append_time_left(struct dl_buf *line, int64_t from_ms, int64_t to_ms)
{
	char from[DURATION_MAX], to[DURATION_MAX];

	duration(from_ms, from);
	duration(to_ms, to);
	if (strcmp(from, to) == 0)
		dl_buf_appendf(line, ", faltam ~%s", to);
	else if (from_ms < 1000)
		dl_buf_appendf(line, ", termina em até %s", to);
	else
		dl_buf_appendf(line, ", faltam %s a %s", from, to);
}

static bool
is_parked(json_object *lane)
{
	return json_object_get_boolean(dl_json_get(lane, "is_parked"));
}

/* ", 1 número parado, 2 no limite do dia". */
static void
append_lanes(struct dl_buf *line, json_object *status)
{
	int64_t parked = 0;
	int64_t capped = 0;

	for (size_t i = 0; i < cli_length(status, "lanes"); i++) {
		json_object *lane = cli_item(status, "lanes", i);

		parked += is_parked(lane);
		capped += *cli_text(lane, "capped_until") != '\0';
	}
	if (parked)
		dl_buf_appendf(line, ", %" PRId64 " número%s parado%s", parked,
			       parked == 1 ? "" : "s", parked == 1 ? "" : "s");
	if (capped)
		dl_buf_appendf(line, ", %" PRId64 " no limite do dia", capped);
}

void
cli_progress_line(struct dl_buf *line, json_object *status, int bar_width,
		  int64_t now_ms)
{
	json_object *by_state = dl_json_get(status, "counts");
	double percent = json_object_get_double(dl_json_get(status, "percent"));
	double rate =
	    json_object_get_double(dl_json_get(status, "rate_per_min"));
	int64_t from_ms, to_ms;

	append_bar(line, percent, bar_width);
	append_percent(line, percent);
	dl_buf_appendf(line, " de %" PRId64,
		       cli_number(status, "total_messages"));
	append_count(line, cli_number(by_state, "sent"), "enviada");
	append_count(line, cli_number(by_state, "failed"), "falha");
	if (strcmp(cli_text(status, "status"), "processing") != 0)
		dl_buf_appendf(line, ", %s",
			       cli_progress_state(cli_text(status, "status")));
	if (rate > 0)
		dl_buf_appendf(line, ", %.0f/min", rate);
	if (!cli_progress_is_final(status) &&
	    dl_clock_parse(dl_str(cli_text(status, "eta_from")), &from_ms) &&
	    dl_clock_parse(dl_str(cli_text(status, "eta_to")), &to_ms) &&
	    to_ms > now_ms)
		append_time_left(line, from_ms - now_ms, to_ms - now_ms);
	if (!cli_progress_is_final(status))
		append_lanes(line, status);
}

static void
report_errors(FILE *out, json_object *status)
{
	size_t n = cli_length(status, "top_errors");

	if (n)
		fputs("Erros mais comuns:\n", out);
	for (size_t i = 0; i < n; i++) {
		json_object *item = cli_item(status, "top_errors", i);

		fprintf(out, "  %6" PRId64 "  %s (%s)\n",
			cli_number(item, "count"), cli_text(item, "message"),
			cli_text(item, "code"));
		if (*cli_text(item, "action"))
			fprintf(out, "          %s\n",
				cli_text(item, "action"));
	}
}

/* Without a time it is parked until its instance opens. */
static void
report_parked(FILE *out, json_object *lane)
{
	char time[CLI_TIME_MAX];
	const char *until = cli_text(lane, "parked_until");
	const char *reason = cli_text(lane, "reason");

	fprintf(out, "Número %s parado até %s: %s\n",
		cli_text(lane, "instance_name"),
		*until ? cli_time(until, time) : "a instância abrir",
		*reason ? reason : cli_text(lane, "state"));
}

static void
report_capped(FILE *out, json_object *lane)
{
	char time[CLI_TIME_MAX];

	fprintf(out,
		"Número %s no limite de hoje (%" PRId64
		" mensagens); o que não cabe segue em %s\n",
		cli_text(lane, "instance_name"), cli_number(lane, "daily_cap"),
		cli_time(cli_text(lane, "capped_until"), time));
}

/* Numbers that are not sending as they should. */
static void
report_lanes(FILE *out, json_object *status)
{
	size_t n = cli_length(status, "lanes");

	for (size_t i = 0; i < n; i++) {
		json_object *lane = cli_item(status, "lanes", i);

		if (is_parked(lane))
			report_parked(out, lane);
		else if (*cli_text(lane, "capped_until"))
			report_capped(out, lane);
	}
}

/* When it ends, as far as can be told. */
static void
report_end(FILE *out, json_object *status)
{
	char from[CLI_TIME_MAX], to[CLI_TIME_MAX];

	if (!*cli_text(status, "eta_from"))
		return;
	cli_time(cli_text(status, "eta_from"), from);
	if (*cli_text(status, "eta_to"))
		fprintf(out, "Término previsto: entre %s e %s\n", from,
			cli_time(cli_text(status, "eta_to"), to));
	else
		fprintf(out,
			"Término previsto: não antes de %s; depende dos "
			"números parados\n",
			from);
}

void
cli_progress_report(FILE *out, json_object *status)
{
	json_object *by_state = dl_json_get(status, "counts");

	fprintf(out, "%s (%s): %s\n", cli_text(status, "name"),
		cli_text(status, "campaign_id"),
		cli_progress_state(cli_text(status, "status")));
	if (*cli_text(status, "status_reason"))
		fprintf(out, "Motivo: %s\n", cli_text(status, "status_reason"));
	fprintf(out, "  %6" PRId64 "  mensagens\n",
		cli_number(status, "total_messages"));
	for (size_t i = 0; i < N_COUNTS; i++)
		if (cli_number(by_state, counts[i].name) || i < 2)
			fprintf(out, "  %6" PRId64 "  %s\n",
				cli_number(by_state, counts[i].name),
				counts[i].word);
	report_end(out, status);
	report_errors(out, status);
	report_lanes(out, status);
}
