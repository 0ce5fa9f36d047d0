/* SPDX-License-Identifier: MIT */
/*
 * Gives the stored rows to the queue.  Between two batches, while others are
 * under way, a connection is borrowed to mark what was accepted; none is held
 * while waiting for the queue.
 */
#include "config.h"

#include "programs/launch.h"

#include "base/clock.h"
#include "base/log.h"

/* The queue refuses what lies beyond its limit when the message arrives. */
#define QUEUE_MARGIN_S 300
/* A batch's arrays and the answer to marking it. */
#define MARK_ARENA (1024 * 1024)
#define MARK_ARRAY (64 * 1024)
/*
 * Left of the time for the answer, at most a quarter of it: marking the last
 * batches, and the start.
 */
#define RESERVE_MS 1500

/* A publication under way. */
struct outlet {
	struct launch_job *job;
	const uint32_t *rows; /* of the plan, that may be published */
	const struct dl_launch_lane **lanes; /* of each instance */
	bool is_marking; /* false after a failure: the sweeper will see */
};

static const struct dl_launch_lane *
lane_of(const struct launch_job *job, struct dl_str instance_name)
{
	for (size_t i = 0; i < job->stored.n_lanes; i++)
		if (dl_str_eq(job->stored.lanes[i].instance_name,
			      instance_name))
			return &job->stored.lanes[i];
	return NULL;
}

static bool
is_publishable(const struct outlet *outlet, const struct dl_launch_row *row,
	       int64_t limit_s)
{
	const struct dl_launch_lane *lane;

	if (row->is_suppressed || row->slot_s > limit_s)
		return false;
	lane = outlet->lanes[row->instance];
	return lane && lane->is_open;
}

/* Fills lanes and rows; the number of rows, 0 also at the arena's cap. */
static size_t
choose_rows(struct outlet *outlet)
{
	struct launch_job *job = outlet->job;
	int64_t limit_s = dl_clock_now_ms() / 1000 +
			  job->app->settings->queue_max_delay_s -
			  QUEUE_MARGIN_S;
	uint32_t *rows =
	    dl_arena_array(job->arena, job->plan.n_rows, sizeof(*rows));
	size_t n = 0;

	outlet->lanes = dl_arena_array(job->arena, job->request->n_instances,
				       sizeof(const struct dl_launch_lane *));
	if (!rows || !outlet->lanes)
		return 0;
	for (size_t i = 0; i < job->request->n_instances; i++)
		outlet->lanes[i] = lane_of(job, job->request->instances[i]);
	for (size_t i = 0; i < job->plan.n_rows; i++)
		if (is_publishable(outlet, &job->plan.rows[i], limit_s))
			rows[n++] = (uint32_t)i;
	outlet->rows = rows;
	return n;
}

/* dl_qstash_source.get */
static void
get_message(void *ctx, size_t index, struct dl_arena *arena,
	    struct dl_qstash_message *message)
{
	const struct outlet *outlet = ctx;
	const struct launch_job *job = outlet->job;
	size_t i = outlet->rows[index];
	const struct dl_launch_row *row = &job->plan.rows[i];
	const struct dl_launch_request *request = job->request;
	struct dl_buf *text = dl_buf_create(arena, DL_QSTASH_BATCH_BYTES);

	dl_launch_render(request, row->contact, row->template_index, text);
	*message = (struct dl_qstash_message){
	    .id = job->launch.row_ids[i].text,
	    .campaign_id = job->launch.id.text,
	    .instance_name = request->instances[row->instance],
	    .phone_number =
		dl_str(request->contacts[row->contact].phone.digits),
	    .content = dl_buf_str(text),
	    .generation = 1,
	    .run = 0,
	    .gap_s = outlet->lanes[row->instance]->gap_s,
	    .not_before_s = row->slot_s,
	    .is_media = request->templates[row->template_index].type !=
			DL_MESSAGE_TEXTO,
	};
}

static enum dl_code
mark(struct outlet *outlet, struct dl_arena *arena,
     const struct dl_qstash_accepted *items, size_t n, struct dl_error *err)
{
	struct launch_job *job = outlet->job;
	struct dl_db_array ids, generations, queue_ids;
	const char *params[3];
	enum dl_code code;

	dl_db_array_begin(&ids, arena, MARK_ARRAY);
	dl_db_array_begin(&generations, arena, MARK_ARRAY);
	dl_db_array_begin(&queue_ids, arena, MARK_ARRAY);
	for (size_t i = 0; i < n; i++) {
		size_t row = outlet->rows[items[i].index];

		dl_db_array_text(&ids, job->launch.row_ids[row].text);
		dl_db_array_int(&generations, 1);
		dl_db_array_str(&queue_ids, items[i].queue_id);
	}
	params[0] = dl_db_array_end(&ids);
	params[1] = dl_db_array_end(&generations);
	params[2] = dl_db_array_end(&queue_ids);
	if (!params[0] || !params[1] || !params[2])
		return dl_fail(err, DL_TOO_LARGE, "launch.mark",
			       "the queue's ids are too long");
	code = dl_db_call(job->app->pool, arena, NULL, true,
			  DL_SQL_MARK_PUBLISHED, params, NULL, err);
	if (code == DL_OK)
		job->queued += (int64_t)n;
	return code;
}

/* dl_qstash_source.accepted */
static void
take_accepted(void *ctx, const struct dl_qstash_accepted *items, size_t n)
{
	struct outlet *outlet = ctx;
	struct dl_error err = {0};
	struct dl_arena *arena;

	if (!outlet->is_marking)
		return;
	arena = dl_arena_create(MARK_ARENA);
	if (mark(outlet, arena, items, n, &err) != DL_OK) {
		/* Published and still pending: harmless, the sweeper's. */
		outlet->is_marking = false;
		dl_log_error(&err);
	}
	dl_arena_destroy(arena);
}

static int64_t
publish_until(const struct launch_job *job)
{
	int64_t quarter_ms = job->app->settings->launch_deadline_s * 1000 / 4;

	return job->deadline_boot_ms -
	       (quarter_ms < RESERVE_MS ? quarter_ms : RESERVE_MS);
}

void
launch_publish(struct launch_job *job)
{
	struct outlet outlet = {.job = job, .is_marking = true};
	const struct dl_qstash_source source = {
	    .n = choose_rows(&outlet),
	    .get = get_message,
	    .accepted = take_accepted,
	    .ctx = &outlet,
	};
	struct dl_qstash_report report;

	if (!source.n)
		return;
	dl_qstash_publish(&job->app->queue, &source, publish_until(job),
			  &report);
	if (report.refused || report.unpublished)
		dl_log(DL_LOG_WARNING, "launch.publish",
		       "some messages wait for the sweeper",
		       DL_F_TEXT("campaign_id", job->launch.id.text),
		       DL_F_INT("refused", report.refused),
		       DL_F_INT("unpublished", report.unpublished));
}
