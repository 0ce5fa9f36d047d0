/* SPDX-License-Identifier: MIT */
/*
 * The model's control actions.
 */
#include "config.h"

#include "model.h"

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
