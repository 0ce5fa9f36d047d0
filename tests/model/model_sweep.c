/* SPDX-License-Identifier: MIT */
/*
 * The model's sweeper: what time alone brings about.
 */
#include "config.h"

#include "model.h"

static int64_t
ms(int64_t seconds)
{
	return seconds * 1000;
}

/* Settles the campaigns of rows that were moved. */
static void
settle_all(struct model *model, const bool *moved)
{
	for (int i = 0; i < MODEL_CAMPAIGNS; i++)
		if (moved[i])
			model_settle(model, i, false);
}

void
model_sweep_leases(struct model *model, struct model_text *answer)
{
	int n = 0;

	for (int i = 0; i < MODEL_MESSAGES; i++) {
		const struct model_message *row = &model->messages[i];

		if (!row->serial || row->status != MODEL_SENDING ||
		    row->lease_end >= model->now)
			continue;
		model_move(model, i, MODEL_UNCERTAIN);
		n++;
	}
	model_say(answer, "%d", n);
}

void
model_sweep_deadline(struct model *model, struct model_text *answer)
{
	bool moved[MODEL_CAMPAIGNS] = {false};
	int n = 0;

	for (int i = 0; i < MODEL_MESSAGES; i++) {
		struct model_message *row = &model->messages[i];

		if (!row->serial || row->status != MODEL_UNCERTAIN ||
		    row->claimed_at >= model->now - ms(MODEL_DEADLINE_S))
			continue;
		model_move(model, i, MODEL_FAILED);
		row->code = "outcome_unknown";
		row->sent_at = model->now;
		moved[i / MODEL_ROWS] = true;
		n++;
	}
	/* It may have begun with this, its first outcome. */
	for (int i = 0; i < MODEL_CAMPAIGNS; i++)
		if (moved[i])
			model_settle(model, i, true);
	model_say(answer, "%d", n);
}

void
model_sweep_unsent(struct model *model, struct model_text *answer)
{
	bool moved[MODEL_CAMPAIGNS] = {false};
	int n = 0;

	for (int i = 0; i < MODEL_MESSAGES; i++) {
		struct model_message *row = &model->messages[i];
		struct model_campaign *c = model_campaign_of(model, i);
		int64_t since;

		if (!model_is_waiting(row))
			continue;
		since = model->suppressed_at[row->phone];
		if ((model_is_live(c) || c->phase == MODEL_C_PAUSED) &&
		    c->expires_at <= model->now)
			model_move(model, i, MODEL_EXPIRED);
		else if (since != MODEL_NULL && since > model->now - ms(86400))
			model_move(model, i, MODEL_SUPPRESSED);
		else
			continue;
		moved[i / MODEL_ROWS] = true;
		n++;
	}
	settle_all(model, moved);
	model_say(answer, "%d", n);
}

/* For how long a pending row waits for (another) publication, seconds. */
static int
publish_wait_s(const struct model_message *row)
{
	static const int waits[] = {60, 300, 1800, 7200};

	if (row->publish_count > 0)
		return waits[row->publish_count < 4 ? row->publish_count - 1
						    : 3];
	/* It came back, and nobody else is about to publish it. */
	return row->generation > 1 && row->published_at == MODEL_NULL
		   ? 5
		   : MODEL_STALE_S;
}

static bool
is_stale(struct model *model, int message)
{
	const struct model_message *row = &model->messages[message];
	int64_t since = row->published_at == MODEL_NULL ? row->updated_at
							: row->published_at;

	if (!row->serial || row->status != MODEL_PENDING ||
	    !model_is_live(model_campaign_of(model, message)) ||
	    row->slot >= model->now + ms(MODEL_MAX_DELAY_S - 300) ||
	    row->publish_count >= MODEL_QUEUE_TRIES ||
	    model->lanes[row->lane].parked_until > model->now)
		return false;
	return since == MODEL_BEFORE ||
	       since + ms(publish_wait_s(row)) <= model->now;
}

void
model_sweep_stale(struct model *model, struct model_text *answer)
{
	for (int i = 0; i < MODEL_MESSAGES; i++) {
		struct model_message *row = &model->messages[i];

		if (!is_stale(model, i))
			continue;
		row->published_at = model->now;
		row->updated_at = model->now;
		model_say(answer, "%d:%d ", i, row->generation);
	}
}

void
model_sweep_overdue(struct model *model, int grace_s, struct model_text *answer)
{
	int64_t before = model->now - ms(grace_s);
	int64_t again = model->now - ms(grace_s < 300 ? grace_s : 300);

	for (int i = 0; i < MODEL_MESSAGES; i++) {
		struct model_message *row = &model->messages[i];

		if (!row->serial || row->status != MODEL_QUEUED ||
		    !model_is_live(model_campaign_of(model, i)) ||
		    row->slot >= before || row->updated_at >= before ||
		    row->published_at >= again)
			continue;
		row->published_at = model->now;
		model_say(answer, "%d:%d ", i, row->generation);
	}
}

void
model_sweep_lost(struct model *model, const struct model_item *items, int n,
		 struct model_text *answer)
{
	int moved = 0;

	for (int i = 0; i < n; i++) {
		const struct model_message *row =
		    &model->messages[items[i].message];

		if (row->status != MODEL_QUEUED ||
		    row->generation != items[i].generation)
			continue;
		model_put_back(model, items[i].message);
		moved++;
	}
	model_say(answer, "%d", moved);
}

static bool
is_not_delivered(const struct model *model, int campaign)
{
	const struct model_message *row =
	    &model->messages[campaign * MODEL_ROWS];

	for (int i = 0; i < MODEL_ROWS; i++)
		if (row[i].serial && row[i].status == MODEL_PENDING &&
		    row[i].publish_count >= MODEL_QUEUE_TRIES)
			return true;
	return false;
}

void
model_sweep_not_delivering(struct model *model, struct model_text *answer)
{
	int n = 0;

	for (int i = 0; i < MODEL_CAMPAIGNS; i++) {
		struct model_campaign *c = &model->campaigns[i];

		if (!c->serial || !model_is_live(c) ||
		    !is_not_delivered(model, i))
			continue;
		for (int m = i * MODEL_ROWS; m < (i + 1) * MODEL_ROWS; m++) {
			if (!model_is_waiting(&model->messages[m]))
				continue;
			model_put_back(model, m);
			model->messages[m].publish_count = 0;
			model->messages[m].published_at = MODEL_NULL;
		}
		c->phase = MODEL_C_PAUSED;
		c->reason = "queue_not_delivering";
		c->run++;
		n++;
	}
	model_say(answer, "%d", n);
}

/* The largest delay of the campaigns that may still send on the lane. */
static int
needed_gap_s(const struct model *model, int lane)
{
	int gap_s = 0;

	for (int i = 0; i < MODEL_CAMPAIGNS; i++) {
		const struct model_campaign *c = &model->campaigns[i];

		if (c->serial && c->lanes[lane] && c->delay_s > gap_s &&
		    (model_is_live(c) || c->phase == MODEL_C_PAUSED))
			gap_s = c->delay_s;
	}
	return gap_s;
}

void
model_sweep_gaps(struct model *model, struct model_text *answer)
{
	int n = 0;

	for (int i = 0; i < MODEL_LANES; i++) {
		struct model_lane *l = &model->lanes[i];
		int gap_s = needed_gap_s(model, i);

		if (l->gap_s <= gap_s ||
		    (l->last_start != MODEL_NULL &&
		     l->last_start + ms(l->gap_s + 1) >= model->now))
			continue;
		l->gap_s = gap_s;
		n++;
	}
	model_say(answer, "%d", n);
}

void
model_sweep_starts(struct model *model, struct model_text *answer)
{
	int n = 0;

	for (int i = 0; i < MODEL_CAMPAIGNS; i++) {
		struct model_campaign *c = &model->campaigns[i];
		struct model_text ignored = {""};

		if (!c->serial || c->phase != MODEL_C_PENDING ||
		    model_count(model, i, MODEL_PENDING) > 0)
			continue;
		model_start(model, i, &ignored);
		n++;
	}
	model_say(answer, "%d", n);
}

void
model_sweep_ends(struct model *model, struct model_text *answer)
{
	int n = 0;

	for (int i = 0; i < MODEL_CAMPAIGNS; i++) {
		struct model_campaign *c = &model->campaigns[i];

		if (!c->serial || !model_is_live(c))
			continue;
		model_finish(model, i);
		n += !model_is_live(c);
	}
	model_say(answer, "%d", n);
}
