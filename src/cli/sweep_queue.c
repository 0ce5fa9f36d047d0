/* SPDX-License-Identifier: MIT */
/*
 * disparalead sweep: all that it has to say to the queue.  A 429 ends it for
 * this run and, by way of the database, for the next ones until the reset.
 */
#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "cli/sweep.h"
#include "delivery/publication.h"

/* Rows of one statement. */
#define MAX_ROWS 1000
/* Messages that one run publishes, so that it ends within its minute. */
#define MAX_PUBLISHED 20000
/* Questions to the queue, one call each, of one statement's rows. */
#define ASK_ROWS 100
/* Rounds of questions of one run. */
#define ASK_ROUNDS 50
/* Labels of one run, one call each. */
#define MAX_LABELS 100
/* A bigint and its comma; what failed, quoted. */
#define ID_BYTES    24
#define ERROR_BYTES 1024

static bool
may_call(const struct sweep *s)
{
	return !s->wait_s && !s->is_cut;
}

/* The queue asked for silence of wait_s seconds, which outlive this run. */
static void
leave_alone(struct sweep *s, int64_t wait_s)
{
	const char *params[] = {dl_db_from_int(s->arena, wait_s)};

	s->wait_s = wait_s;
	sweep_call(s, DL_SQL_SWEEP_KEEP_WAIT, params, NULL);
}

/* A call to the queue that failed. */
static void
queue_failed(struct sweep *s, const struct dl_error *err)
{
	sweep_error(s, err);
	if (err->retry_after_s > 0)
		leave_alone(s, err->retry_after_s);
}

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

	if (!sweep_call(s, DL_SQL_SWEEP_STALE_PENDING, params, &rows) ||
	    PQntuples(rows) == 0)
		return false;
	s->errors += dl_publication_publish(&s->queue, s->cli->pool, rows,
					    s->until_boot_ms, &report);
	s->published += (int64_t)report.accepted;
	s->unpublished += (int64_t)(report.refused + report.unpublished);
	if (report.is_limited)
		leave_alone(s, report.wait_s);
	return PQntuples(rows) == MAX_ROWS && report.accepted > 0 &&
	       may_call(s);
}

void
sweep_publish(struct sweep *s)
{
	while (may_call(s) && s->published < MAX_PUBLISHED &&
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
	s->asked++;
	if (dl_qstash_get_message(&s->queue, s->arena, queue_id, &is_known,
				  &err) != DL_OK) {
		queue_failed(s, &err);
		*may_go_on = err.code == DL_BAD_REQUEST;
		return false;
	}
	return !is_known;
}

/* A round of questions; false when there is no use in another. */
static bool
ask_round(struct sweep *s)
{
	const char *params[] = {
	    dl_db_from_int(s->arena, s->cli->settings.publish_stale_s),
	    dl_db_from_int(s->arena, ASK_ROWS)};
	struct dl_db_array ids, generations;
	bool may_go_on = true;
	PGresult *rows, *moved;

	if (!sweep_call(s, DL_SQL_SWEEP_OVERDUE_QUEUED, params, &rows))
		return false;
	dl_db_array_begin(&ids, s->arena, 64 * ASK_ROWS);
	dl_db_array_begin(&generations, s->arena, 16 * ASK_ROWS);
	for (int row = 0; row < PQntuples(rows) && may_go_on &&
			  dl_clock_boot_ms() < s->ask_until_boot_ms;
	     row++) {
		if (!is_lost(s, dl_db_cstr(rows, row, "qstash_message_id"),
			     &may_go_on))
			continue;
		dl_db_array_text(&ids, dl_db_cstr(rows, row, "id"));
		dl_db_array_int(&generations,
				dl_db_int(rows, row, "generation", 0));
	}
	const char *lost[] = {dl_db_array_end(&ids),
			      dl_db_array_end(&generations)};
	if (!sweep_call(s, DL_SQL_SWEEP_RETURN_LOST, lost, &moved))
		return false;
	s->lost += dl_db_int(moved, 0, "n", 0);
	return may_go_on && PQntuples(rows) == ASK_ROWS;
}

void
sweep_ask_queue(struct sweep *s)
{
	for (int round = 0;
	     round < ASK_ROUNDS && may_call(s) &&
	     dl_clock_boot_ms() < s->ask_until_boot_ms && ask_round(s);
	     round++)
		dl_arena_reset(s->arena);
	dl_arena_reset(s->arena);
}

/* Cleans one label; its line of what is told to the outbox. */
static bool
clean_label(struct sweep *s, const char *label, struct dl_db_array *errors)
{
	struct dl_error err = {0};

	if (dl_qstash_cancel_label(&s->queue, s->arena, label ? label : "",
				   &err) == DL_OK) {
		s->labels++;
		dl_db_array_text(errors, NULL);
		return true;
	}
	queue_failed(s, &err);
	dl_db_array_text(errors, err.detail);
	return err.code == DL_BAD_REQUEST;
}

void
sweep_clean_labels(struct sweep *s)
{
	const char *params[] = {dl_db_from_int(s->arena, MAX_LABELS)};
	struct dl_db_array ids, errors;
	bool may_go_on = true;
	PGresult *rows;

	if (!may_call(s) || !sweep_call(s, DL_SQL_OUTBOX_LABELS, params, &rows))
		return;
	dl_db_array_begin(&ids, s->arena, ID_BYTES * MAX_LABELS);
	dl_db_array_begin(&errors, s->arena, ERROR_BYTES * MAX_LABELS);
	for (int row = 0; row < PQntuples(rows) && may_go_on &&
			  dl_clock_boot_ms() < s->ask_until_boot_ms;
	     row++) {
		may_go_on =
		    clean_label(s, dl_db_cstr(rows, row, "label"), &errors);
		dl_db_array_text(&ids, dl_db_cstr(rows, row, "id"));
	}
	const char *done[] = {dl_db_array_end(&ids), dl_db_array_end(&errors)};
	sweep_call(s, DL_SQL_OUTBOX_DONE, done, NULL);
	dl_arena_reset(s->arena);
}
