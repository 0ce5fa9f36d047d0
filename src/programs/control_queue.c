/* SPDX-License-Identifier: MIT */
/*
 * The queue after an action: new messages in, those of ended runs out.  The
 * database is right already; whatever fails here waits for the sweeper.
 */
#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "delivery/publication.h"
#include "programs/control.h"

/* Rows of one round of publishing; 4,096 characters each at most. */
#define ROUND_ROWS  1000
#define ROUND_ARENA (64 * 1024 * 1024)
/* What the queue holds at the longest, less what clocks differ. */
#define QUEUE_MARGIN_S 300
/* What is kept for cleaning, the status and the answer. */
#define RESERVE_MS 3000
/* The longest call that cleans a label. */
#define CLEAN_MS 10000
/* A bigint and its comma; what failed, quoted; 20 of them. */
#define ARRAY_MAX (32 * 1024)

struct publishing {
	struct control_job *job;
	struct dl_arena *arena; /* of one round */
	int64_t until_boot_ms;
	char slot[64]; /* of the last row; "" at first */
	char id[DL_UUID_MAX];
	size_t unpublished;
};

/* A share of the deadline, or so many milliseconds if that is less. */
static int64_t
before_deadline(const struct control_job *job, int64_t ms)
{
	int64_t half_ms = job->app->settings->control_deadline_s * 1000 / 2;

	return job->deadline_boot_ms - (half_ms < ms ? half_ms : ms);
}

static bool
ask_rows(struct publishing *p, PGresult **rows)
{
	const struct control_job *job = p->job;
	const char *params[] = {
	    control_tenant(job),
	    job->request.campaign_id.text,
	    dl_db_from_int(p->arena, job->run),
	    p->slot[0] ? p->slot : NULL,
	    p->slot[0] ? p->id : NULL,
	    dl_db_from_int(p->arena, job->app->settings->queue_max_delay_s -
					 QUEUE_MARGIN_S),
	    dl_db_from_int(p->arena, ROUND_ROWS)};
	struct dl_error err = {0};

	if (dl_db_call(job->app->pool, p->arena, params[0], true,
		       DL_SQL_CONTROL_PUBLISHABLE, params, rows, &err) == DL_OK)
		return true;
	dl_log_error(&err);
	return false;
}

/* Publishes a round; false when there is no use in another. */
static bool
publish_round(struct publishing *p)
{
	struct dl_qstash_report report;
	PGresult *rows;
	int n, failures;

	if (!ask_rows(p, &rows) || PQntuples(rows) == 0)
		return false;
	n = PQntuples(rows);
	snprintf(p->slot, sizeof(p->slot), "%s",
		 dl_db_cstr(rows, n - 1, "slot"));
	snprintf(p->id, sizeof(p->id), "%s", dl_db_cstr(rows, n - 1, "id"));
	failures =
	    dl_publication_publish(&p->job->app->queue, p->job->app->pool, rows,
				   p->until_boot_ms, &report);
	p->unpublished += report.refused + report.unpublished;
	return n == ROUND_ROWS && !failures && !report.unpublished;
}

static void
publish(struct control_job *job)
{
	struct publishing p = {.job = job,
			       .arena = dl_arena_create(ROUND_ARENA),
			       .until_boot_ms =
				   before_deadline(job, RESERVE_MS)};

	while (dl_clock_boot_ms() < p.until_boot_ms && publish_round(&p))
		dl_arena_reset(p.arena);
	dl_arena_destroy(p.arena);
	if (p.unpublished)
		dl_log(DL_LOG_WARNING, "control.publish",
		       "some messages wait for the sweeper",
		       DL_F_TEXT("campaign_id", job->request.campaign_id.text),
		       DL_F_INT("unpublished", p.unpublished));
}

/* Pending with nothing left to publish: it is under way. */
static void
start_campaign(struct control_job *job)
{
	const char *ids =
	    dl_arena_printf(job->arena, "{%s}", job->request.campaign_id.text);
	struct dl_error err = {0};

	if (dl_db_call(job->app->pool, job->arena, NULL, true,
		       DL_SQL_START_QUEUED_CAMPAIGNS, &ids, NULL,
		       &err) != DL_OK)
		dl_log_error(&err);
}

static void
clean_label(struct control_job *job, const char *label,
	    struct dl_db_array *errors)
{
	struct dl_error err = {0};

	if (dl_qstash_cancel_label(&job->app->queue, job->arena, label, &err) ==
	    DL_OK) {
		dl_db_array_text(errors, NULL);
		return;
	}
	dl_log_error(&err);
	dl_db_array_text(errors, err.detail);
}

static void
clean_labels(struct control_job *job)
{
	const char *params[] = {control_tenant(job),
				job->request.campaign_id.text};
	int64_t until_boot_ms = before_deadline(job, CLEAN_MS);
	struct dl_error err = {0};
	struct dl_db_array ids, errors;
	PGresult *rows;

	if (dl_db_call(job->app->pool, job->arena, params[0], true,
		       DL_SQL_CONTROL_LABELS, params, &rows, &err) != DL_OK) {
		dl_log_error(&err);
		return;
	}
	dl_db_array_begin(&ids, job->arena, ARRAY_MAX);
	dl_db_array_begin(&errors, job->arena, ARRAY_MAX);
	for (int row = 0;
	     row < PQntuples(rows) && dl_clock_boot_ms() < until_boot_ms;
	     row++) {
		clean_label(job, dl_db_cstr(rows, row, "label"), &errors);
		dl_db_array_text(&ids, dl_db_cstr(rows, row, "id"));
	}
	const char *done[] = {dl_db_array_end(&ids), dl_db_array_end(&errors)};
	if (dl_db_call(job->app->pool, job->arena, NULL, true,
		       DL_SQL_OUTBOX_DONE, done, NULL, &err) != DL_OK)
		dl_log_error(&err);
}

/* Nothing is to be published of a campaign that was stopped. */
static bool
is_stop(enum dl_control_action action)
{
	return action == DL_CONTROL_PAUSE || action == DL_CONTROL_CANCEL;
}

void
control_serve_queue(struct control_job *job)
{
	if (!is_stop(job->request.action)) {
		publish(job);
		start_campaign(job);
	}
	clean_labels(job);
}
