/* SPDX-License-Identifier: MIT */
/*
 * The model's basics: names, moves of rows with the counters, the beginning
 * and the end of a campaign, launch and publication.
 */
#include "config.h"

#include "model.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *
model_status_name(enum model_status status)
{
	static const char *const names[] = {
	    "pending", "queued",    "sending",    "uncertain", "sent",
	    "failed",  "cancelled", "suppressed", "expired"};

	return names[status];
}

const char *
model_phase_name(enum model_phase phase)
{
	static const char *const names[] = {"pending", "processing",
					    "paused",  "completed",
					    "failed",  "cancelled"};

	return names[phase];
}

const char *
model_outcome_name(enum model_outcome outcome)
{
	static const char *const names[] = {
	    "sent",   "failed",     "transient", "transient_last",
	    "fault",  "credential", "unknown",   "given_back",
	    "absent", "suppressed", "expired"};

	return names[outcome];
}

const char *
model_breaker_name(enum model_breaker breaker)
{
	static const char *const names[] = {"closed", "open", "half_open"};

	return names[breaker];
}

void
model_say(struct model_text *text, const char *format, ...)
{
	size_t len = strlen(text->text);
	va_list args;

	va_start(args, format);
	vsnprintf(text->text + len, sizeof(text->text) - len, format, args);
	va_end(args);
}

void
model_init(struct model *model, int64_t now)
{
	*model = (struct model){.now = now};
	for (int i = 0; i < MODEL_LANES; i++)
		model->lanes[i] =
		    (struct model_lane){.last_start = MODEL_NULL,
					.reserved_until = MODEL_NULL,
					.parked_until = MODEL_NULL,
					.unauthorized_since = MODEL_NULL,
					.checked_at = MODEL_NULL,
					.error_receipt_at = MODEL_NULL};
	for (int i = 0; i < MODEL_PHONES; i++)
		model->suppressed_at[i] = MODEL_NULL;
}

struct model_campaign *
model_campaign_of(struct model *model, int message)
{
	return &model->campaigns[message / MODEL_ROWS];
}

bool
model_is_live(const struct model_campaign *campaign)
{
	return campaign->phase == MODEL_C_PENDING ||
	       campaign->phase == MODEL_C_PROCESSING;
}

bool
model_is_waiting(const struct model_message *message)
{
	return message->serial && (message->status == MODEL_PENDING ||
				   message->status == MODEL_QUEUED);
}

bool
model_is_open(const struct model_message *message)
{
	return message->serial && message->status < MODEL_SENT;
}

int
model_count(const struct model *model, int campaign, enum model_status status)
{
	const struct model_message *row =
	    &model->messages[campaign * MODEL_ROWS];
	int n = 0;

	for (int i = 0; i < MODEL_ROWS; i++)
		n += row[i].serial && row[i].status == status;
	return n;
}

/* ------------------------------------------------------------------- moves */

void
model_move(struct model *model, int message, enum model_status to)
{
	struct model_message *row = &model->messages[message];
	struct model_campaign *campaign = model_campaign_of(model, message);

	if (row->status >= MODEL_SENT)
		campaign->counts[row->status]--;
	if (to >= MODEL_SENT)
		campaign->counts[to]++;
	model->moves[row->status][to]++;
	row->status = to;
	row->updated_at = model->now;
}

void
model_put_back(struct model *model, int message)
{
	model_move(model, message, MODEL_PENDING);
	model->messages[message].generation++;
}

void
model_finish(struct model *model, int campaign)
{
	struct model_campaign *c = &model->campaigns[campaign];

	if (!model_is_live(c))
		return;
	for (int i = 0; i < MODEL_ROWS; i++)
		if (model_is_open(&model->messages[campaign * MODEL_ROWS + i]))
			return;
	c->phase = c->counts[MODEL_SENT] == 0 && c->counts[MODEL_FAILED] > 0
		       ? MODEL_C_FAILED
		       : MODEL_C_COMPLETED;
	c->reason = NULL;
	c->is_announced = true;
	if (c->completed_at == MODEL_NULL)
		c->completed_at = model->now;
}

void
model_raise_gaps(struct model *model, int campaign)
{
	const struct model_campaign *c = &model->campaigns[campaign];

	for (int i = 0; i < MODEL_LANES; i++)
		if (c->lanes[i] && model->lanes[i].gap_s < c->delay_s)
			model->lanes[i].gap_s = c->delay_s;
}

static void
begin(struct model_campaign *campaign)
{
	if (campaign->phase != MODEL_C_PENDING)
		return;
	campaign->phase = MODEL_C_PROCESSING;
	campaign->is_started = true;
}

void
model_settle(struct model *model, int campaign, bool is_outcome)
{
	if (is_outcome)
		begin(&model->campaigns[campaign]);
	model_finish(model, campaign);
}

/* ------------------------------------------------------- launch, the queue */

static void
launch_row(struct model *model, const struct model_launch *launch, int i,
	   int lane)
{
	int64_t since = model->suppressed_at[launch->phones[i]];
	bool is_suppressed = !launch->is_blind && since != MODEL_NULL;

	model->messages[launch->campaign * MODEL_ROWS + i] =
	    (struct model_message){
		.serial = ++model->serials,
		.status = is_suppressed ? MODEL_SUPPRESSED : MODEL_PENDING,
		.lane = is_suppressed ? -1 : lane,
		.phone = launch->phones[i],
		.generation = 1,
		.claimed_at = MODEL_NULL,
		.lease_end = MODEL_NULL,
		.sent_at = MODEL_NULL,
		.slot = is_suppressed ? MODEL_NULL
				      : launch->first_slot +
					    i * launch->delay_s * INT64_C(1000),
		.published_at = launch->is_sweepers ? MODEL_BEFORE : MODEL_NULL,
		.updated_at = model->now};
}

void
model_launch(struct model *model, const struct model_launch *launch)
{
	struct model_campaign *c = &model->campaigns[launch->campaign];
	int lane = -1;

	*c = (struct model_campaign){.serial = ++model->serials,
				     .n_rows = launch->n_rows,
				     .delay_s = launch->delay_s,
				     .completed_at = MODEL_NULL,
				     .expires_at = launch->expires_at};
	memcpy(c->lanes, launch->lanes, sizeof(c->lanes));
	for (int i = 0; i < MODEL_ROWS; i++) {
		do
			lane = (lane + 1) % MODEL_LANES;
		while (!c->lanes[lane]);
		model->messages[launch->campaign * MODEL_ROWS + i].serial = 0;
		if (i < launch->n_rows)
			launch_row(model, launch, i, lane);
	}
	c->counts[MODEL_SUPPRESSED] =
	    model_count(model, launch->campaign, MODEL_SUPPRESSED);
	model_raise_gaps(model, launch->campaign);
	model_finish(model, launch->campaign);
}

void
model_start(struct model *model, int campaign, struct model_text *answer)
{
	struct model_campaign *c = &model->campaigns[campaign];

	if (model_count(model, campaign, MODEL_PENDING) == 0)
		begin(c);
	model_say(answer, "%s", model_phase_name(c->phase));
}

void
model_mark(struct model *model, const struct model_item *items, int n,
	   struct model_text *answer)
{
	int queued = 0;

	for (int i = 0; i < n; i++) {
		struct model_message *row = &model->messages[items[i].message];

		if (row->generation != items[i].generation)
			continue;
		row->queue_id = items[i].token;
		row->published_at = model->now;
		row->updated_at = model->now;
		if (row->status == MODEL_PENDING) {
			row->publish_count++;
			model_move(model, items[i].message, MODEL_QUEUED);
		}
		queued += row->status == MODEL_QUEUED;
	}
	model_say(answer, "%d", queued);
}
