/* SPDX-License-Identifier: MIT */
/*
 * The model's outcomes: what a worker reports, what the queue gives up, what
 * receipts prove.
 */
#include "config.h"

#include "model.h"

#include <string.h>

/* The row's state after an outcome, or none. */
#define NOWHERE MODEL_STATUSES

static enum model_status
after_sent(const struct model_message *row, bool is_holder)
{
	if (row->status == MODEL_SENT)
		return NOWHERE;
	/* Another claim is sending it. */
	if (row->status == MODEL_SENDING && !is_holder)
		return NOWHERE;
	return MODEL_SENT;
}

/* Every way back, by what its campaign is. */
static enum model_status
way_back(const struct model_message *row, enum model_phase phase,
	 enum model_outcome outcome)
{
	if (phase == MODEL_C_CANCELLED)
		return MODEL_CANCELLED;
	if (phase != MODEL_C_PAUSED && outcome == MODEL_O_TRANSIENT &&
	    row->status == MODEL_SENDING)
		return MODEL_QUEUED;
	return MODEL_PENDING;
}

static bool
is_transient(enum model_outcome outcome)
{
	return outcome == MODEL_O_TRANSIENT ||
	       outcome == MODEL_O_TRANSIENT_LAST;
}

static enum model_status
after(const struct model_message *row, enum model_phase phase,
      const struct model_item *item)
{
	bool is_holder = row->token == item->token;

	switch (item->outcome) {
	case MODEL_O_SENT:
		return after_sent(row, is_holder);
	case MODEL_O_SUPPRESSED:
	case MODEL_O_EXPIRED:
		if (!model_is_waiting(row) ||
		    row->generation != item->generation)
			return NOWHERE;
		return item->outcome == MODEL_O_EXPIRED ? MODEL_EXPIRED
							: MODEL_SUPPRESSED;
	default:
		break;
	}
	if (!is_holder ||
	    (row->status != MODEL_SENDING && row->status != MODEL_UNCERTAIN))
		return NOWHERE;
	if (item->outcome == MODEL_O_UNKNOWN)
		return row->status == MODEL_SENDING ? MODEL_UNCERTAIN : NOWHERE;
	if (item->outcome == MODEL_O_FAILED ||
	    (is_transient(item->outcome) && row->retries >= MODEL_RETRIES))
		return MODEL_FAILED;
	return way_back(row, phase, item->outcome);
}

/* Why nothing was done. */
static const char *
nothing_done(const struct model_message *row, const struct model_item *item)
{
	bool by_row = item->outcome == MODEL_O_SUPPRESSED ||
		      item->outcome == MODEL_O_EXPIRED;

	if (item->outcome == MODEL_O_SENT &&
	    (row->status == MODEL_SENDING ||
	     (row->key && row->key != item->key)))
		return "duplicate";
	if (by_row ? row->generation == item->generation
		   : row->token == item->token)
		return "already";
	return "lost";
}

static void
heal(struct model_lane *lane)
{
	lane->breaker = MODEL_CLOSED;
	lane->faults = 0;
	lane->opened = 0;
	lane->unauthorized_since = MODEL_NULL;
}

static void
apply(struct model *model, const struct model_item *item, enum model_status to,
      bool is_sick)
{
	struct model_message *row = &model->messages[item->message];
	int64_t parked_to = model->now + item->park_s * INT64_C(1000);

	if (to == MODEL_PENDING) {
		model_put_back(model, item->message);
		row->published_at = MODEL_NULL;
		if (item->park_s > 0 && row->slot < parked_to)
			row->slot = parked_to;
	} else {
		model_move(model, item->message, to);
	}
	if (is_transient(item->outcome) && to != MODEL_FAILED)
		row->retries++;
	if (to == MODEL_SENT || to == MODEL_FAILED)
		row->sent_at = model->now;
	if (item->key)
		row->key = item->key;
	row->code = to == MODEL_SENT ? NULL : item->code;
	if (item->park_s > 0)
		model_fault_lane(model, row->lane, item->code, item->park_s,
				 item->outcome == MODEL_O_CREDENTIAL);
	else if (item->outcome == MODEL_O_SENT && is_sick)
		heal(&model->lanes[row->lane]);
	/* The truth: proof that nothing went out ends the doubt. */
	if (to != MODEL_UNCERTAIN && item->outcome != MODEL_O_SENT)
		row->is_in_doubt = false;
}

static bool
is_sick(const struct model_lane *lane)
{
	return lane->faults > 0 || lane->unauthorized_since != MODEL_NULL;
}

void
model_record(struct model *model, const struct model_item *items, int n,
	     struct model_text *answer)
{
	bool sick[MODEL_LANES] = {false};
	bool moved[MODEL_CAMPAIGNS] = {false};
	bool has_begun[MODEL_CAMPAIGNS] = {false};

	for (int i = 0; i < n; i++) {
		int lane = model->messages[items[i].message].lane;

		if (lane >= 0 &&
		    (items[i].park_s > 0 || (items[i].outcome == MODEL_O_SENT &&
					     is_sick(&model->lanes[lane]))))
			sick[lane] = true;
	}
	for (int i = 0; i < n; i++) {
		const struct model_item *item = &items[i];
		struct model_message *row = &model->messages[item->message];
		int campaign = item->message / MODEL_ROWS;
		enum model_status to =
		    after(row, model->campaigns[campaign].phase, item);

		if (to == NOWHERE) {
			model_say(answer, "%s/%s ", nothing_done(row, item),
				  model_status_name(row->status));
			continue;
		}
		apply(model, item, to, row->lane >= 0 && sick[row->lane]);
		moved[campaign] = true;
		has_begun[campaign] |= to == MODEL_SENT || to == MODEL_FAILED;
		model_say(answer, "recorded/%s ", model_status_name(to));
	}
	for (int i = 0; i < MODEL_CAMPAIGNS; i++)
		if (moved[i])
			model_settle(model, i, has_begun[i]);
}

void
model_give_up(struct model *model, const struct model_item *item,
	      struct model_text *answer)
{
	struct model_message *row = &model->messages[item->message];
	struct model_campaign *c = model_campaign_of(model, item->message);
	enum model_status to;

	if (row->status != MODEL_QUEUED ||
	    row->generation != item->generation) {
		model_say(answer, "nothing");
		return;
	}
	to = c->phase == MODEL_C_CANCELLED ? MODEL_CANCELLED
	     : c->phase == MODEL_C_PAUSED || row->retries < MODEL_RETRIES
		 ? MODEL_PENDING
		 : MODEL_FAILED;
	if (to == MODEL_PENDING)
		model_put_back(model, item->message);
	else
		model_move(model, item->message, to);
	if (to != MODEL_FAILED)
		row->code = NULL;
	else if (!row->code)
		row->code = "queue_gave_up";
	if (to == MODEL_FAILED)
		row->sent_at = model->now;
	row->published_at = model->now;
	model_settle(model, item->message / MODEL_ROWS, to == MODEL_FAILED);
	model_say(answer, "%s", model_status_name(to));
}

/* ---------------------------------------------------------------- receipts */

static bool
is_word(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Where a receipt takes a row; NOWHERE for none. */
static enum model_status
by_receipt(const struct model_message *row, const char *receipt)
{
	if (is_word(receipt, "ERROR"))
		return row->status == MODEL_SENT && !row->is_delivered
			   ? MODEL_FAILED
			   : NOWHERE;
	if (row->status == MODEL_SENT || row->status == MODEL_SENDING)
		return NOWHERE;
	if (is_word(receipt, "SERVER_ACK") && row->status == MODEL_FAILED &&
	    row->code && is_word(row->code, "refused_after_send"))
		return NOWHERE;
	return MODEL_SENT;
}

/* What a receipt that counts changes; false where nothing was new. */
static bool
note(struct model *model, int message, const char *receipt,
     enum model_status to)
{
	struct model_message *row = &model->messages[message];
	struct model_campaign *c = model_campaign_of(model, message);
	bool is_read = is_word(receipt, "READ") || is_word(receipt, "PLAYED");
	bool is_there = is_read || is_word(receipt, "DELIVERY_ACK");
	bool is_sent = (to == NOWHERE ? row->status : to) == MODEL_SENT;

	is_there = is_there && is_sent && !row->is_delivered;
	is_read = is_read && is_sent && !row->is_read;
	if (to == NOWHERE && !is_there && !is_read)
		return false;
	row->is_delivered |= is_there;
	row->is_read |= is_read;
	c->n_delivered += is_there;
	c->n_read += is_read;
	row->updated_at = model->now;
	if (to == NOWHERE)
		return true;
	model_move(model, message, to);
	row->code = to == MODEL_FAILED ? "refused_after_send" : NULL;
	if (to == MODEL_SENT && row->sent_at == MODEL_NULL)
		row->sent_at = model->now;
	return true;
}

void
model_receipt(struct model *model, int message, const char *receipt,
	      struct model_text *answer)
{
	struct model_message *row = &model->messages[message];
	struct model_lane *lane = &model->lanes[row->lane];
	bool is_error = is_word(receipt, "ERROR");
	bool is_healing = !is_error && !is_word(receipt, "SERVER_ACK");
	enum model_status to;

	if (is_healing && lane->error_receipts > 0 &&
	    row->sent_at > lane->error_receipt_at)
		model_heal_lane(model, row->lane);
	if (row->status == MODEL_SENDING && !is_error) {
		model_say(answer, "noted");
		return;
	}
	to = by_receipt(row, receipt);
	if (!note(model, message, receipt, to)) {
		model_say(answer, "old");
		return;
	}
	model_settle(model, message / MODEL_ROWS, to != NOWHERE);
	if (is_error)
		model_refuse_lane(model, row->lane);
	model_say(answer, "noted");
}
