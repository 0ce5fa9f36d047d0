/* SPDX-License-Identifier: MIT */
/*
 * The model's claim, and the slot that a message gets for which its lane was
 * not free.  Every claim is held against the invariants here, where it is
 * known what came before it.
 */
#include "config.h"

#include "model.h"

#include <inttypes.h>
#include <string.h>

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
gap_ms(const struct model_lane *lane)
{
	return lane->gap_s * INT64_C(1000) + MODEL_MARGIN_MS;
}

static bool
is_expired(const struct model *model, const struct model_message *row)
{
	return row->serial && row->status == MODEL_SENDING &&
	       row->lease_end < model->now;
}

/*
 * Claims whose lease ran out, of the messages themselves and of the lanes that
 * they are to go out from, become uncertain.
 */
static void
expire(struct model *model, const struct model_item *items, int n)
{
	bool lanes[MODEL_LANES] = {false};

	for (int i = 0; i < n; i++) {
		const struct model_message *row;

		if (items[i].message < 0)
			continue;
		row = &model->messages[items[i].message];
		if (model_is_waiting(row))
			lanes[row->lane] = true;
		else if (is_expired(model, row))
			model_move(model, items[i].message, MODEL_UNCERTAIN);
	}
	for (int i = 0; i < MODEL_MESSAGES; i++)
		if (is_expired(model, &model->messages[i]) &&
		    lanes[model->messages[i].lane])
			model_move(model, i, MODEL_UNCERTAIN);
}

static bool
is_lane_sending(const struct model *model, int lane)
{
	for (int i = 0; i < MODEL_MESSAGES; i++)
		if (model->messages[i].serial &&
		    model->messages[i].lane == lane &&
		    model->messages[i].status == MODEL_SENDING)
			return true;
	return false;
}

/* What its state, its generation and its campaign say; NULL: may be sent. */
static const char *
refusal(struct model *model, const struct model_item *item)
{
	const struct model_message *row = &model->messages[item->message];
	const struct model_campaign *c =
	    model_campaign_of(model, item->message);

	switch (row->status) {
	case MODEL_SENT:
	case MODEL_UNCERTAIN:
		return model_status_name(row->status);
	case MODEL_SENDING:
		return row->token == item->token ? "claimed" : "sending";
	case MODEL_PENDING:
	case MODEL_QUEUED:
		break;
	default:
		return "final";
	}
	if (row->generation != item->generation)
		return "stale";
	if (c->phase == MODEL_C_PAUSED || c->phase == MODEL_C_CANCELLED)
		return model_phase_name(c->phase);
	if (!model_is_live(c))
		return "ended";
	if (model->suppressed_at[row->phone] != MODEL_NULL)
		return "suppressed";
	if (c->expires_at <= model->now)
		return "expired";
	return NULL;
}

/* What no claim may do, by what really happened before. */
static void
judge(struct model *model, const struct model_message *row,
      const struct model_campaign *c)
{
	const struct model_lane *lane = &model->lanes[row->lane];
	int64_t gap_s =
	    c->delay_s > lane->sent_gap_s ? c->delay_s : lane->sent_gap_s;

	if (row->is_in_doubt)
		model->fault = "2: claimed, and the last send is in doubt";
	if (row->sends > row->decisions)
		model->fault = "2: claimed, and it was sent";
	if (lane->last_start != MODEL_NULL &&
	    model->now - lane->last_start < gap_s * 1000)
		model->fault = "4: two sends of a number too close";
	if (is_lane_sending(model, row->lane))
		model->fault = "4: two rows of a lane are sending";
	if (!model_is_live(c) || model->suppressed_at[row->phone] != MODEL_NULL)
		model->fault = "5: claimed, and nothing may be sent";
}

static void
add_worker(struct model *model, int message, int64_t token)
{
	for (int i = 0; i < MODEL_WORKERS; i++) {
		struct model_worker *worker = &model->workers[i];

		if (worker->token)
			continue;
		*worker = (struct model_worker){
		    .token = token, .message = message, .key = token};
		return;
	}
}

/*
 * The first message of a lane whose breaker is open. Where WhatsApp refused
 * what Evolution accepted, its receipt is waited for.
 */
static void
await_probe(const struct model *model, struct model_lane *lane)
{
	lane->breaker = MODEL_HALF_OPEN;
	if (lane->parked_reason &&
	    strcmp(lane->parked_reason, "sends_refused") == 0)
		lane->parked_until = model->now + 60000;
}

static void
take(struct model *model, const struct model_item *item)
{
	struct model_message *row = &model->messages[item->message];
	struct model_campaign *c = model_campaign_of(model, item->message);
	struct model_lane *lane = &model->lanes[row->lane];

	judge(model, row, c);
	model_move(model, item->message, MODEL_SENDING);
	row->attempt++;
	row->token = item->token;
	row->claimed_at = model->now;
	row->lease_end = model->now + MODEL_LEASE_S * INT64_C(1000);
	row->publish_count = 0;
	row->is_in_doubt = true;
	lane->last_start = model->now;
	lane->sent_gap_s = c->delay_s;
	if (lane->breaker == MODEL_OPEN)
		await_probe(model, lane);
	add_worker(model, item->message, item->token);
}

/* The lane is parked: back until it opens. */
static void
put_off(struct model *model, int message)
{
	struct model_message *row = &model->messages[message];
	int64_t until = model->lanes[row->lane].parked_until;

	model_put_back(model, message);
	row->publish_count = 0;
	row->published_at = MODEL_NULL;
	if (until != MODEL_NEVER)
		row->slot = later(row->slot, until);
}

static void
claim_one(struct model *model, const struct model_item *item,
	  struct model_text *answer)
{
	struct model_message *row;
	const struct model_lane *lane;
	const char *result;
	int64_t free_at;

	if (item->message < 0) {
		model_say(answer, "unknown ");
		return;
	}
	row = &model->messages[item->message];
	result = item->campaign == item->message / MODEL_ROWS
		     ? refusal(model, item)
		     : "mismatch";
	if (result) {
		model_say(answer, "%s ", result);
		return;
	}
	lane = &model->lanes[row->lane];
	if (lane->parked_until > model->now) {
		put_off(model, item->message);
		model_say(answer, "parked ");
		return;
	}
	free_at = row->slot - 5000;
	if (lane->gap_s > 0 && lane->last_start != MODEL_NULL)
		free_at = later(free_at, lane->last_start + gap_ms(lane));
	if (is_lane_sending(model, row->lane))
		free_at = later(free_at, model->now + 100);
	if (free_at > model->now) {
		model_say(answer, "lane_busy %" PRId64 " ",
			  free_at - model->now);
		return;
	}
	take(model, item);
	model_say(answer, "claimed ");
}

void
model_claim(struct model *model, const struct model_item *items, int n,
	    struct model_text *answer)
{
	expire(model, items, n);
	for (int i = 0; i < n; i++)
		claim_one(model, &items[i], answer);
}

void
model_reserve(struct model *model, const struct model_item *item,
	      struct model_text *answer)
{
	struct model_message *row = &model->messages[item->message];
	struct model_lane *lane;
	int64_t slot;

	if (!model_is_waiting(row) || row->generation != item->generation ||
	    !model_is_live(model_campaign_of(model, item->message))) {
		model_say(answer, "none");
		return;
	}
	lane = &model->lanes[row->lane];
	slot = later(model->now, lane->reserved_until);
	if (lane->last_start != MODEL_NULL)
		slot = later(slot, lane->last_start + gap_ms(lane));
	lane->reserved_until = slot + later(gap_ms(lane), 500);
	model_put_back(model, item->message);
	row->publish_count = 0;
	row->slot = later(row->slot, slot);
	row->published_at = model->now;
	model_say(answer, "%d", row->generation);
}
