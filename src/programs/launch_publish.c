/* SPDX-License-Identifier: MIT */
/*
 * Gives the stored rows to the queue.  What it accepted is marked meanwhile
 * (delivery/marker.h); no connection is held while waiting for the queue.
 */
#include "config.h"

#include "programs/launch.h"

#include "base/clock.h"
#include "base/log.h"
#include "delivery/marker.h"

/* The queue refuses what lies beyond its limit when the message arrives. */
#define QUEUE_MARGIN_S 300
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
	struct dl_marker *marker;
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

/* dl_qstash_source.accepted */
static void
take_accepted(void *ctx, const struct dl_qstash_accepted *items, size_t n)
{
	const struct outlet *outlet = ctx;

	for (size_t i = 0; i < n; i++) {
		size_t row = outlet->rows[items[i].index];

		dl_marker_add(outlet->marker,
			      outlet->job->launch.row_ids[row].text, 1,
			      items[i].queue_id);
	}
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
	struct outlet outlet = {.job = job};
	const struct dl_qstash_source source = {
	    .n = choose_rows(&outlet),
	    .get = get_message,
	    .accepted = take_accepted,
	    .ctx = &outlet,
	};
	struct dl_qstash_report report;
	struct dl_error err = {0};

	if (!source.n)
		return;
	outlet.marker = dl_marker_begin(job->app->pool);
	dl_qstash_publish(&job->app->queue, &source, publish_until(job),
			  &report);
	job->queued = dl_marker_end(outlet.marker, &err);
	/* Published and still pending: harmless, the sweeper's. */
	if (err.code != DL_OK)
		dl_log_error(&err);
	if (report.refused || report.unpublished)
		dl_log(DL_LOG_WARNING, "launch.publish",
		       "some messages wait for the sweeper",
		       DL_F_TEXT("campaign_id", job->launch.id.text),
		       DL_F_INT("refused", report.refused),
		       DL_F_INT("unpublished", report.unpublished));
}
