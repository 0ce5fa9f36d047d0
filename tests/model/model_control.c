/* SPDX-License-Identifier: MIT */
/*
 * The model's control actions.
 */
#include "config.h"

#include "model.h"

#include <string.h>

/* Every waiting row, to pending of a new generation or to a final state. */
static int
stop_rows(struct model *model, int campaign, enum model_status to)
{
	int n = 0;

	for (int i = campaign * MODEL_ROWS; i < (campaign + 1) * MODEL_ROWS;
	     i++) {
		struct model_message *row = &model->messages[i];

		if (!model_is_waiting(row))
			continue;
		if (to == MODEL_PENDING)
			model_put_back(model, i);
		else
			model_move(model, i, to);
		row->publish_count = 0;
		row->published_at = MODEL_NULL;
		n++;
	}
	return n;
}

void
model_pause(struct model *model, int campaign, struct model_text *answer)
{
	struct model_campaign *c = &model->campaigns[campaign];

	if (!model_is_live(c)) {
		model_say(answer, "%s",
			  c->phase == MODEL_C_PAUSED ? "unchanged" : "refused");
		return;
	}
	c->phase = MODEL_C_PAUSED;
	c->reason = NULL;
	c->run++;
	model_say(answer, "done %d", stop_rows(model, campaign, MODEL_PENDING));
}

void
model_cancel(struct model *model, int campaign, struct model_text *answer)
{
	struct model_campaign *c = &model->campaigns[campaign];

	if (!model_is_live(c) && c->phase != MODEL_C_PAUSED) {
		model_say(answer, "%s",
			  c->phase == MODEL_C_CANCELLED ? "unchanged"
							: "refused");
		return;
	}
	c->phase = MODEL_C_CANCELLED;
	c->reason = NULL;
	c->run++;
	c->is_announced = true;
	if (c->completed_at == MODEL_NULL)
		c->completed_at = model->now;
	model_say(answer, "done %d",
		  stop_rows(model, campaign, MODEL_CANCELLED));
}

/* The next slot of a campaign's rows, one delay after the other. */
static void
lay(struct model *model, int message, int64_t slot)
{
	struct model_message *row = &model->messages[message];

	model_put_back(model, message);
	row->publish_count = 0;
	row->slot = slot;
	row->published_at = model->now;
}

static void
lay_waiting(struct model *model, int campaign, int64_t slot)
{
	int64_t step = model->campaigns[campaign].delay_s * INT64_C(1000);

	for (int i = campaign * MODEL_ROWS; i < (campaign + 1) * MODEL_ROWS;
	     i++) {
		if (!model_is_waiting(&model->messages[i]))
			continue;
		lay(model, i, slot);
		slot += step;
	}
}

/* An action that laid rows is done; another run, and the end where none is. */
static void
seal(struct model *model, int campaign, struct model_text *answer)
{
	struct model_campaign *c = &model->campaigns[campaign];

	c->run++;
	model_finish(model, campaign);
	model_say(answer, "%s %d", model_phase_name(c->phase), c->run);
}

void
model_resume(struct model *model, int campaign, int64_t slot,
	     struct model_text *answer)
{
	struct model_campaign *c = &model->campaigns[campaign];

	c->phase = c->is_started ? MODEL_C_PROCESSING : MODEL_C_PENDING;
	c->reason = NULL;
	lay_waiting(model, campaign, slot);
	seal(model, campaign, answer);
}

void
model_reschedule(struct model *model, int campaign, int64_t slot,
		 struct model_text *answer)
{
	lay_waiting(model, campaign, slot);
	seal(model, campaign, answer);
}

/* -------------------------------------------------------- retries, decrees */

static bool
is_unknown(const struct model_message *row)
{
	return row->serial && (row->status == MODEL_UNCERTAIN ||
			       (row->status == MODEL_FAILED && row->code &&
				strcmp(row->code, "outcome_unknown") == 0));
}

static bool
has_failed(const struct model_message *row)
{
	return row->serial && row->status == MODEL_FAILED && !is_unknown(row);
}

/* What waits again makes an ended campaign live. */
static void
reopen(struct model *model, int campaign)
{
	struct model_campaign *c = &model->campaigns[campaign];

	model_raise_gaps(model, campaign);
	if (c->phase != MODEL_C_COMPLETED && c->phase != MODEL_C_FAILED)
		return;
	c->phase = MODEL_C_PROCESSING;
	c->is_started = true;
	c->reason = NULL;
}

static void
requeue(struct model *model, int campaign,
	bool (*is_one)(const struct model_message *row), int64_t slot,
	struct model_text *answer)
{
	int64_t step = model->campaigns[campaign].delay_s * INT64_C(1000);
	int n = 0;

	for (int i = campaign * MODEL_ROWS; i < (campaign + 1) * MODEL_ROWS;
	     i++) {
		struct model_message *row = &model->messages[i];

		if (!is_one(row))
			continue;
		/* An operator's word that it may go out once more. */
		if (is_unknown(row) || row->sends > row->decisions)
			row->decisions++;
		row->is_in_doubt = false;
		row->retries = 0;
		row->code = NULL;
		row->sent_at = MODEL_NULL;
		lay(model, i, slot + n++ * step);
	}
	if (n == 0) {
		model_say(answer, "unchanged");
		return;
	}
	reopen(model, campaign);
	seal(model, campaign, answer);
}

void
model_retry(struct model *model, int campaign, int64_t slot,
	    struct model_text *answer)
{
	requeue(model, campaign, has_failed, slot, answer);
}

static void
close_row(struct model *model, int message, enum model_status to)
{
	struct model_message *row = &model->messages[message];

	model_move(model, message, to);
	row->code = to == MODEL_FAILED ? "closed_as_failed" : NULL;
	row->sent_at = to == MODEL_SENT && row->claimed_at != MODEL_NULL
			   ? row->claimed_at
			   : model->now;
}

void
model_resolve(struct model *model, int campaign, enum model_status to,
	      int64_t slot, struct model_text *answer)
{
	int n = 0;

	if (to == MODEL_PENDING) {
		requeue(model, campaign, is_unknown, slot, answer);
		return;
	}
	for (int i = campaign * MODEL_ROWS; i < (campaign + 1) * MODEL_ROWS;
	     i++) {
		if (!is_unknown(&model->messages[i]))
			continue;
		close_row(model, i, to);
		n++;
	}
	if (n == 0) {
		model_say(answer, "unchanged");
		return;
	}
	model_settle(model, campaign, to == MODEL_SENT);
	seal(model, campaign, answer);
}
