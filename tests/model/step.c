/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "step.h"

#include <inttypes.h>
#include <stdio.h>

#define LENGTH(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *name;
	int weight;
} kinds[] = {
#define X(id, name, weight) {name, weight},
    STEP_KINDS(X)
#undef X
};

const char *
step_name(enum step_kind kind)
{
	return kinds[kind].name;
}

/* splitmix64, public domain (Vigna). */
int
dice_below(struct dice *dice, int n)
{
	uint64_t z = (dice->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (int)((z ^ (z >> 31)) % (uint64_t)n);
}

static bool
happens(struct dice *dice, int percent)
{
	return dice_below(dice, 100) < percent;
}

#define PICK(dice, array) ((array)[dice_below((dice), LENGTH(array))])

/* A row of any campaign, -1 where there is none. */
static int
any_message(const struct model *model, struct dice *dice)
{
	int first = dice_below(dice, MODEL_MESSAGES);

	for (int i = 0; i < MODEL_MESSAGES; i++) {
		int at = (first + i) % MODEL_MESSAGES;

		if (model->messages[at].serial)
			return at;
	}
	return -1;
}

/* The same, of those in that state where there are any. */
static int
message_in(const struct model *model, struct dice *dice,
	   enum model_status status)
{
	int first = dice_below(dice, MODEL_MESSAGES);

	for (int i = 0; i < MODEL_MESSAGES; i++) {
		int at = (first + i) % MODEL_MESSAGES;

		if (model->messages[at].serial &&
		    model->messages[at].status == status)
			return at;
	}
	return any_message(model, dice);
}

/*
 * Mostly the row's own, else one that the queue kept, or may never have had.
 * Not that behind another delivery of the message: what the first of a batch
 * puts back is published as the next generation only afterwards.
 */
static int
some_generation(const struct model *model, struct dice *dice, int message,
		bool is_first)
{
	int generation;

	if (message < 0)
		return 1;
	generation = model->messages[message].generation;
	if (happens(dice, 88))
		return generation;
	return generation + (happens(dice, 80) || !is_first ? -1 : 1);
}

static void
add_item(const struct model *model, struct dice *dice, struct step *step,
	 int message)
{
	bool is_first = true;

	for (int i = 0; i < step->n; i++)
		is_first &= step->items[i].message != message;
	if (!is_first && step->kind != STEP_CLAIM)
		return;
	step->items[step->n++] = (struct model_item){
	    .message = message,
	    .campaign = message / MODEL_ROWS,
	    .generation = some_generation(model, dice, message, is_first)};
}

/* -------------------------------------------------------------- each step */

static int
free_place(const struct model *model)
{
	for (int i = 0; i < MODEL_CAMPAIGNS; i++)
		if (!model->campaigns[i].serial)
			return i;
	return -1;
}

static void
choose_launch(struct model *model, struct dice *dice, struct step *step)
{
	static const int delays[] = {0, 0, 2, 5};
	struct model_launch *launch = &step->launch;
	int phone = dice_below(dice, MODEL_PHONES);

	launch->campaign = free_place(model);
	launch->n_rows = 1 + dice_below(dice, MODEL_ROWS);
	launch->delay_s = PICK(dice, delays);
	launch->first_slot = 1000 * (model->now / 1000 + dice_below(dice, 20));
	launch->expires_at = happens(dice, 25)
				 ? model->now + 1000 * dice_below(dice, 4000)
				 : MODEL_NEVER;
	launch->is_sweepers = happens(dice, 30);
	launch->is_blind = happens(dice, 40);
	launch->lanes[dice_below(dice, MODEL_LANES)] = true;
	if (happens(dice, 50))
		launch->lanes[dice_below(dice, MODEL_LANES)] = true;
	for (int i = 0; i < MODEL_ROWS; i++)
		launch->phones[i] = (phone + i) % MODEL_PHONES;
}

/* One that has ended, where there is one. */
static int
old_campaign(const struct model *model, struct dice *dice)
{
	int first = dice_below(dice, MODEL_CAMPAIGNS);
	int found = -1;

	for (int i = 0; i < MODEL_CAMPAIGNS; i++) {
		int at = (first + i) % MODEL_CAMPAIGNS;

		if (!model->campaigns[at].serial)
			continue;
		if (found < 0 || (model_is_live(&model->campaigns[found]) &&
				  !model_is_live(&model->campaigns[at])))
			found = at;
	}
	return found;
}

static int
count_waiting(const struct model *model)
{
	int n = 0;

	for (int i = 0; i < MODEL_MESSAGES; i++)
		n += model_is_waiting(&model->messages[i]);
	return n;
}

/* Several deliveries, maybe of one message, of one lane, of nobody. */
static void
choose_claim(struct model *model, struct dice *dice, struct step *step)
{
	int n = 1 + (happens(dice, 40) ? dice_below(dice, MODEL_BATCH) : 0);

	while (step->n < n) {
		int message =
		    happens(dice, 85)
			? message_in(model, dice,
				     happens(dice, 70) ? MODEL_QUEUED
						       : MODEL_PENDING)
			: any_message(model, dice);
		struct model_item *item = &step->items[step->n];

		if (step->n > 0 && happens(dice, 30))
			message = step->items[0].message;
		add_item(model, dice, step, message);
		item->token = ++model->serials;
		if (happens(dice, 2))
			item->message = -1;
		else if (happens(dice, 2))
			item->campaign = (item->campaign + 1) % MODEL_CAMPAIGNS;
	}
}

static int
any_worker(const struct model *model, struct dice *dice, bool has_reported,
	   bool is_unknown)
{
	int first = dice_below(dice, MODEL_WORKERS);

	for (int i = 0; i < MODEL_WORKERS; i++) {
		int at = (first + i) % MODEL_WORKERS;
		const struct model_worker *worker = &model->workers[at];

		if (worker->token && worker->has_reported == has_reported &&
		    worker->is_unknown == is_unknown)
			return at;
	}
	return -1;
}

static void
outcome_of(const struct model_worker *worker, enum model_outcome outcome,
	   const char *code, struct model_item *item)
{
	*item = (struct model_item){.message = worker->message,
				    .campaign = worker->message / MODEL_ROWS,
				    .token = worker->token,
				    .outcome = outcome,
				    .code = code};
	if (outcome == MODEL_O_SENT)
		item->key = worker->key;
}

/* What a worker may report, how often, and with what. */
static void
some_outcome(const struct model_worker *worker, struct dice *dice,
	     struct model_item *item)
{
	static const struct {
		enum model_outcome outcome;
		int up_to;
		const char *code;
		int park_s;
	} outcomes[] = {
	    {MODEL_O_SENT, 46, NULL, 0},
	    {MODEL_O_FAILED, 54, "not_on_whatsapp", 0},
	    {MODEL_O_TRANSIENT, 66, "provider_busy", 0},
	    {MODEL_O_TRANSIENT_LAST, 72, "provider_busy", 0},
	    {MODEL_O_FAULT, 76, "instance_disconnected", 30},
	    {MODEL_O_FAULT, 78, "rate_limited", 300},
	    {MODEL_O_CREDENTIAL, 82, "bad_credential", 60},
	    {MODEL_O_GIVEN_BACK, 88, NULL, 0},
	    {MODEL_O_UNKNOWN, 100, "answer_lost", 0},
	};
	int roll = dice_below(dice, 100);
	int i = 0;

	while (roll >= outcomes[i].up_to)
		i++;
	outcome_of(worker, outcomes[i].outcome, outcomes[i].code, item);
	item->park_s = outcomes[i].park_s;
}

static bool
choose_record(struct model *model, struct dice *dice, struct step *step)
{
	int worker = any_worker(model, dice, step->kind == STEP_AGAIN, false);

	if (worker < 0)
		return false;
	step->worker = worker;
	step->n = 1;
	if (step->kind == STEP_AGAIN)
		step->items[0] = model->workers[worker].last;
	else
		some_outcome(&model->workers[worker], dice, &step->items[0]);
	step->is_out =
	    step->items[0].outcome == MODEL_O_SENT ||
	    (step->items[0].outcome == MODEL_O_UNKNOWN && happens(dice, 50));
	step->is_last = step->kind == STEP_AGAIN || happens(dice, 60);
	return true;
}

/* The truth about a send whose answer nobody heard comes to light. */
static bool
choose_proof(struct model *model, struct dice *dice, struct step *step)
{
	int worker = any_worker(model, dice, happens(dice, 50), true);

	if (worker < 0)
		return false;
	step->worker = worker;
	step->n = 1;
	step->is_last = true;
	outcome_of(&model->workers[worker],
		   model->workers[worker].is_out ? MODEL_O_SENT
						 : MODEL_O_ABSENT,
		   NULL, &step->items[0]);
	return true;
}

static bool
choose_die(struct model *model, struct dice *dice, struct step *step)
{
	step->worker = any_worker(model, dice, false, false);
	step->is_out = happens(dice, 50);
	return step->worker >= 0;
}

/* A claim said that its person opted out, or that it is too late. */
static void
choose_refuse(struct model *model, struct dice *dice, struct step *step)
{
	struct model_item *item = &step->items[0];

	add_item(model, dice, step, message_in(model, dice, MODEL_QUEUED));
	item->outcome =
	    happens(dice, 50) ? MODEL_O_SUPPRESSED : MODEL_O_EXPIRED;
	item->token = ++model->serials;
}

static bool
choose_receipt(struct model *model, struct dice *dice, struct step *step)
{
	static const char *const receipts[] = {
	    "SERVER_ACK", "DELIVERY_ACK", "READ", "PLAYED", "ERROR", "ERROR"};

	step->items[0].message = message_in(model, dice, MODEL_SENT);
	step->word = PICK(dice, receipts);
	return model->messages[step->items[0].message].key != 0 &&
	       model->messages[step->items[0].message].lane >= 0;
}

static void
choose_several(struct model *model, struct dice *dice, struct step *step,
	       enum model_status status)
{
	int n = 1 + dice_below(dice, MODEL_BATCH);

	for (int i = 0; i < n; i++) {
		add_item(model, dice, step, message_in(model, dice, status));
		step->items[step->n - 1].token = ++model->serials;
	}
}

static void
choose_lane(struct dice *dice, struct step *step)
{
	static const char *const states[] = {
	    "open", "open", "open", "open", "open", "connecting", "close"};
	static const int reasons[] = {0, 0, 0, 0, 428, 428, 401, 403};

	step->lane = dice_below(dice, MODEL_LANES);
	step->word = PICK(dice, states);
	step->number = PICK(dice, reasons);
}

/* Pause and cancel come to any campaign, the others where they may be. */
static bool
choose_control(struct model *model, struct dice *dice, struct step *step)
{
	static const enum model_status resolutions[] = {
	    MODEL_PENDING, MODEL_PENDING, MODEL_SENT, MODEL_FAILED};
	const struct model_campaign *c;

	step->campaign = any_message(model, dice) / MODEL_ROWS;
	step->slot = 1000 * (model->now / 1000 + dice_below(dice, 10));
	for (int i = 0; step->kind == STEP_RESUME && i < MODEL_CAMPAIGNS; i++)
		if (model->campaigns[i].serial &&
		    model->campaigns[i].phase == MODEL_C_PAUSED)
			step->campaign = i;
	c = &model->campaigns[step->campaign];
	if (step->kind == STEP_RESUME)
		return c->phase == MODEL_C_PAUSED;
	if (step->kind == STEP_RESCHEDULE)
		return c->phase == MODEL_C_PAUSED || model_is_live(c);
	step->to = PICK(dice, resolutions);
	if (step->kind == STEP_RETRY ||
	    (step->kind == STEP_RESOLVE && step->to == MODEL_PENDING))
		return c->phase != MODEL_C_CANCELLED;
	return true;
}

/* False: there is nothing to do that to now. */
static bool
fill(struct model *model, struct dice *dice, struct step *step)
{
	static const int64_t times[] = {50,    400,    1000,    1000,   3000,
					3000,  6000,   6000,    20000,  61000,
					61000, 301000, 1801000, 7201000};

	switch (step->kind) {
	case STEP_TIME:
		step->advance_ms = PICK(dice, times);
		break;
	case STEP_LAUNCH:
		if (free_place(model) < 0)
			return false;
		choose_launch(model, dice, step);
		break;
	case STEP_FORGET:
		if (free_place(model) >= 0)
			return false;
		step->campaign = old_campaign(model, dice);
		step->serial = model->campaigns[step->campaign].serial;
		break;
	case STEP_MARK:
		choose_several(model, dice, step, MODEL_PENDING);
		break;
	case STEP_LOST:
		choose_several(model, dice, step, MODEL_QUEUED);
		break;
	case STEP_START:
		step->campaign = any_message(model, dice) / MODEL_ROWS;
		break;
	case STEP_CLAIM:
		if (count_waiting(model) == 0 && happens(dice, 80))
			return false;
		choose_claim(model, dice, step);
		break;
	case STEP_RECORD:
	case STEP_AGAIN:
		return choose_record(model, dice, step);
	case STEP_DIE:
		return choose_die(model, dice, step);
	case STEP_PROOF:
		return choose_proof(model, dice, step);
	case STEP_REFUSE:
		choose_refuse(model, dice, step);
		break;
	case STEP_RESERVE:
	case STEP_GIVE_UP:
		add_item(model, dice, step,
			 message_in(model, dice, MODEL_QUEUED));
		break;
	case STEP_RECEIPT:
		return choose_receipt(model, dice, step);
	case STEP_SUPPRESS:
	case STEP_ALLOW:
		step->phone = dice_below(dice, MODEL_PHONES);
		break;
	case STEP_LANE_STATE:
	case STEP_CONNECTION:
		choose_lane(dice, step);
		break;
	case STEP_OVERDUE:
		step->number = happens(dice, 50) ? 60 : 600;
		break;
	default:
		return step->kind < STEP_PAUSE || step->kind > STEP_RESOLVE ||
		       choose_control(model, dice, step);
	}
	return true;
}

void
step_choose(struct model *model, struct dice *dice, struct step *step)
{
	int sum = 0;

	for (int i = 0; i < STEP__COUNT; i++)
		sum += kinds[i].weight;
	do {
		int roll = dice_below(dice, sum);
		enum step_kind kind = 0;

		while (roll >= kinds[kind].weight)
			roll -= kinds[kind++].weight;
		*step = (struct step){.kind = kind};
		if (any_message(model, dice) < 0)
			step->kind = STEP_LAUNCH;
	} while (!fill(model, dice, step));
}
