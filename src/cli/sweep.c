/* SPDX-License-Identifier: MIT */
/*
 * disparalead sweep: what time alone must bring about.  One bounded round,
 * each minute by a timer; any number may run at once.  A step that fails is
 * counted and the others go on.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "base/log.h"
#include "cli/sweep.h"
#include "metrics/metrics.h"

/* Rows of one statement. */
#define MAX_ROWS      1000
#define MAX_CAMPAIGNS 100
/* Messages whose ledger one run checks, about. */
#define LEDGER_ROWS 50000
/* Publishing stops so long after the start. */
#define PUBLISH_MS 35000
/* No question begins later: who does not answer must not keep it waiting. */
#define RECONCILE_MS 10000
#define ASK_MS       20000
/* Nor is the database waited for: the manual promises an end before this. */
#define END_MS 50000

static int
help(void)
{
	fputs("uso: disparalead sweep\n\n"
	      "Faz o que só o tempo traz: republica mensagens paradas, dá por\n"
	      "incertas as entregas interrompidas, pergunta à Evolution pelo\n"
	      "que foi enviado, encerra campanhas, reabre números que\n"
	      "voltaram. Roda a cada minuto por um timer; várias\n"
	      "cópias ao mesmo tempo não se atrapalham. Imprime uma linha de\n"
	      "JSON com o que fez.\n",
	      stdout);
	return CLI_OK;
}

void
sweep_error(struct sweep *s, const struct dl_error *err)
{
	dl_log_error(err);
	s->errors++;
}

/* Whether the next statement would fare no better than this one. */
static bool
is_gone(const struct dl_error *err)
{
	static const char *const classes[] = {"08", "28", "3D", "53", "57P"};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(err->sqlstate, classes[i], strlen(classes[i])) == 0)
			return true;
	return err->code == DL_TRY_LATER && !*err->sqlstate;
}

bool
sweep_call(struct sweep *s, enum dl_statement statement,
	   const char *const *params, PGresult **rows)
{
	struct dl_error err = {0};

	if (s->is_cut)
		return false;
	if (dl_db_call(s->cli->pool, s->arena, NULL, true, statement, params,
		       rows, &err) == DL_OK)
		return true;
	s->is_cut = is_gone(&err);
	sweep_error(s, &err);
	return false;
}

/* A step that is one statement: its "n". */
static int64_t
step(struct sweep *s, enum dl_statement statement, int64_t a, int64_t b)
{
	const char *params[] = {dl_db_from_int(s->arena, a),
				dl_db_from_int(s->arena, b)};
	PGresult *rows;

	return sweep_call(s, statement, params, &rows)
		   ? dl_db_int(rows, 0, "n", 0)
		   : 0;
}

/* What an earlier run left: the silence that the queue asked for. */
static void
remember(struct sweep *s)
{
	PGresult *rows;

	if (sweep_call(s, DL_SQL_SWEEPER_STATE, NULL, &rows))
		s->wait_s = dl_db_int(rows, 0, "queue_wait_s", 0);
}

static void
run_steps(struct sweep *s)
{
	const struct dl_settings *settings = &s->cli->settings;

	remember(s);
	s->uncertain = step(s, DL_SQL_SWEEP_EXPIRED_LEASES, MAX_ROWS, 0);
	sweep_reconcile(s);
	s->outcome_unknown = step(s, DL_SQL_SWEEP_UNCERTAIN_DEADLINE,
				  settings->reconcile_deadline_s, MAX_ROWS);
	s->ended_unsent = step(s, DL_SQL_SWEEP_UNSENT_ENDS, MAX_ROWS, 0);
	dl_arena_reset(s->arena);
	sweep_ask_queue(s);
	sweep_probe_lanes(s);
	s->paused = step(s, DL_SQL_SWEEP_NOT_DELIVERING, MAX_CAMPAIGNS, 0);
	sweep_clean_labels(s);
	s->gaps = step(s, DL_SQL_SWEEP_LANE_GAPS, MAX_ROWS, 0);
	dl_arena_reset(s->arena);
	sweep_publish(s);
	step(s, DL_SQL_SWEEP_STARTS, MAX_CAMPAIGNS, 0);
	s->ended = step(s, DL_SQL_SWEEP_ENDS, MAX_CAMPAIGNS, 0);
	s->ledger = step(s, DL_SQL_SWEEP_LEDGER, LEDGER_ROWS, 0);
}

static void
print_summary(const struct sweep *s, int64_t ms)
{
	struct dl_buf *text = dl_buf_create(s->arena, 4096);
	struct dl_json_out out;

	dl_json_begin(&out, text);
	dl_json_object_begin(&out);
	dl_json_member_int(&out, "uncertain", s->uncertain);
	dl_json_member_int(&out, "found", s->found);
	dl_json_member_int(&out, "absent", s->absent);
	dl_json_member_int(&out, "duplicates", s->duplicates);
	dl_json_member_int(&out, "outcome_unknown", s->outcome_unknown);
	dl_json_member_int(&out, "ended_unsent", s->ended_unsent);
	dl_json_member_int(&out, "asked", s->asked);
	dl_json_member_int(&out, "lost", s->lost);
	dl_json_member_int(&out, "probed", s->probed);
	dl_json_member_int(&out, "opened", s->opened);
	dl_json_member_int(&out, "paused", s->paused);
	dl_json_member_int(&out, "published", s->published);
	dl_json_member_int(&out, "unpublished", s->unpublished);
	dl_json_member_int(&out, "gaps", s->gaps);
	dl_json_member_int(&out, "ended", s->ended);
	dl_json_member_int(&out, "labels", s->labels);
	dl_json_member_int(&out, "ledger_mismatches", s->ledger);
	dl_json_member_int(&out, "errors", s->errors);
	dl_json_member_int(&out, "queue_wait_s", s->wait_s);
	dl_json_member_int(&out, "ms", ms);
	dl_json_object_end(&out);
	puts(dl_buf_cstr(text));
}

/* The same for /metrics. */
static void
count_summary(const struct sweep *s)
{
	dl_metrics_add(DL_M_SWEEP_ERRORS, s->errors);
	dl_metrics_add(DL_M_SWEEP_UNCERTAIN, s->uncertain);
	dl_metrics_add(DL_M_SWEEP_UNKNOWN, s->outcome_unknown);
	dl_metrics_add(DL_M_SWEEP_ENDED_UNSENT, s->ended_unsent);
	dl_metrics_add(DL_M_SWEEP_LOST, s->lost);
	dl_metrics_add(DL_M_SWEEP_PUBLISHED, s->published);
	dl_metrics_add(DL_M_SWEEP_OPENED, s->opened);
	dl_metrics_add(DL_M_SWEEP_PAUSED, s->paused);
	dl_metrics_add(DL_M_SWEEP_CAMPAIGNS, s->ended);
	dl_metrics_swept(dl_clock_now_ms() / 1000);
}

/* cli_open() asks for no setting; the sweeper needs some. */
static int
check_settings(void)
{
	struct dl_settings settings;
	enum dl_code code = dl_settings_load(&settings, DL_SWEEP, stderr);

	dl_settings_clear(&settings);
	if (code == DL_OK)
		return CLI_OK;
	cli_say("configuração com erro; veja disparalead.conf(5)");
	return CLI_CONFIG;
}

static int
sweep(void)
{
	int64_t began_ms = dl_clock_boot_ms();
	struct cli cli;
	struct sweep s = {.cli = &cli,
			  .until_boot_ms = began_ms + PUBLISH_MS,
			  .reconcile_until_boot_ms = began_ms + RECONCILE_MS,
			  .ask_until_boot_ms = began_ms + ASK_MS};
	int status = check_settings();

	if (status == CLI_OK)
		status = cli_open_database(&cli);
	if (status != CLI_OK)
		return status;
	dl_metrics_open("disparalead", cli.settings.metrics_file);
	dl_http_global_init();
	dl_db_pool_end_by(cli.pool, began_ms + END_MS);
	s.arena = dl_arena_create(SWEEP_ROUND_ARENA);
	dl_qstash_init(&s.queue, &cli.settings, dl_http_curl());
	dl_evolution_init(&s.evolution, &cli.settings, dl_http_curl());
	run_steps(&s);
	print_summary(&s, dl_clock_boot_ms() - began_ms);
	count_summary(&s);
	dl_arena_destroy(s.arena);
	cli_close(&cli);
	return s.errors ? CLI_UNAVAILABLE : CLI_OK;
}

int
cli_sweep(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		return c == 'h' ? help() : cli_bad_option(argv);
	if (argc != optind)
		return cli_usage("sweep", "não espero argumentos");
	return sweep();
}
