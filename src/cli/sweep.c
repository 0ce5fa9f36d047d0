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
#include "cli/cli.h"
#include "delivery/publication.h"
#include "remote/evolution.h"
#include "remote/qstash.h"

/* Rows of one statement. */
#define MAX_ROWS 1000
/* Messages that one run publishes, so that it ends within its minute. */
#define MAX_PUBLISHED 20000
/* Questions to the queue, one call each. */
#define MAX_ASKED 200
/* Questions to Evolution, one call each. */
#define MAX_PROBES    50
#define MAX_CAMPAIGNS 100
/* Publishing stops so long after the start. */
#define PUBLISH_MS 45000
/* No question begins later: who does not answer must not keep it waiting. */
#define ASK_MS 20000
/* A round's rows with their texts. */
#define ROUND_ARENA (64 * 1024 * 1024)

struct sweep {
	struct cli *cli;
	struct dl_arena *arena;
	struct dl_qstash queue;
	struct dl_evolution evolution;
	int64_t until_boot_ms;     /* for publishing */
	int64_t ask_until_boot_ms; /* for questions */
	int64_t uncertain, outcome_unknown, ended_unsent, asked, lost, probed;
	int64_t opened, paused, published, unpublished, gaps, ended, errors;
	int64_t wait_s; /* the queue asked for silence */
};

static int
help(void)
{
	fputs("uso: disparalead sweep\n\n"
	      "Faz o que só o tempo traz: republica mensagens paradas, dá por\n"
	      "incertas as entregas interrompidas, encerra campanhas, reabre\n"
	      "números que voltaram. Roda a cada minuto por um timer; várias\n"
	      "cópias ao mesmo tempo não se atrapalham. Imprime uma linha de\n"
	      "JSON com o que fez.\n",
	      stdout);
	return CLI_OK;
}

static void
count_error(struct sweep *s, const struct dl_error *err)
{
	dl_log_error(err);
	s->errors++;
}

static bool
call(struct sweep *s, enum dl_statement statement, const char *const *params,
     PGresult **rows)
{
	struct dl_error err = {0};

	if (dl_db_call(s->cli->pool, s->arena, NULL, true, statement, params,
		       rows, &err) == DL_OK)
		return true;
	count_error(s, &err);
	return false;
}

/* A step that is one statement: its "n". */
static int64_t
step(struct sweep *s, enum dl_statement statement, int64_t a, int64_t b)
{
	const char *params[] = {dl_db_from_int(s->arena, a),
				dl_db_from_int(s->arena, b)};
	PGresult *rows;

	return call(s, statement, params, &rows) ? dl_db_int(rows, 0, "n", 0)
						 : 0;
}

/* --------------------------------------------------------------- the queue */

/* Publishes a round of rows; false when there is no use in another. */
static bool
publish_round(struct sweep *s)
{
	const char *params[] = {
	    dl_db_from_int(s->arena, s->cli->settings.publish_stale_s),
	    dl_db_from_int(s->arena, s->cli->settings.queue_max_delay_s),
	    dl_db_from_int(s->arena, MAX_ROWS)};
	struct dl_qstash_report report;
	PGresult *rows;

	if (!call(s, DL_SQL_SWEEP_STALE_PENDING, params, &rows) ||
	    PQntuples(rows) == 0)
		return false;
	s->errors += dl_publication_publish(&s->queue, s->cli->pool, rows,
					    s->until_boot_ms, &report);
	s->published += (int64_t)report.accepted;
	s->unpublished += (int64_t)(report.refused + report.unpublished);
	s->wait_s = report.is_limited ? report.wait_s : 0;
	return PQntuples(rows) == MAX_ROWS && report.accepted > 0 && !s->wait_s;
}

static void
publish(struct sweep *s)
{
	while (s->published < MAX_PUBLISHED &&
	       dl_clock_boot_ms() < s->until_boot_ms && publish_round(s))
		dl_arena_reset(s->arena);
	dl_arena_reset(s->arena);
}

/* Whether the queue surely has this message no more. */
static bool
is_lost(struct sweep *s, const char *queue_id, bool *may_go_on)
{
	struct dl_error err = {0};
	bool is_known;

	if (!queue_id)
		return true;
	if (dl_qstash_get_message(&s->queue, s->arena, queue_id, &is_known,
				  &err) != DL_OK) {
		count_error(s, &err);
		*may_go_on = err.code == DL_BAD_REQUEST;
		return false;
	}
	return !is_known;
}

/* Overdue rows go back to pending where the queue does not know them. */
static void
ask_for_overdue(struct sweep *s)
{
	const char *params[] = {
	    dl_db_from_int(s->arena, s->cli->settings.publish_stale_s),
	    dl_db_from_int(s->arena, MAX_ASKED)};
	struct dl_db_array ids, generations;
	bool may_go_on = true;
	PGresult *rows;

	if (!call(s, DL_SQL_SWEEP_OVERDUE_QUEUED, params, &rows))
		return;
	dl_db_array_begin(&ids, s->arena, 64 * MAX_ASKED);
	dl_db_array_begin(&generations, s->arena, 16 * MAX_ASKED);
	for (int row = 0; row < PQntuples(rows) && may_go_on &&
			  dl_clock_boot_ms() < s->ask_until_boot_ms;
	     row++) {
		s->asked++;
		if (!is_lost(s, dl_db_cstr(rows, row, "qstash_message_id"),
			     &may_go_on))
			continue;
		dl_db_array_text(&ids, dl_db_cstr(rows, row, "id"));
		dl_db_array_int(&generations,
				dl_db_int(rows, row, "generation", 0));
	}
	const char *lost[] = {dl_db_array_end(&ids),
			      dl_db_array_end(&generations)};
	if (call(s, DL_SQL_SWEEP_RETURN_LOST, lost, &rows))
		s->lost += dl_db_int(rows, 0, "n", 0);
}

/* ------------------------------------------------------------------- lanes */

static void
probe_lane(struct sweep *s, struct dl_str instance, struct dl_str token)
{
	struct dl_error err = {0};
	struct dl_str state;
	PGresult *rows;

	s->probed++;
	/* A parked lane that can't be asked stays as it is. */
	if (dl_evolution_state(&s->evolution, s->arena, instance, token, &state,
			       &err) != DL_OK) {
		dl_log_error(&err);
		return;
	}
	const char *params[] = {
	    dl_arena_strndup(s->arena, instance.ptr, instance.len),
	    state.len ? dl_arena_strndup(s->arena, state.ptr, state.len)
		      : "close"};
	if (call(s, DL_SQL_SET_LANE_STATE, params, &rows))
		s->opened += dl_db_bool(rows, 0, "opened");
}

static void
probe_lanes(struct sweep *s)
{
	const char *params[] = {dl_db_from_int(s->arena, MAX_PROBES)};
	PGresult *rows;

	if (!call(s, DL_SQL_LANES_TO_PROBE, params, &rows))
		return;
	for (int row = 0;
	     row < PQntuples(rows) && dl_clock_boot_ms() < s->ask_until_boot_ms;
	     row++)
		probe_lane(s, dl_db_text(rows, row, "instance_name"),
			   dl_db_text(rows, row, "token"));
}

/* ------------------------------------------------------------------- whole */

static void
run_steps(struct sweep *s)
{
	const struct dl_settings *settings = &s->cli->settings;

	s->uncertain = step(s, DL_SQL_SWEEP_EXPIRED_LEASES, MAX_ROWS, 0);
	s->outcome_unknown = step(s, DL_SQL_SWEEP_UNCERTAIN_DEADLINE,
				  settings->reconcile_deadline_s, MAX_ROWS);
	s->ended_unsent = step(s, DL_SQL_SWEEP_UNSENT_ENDS, MAX_ROWS, 0);
	ask_for_overdue(s);
	probe_lanes(s);
	s->paused = step(s, DL_SQL_SWEEP_NOT_DELIVERING, MAX_CAMPAIGNS, 0);
	s->gaps = step(s, DL_SQL_SWEEP_LANE_GAPS, MAX_ROWS, 0);
	dl_arena_reset(s->arena);
	publish(s);
	step(s, DL_SQL_SWEEP_STARTS, MAX_CAMPAIGNS, 0);
	s->ended = step(s, DL_SQL_SWEEP_ENDS, MAX_CAMPAIGNS, 0);
}

static void
print_summary(const struct sweep *s, int64_t ms)
{
	struct dl_buf *text = dl_buf_create(s->arena, 4096);
	struct dl_json_out out;

	dl_json_begin(&out, text);
	dl_json_object_begin(&out);
	dl_json_member_int(&out, "uncertain", s->uncertain);
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
	dl_json_member_int(&out, "errors", s->errors);
	dl_json_member_int(&out, "queue_wait_s", s->wait_s);
	dl_json_member_int(&out, "ms", ms);
	dl_json_object_end(&out);
	puts(dl_buf_cstr(text));
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
			  .ask_until_boot_ms = began_ms + ASK_MS};
	int status = check_settings();

	if (status == CLI_OK)
		status = cli_open_database(&cli);
	if (status != CLI_OK)
		return status;
	dl_http_global_init();
	s.arena = dl_arena_create(ROUND_ARENA);
	dl_qstash_init(&s.queue, &cli.settings, dl_http_curl());
	dl_evolution_init(&s.evolution, &cli.settings, dl_http_curl());
	run_steps(&s);
	print_summary(&s, dl_clock_boot_ms() - began_ms);
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
