/* SPDX-License-Identifier: MIT */
/*
 * Steps done to the model, with the truth that no column holds: what was
 * really sent, and who has died.
 */
#include "config.h"

#include <inttypes.h>

#include "step.h"

static void
send_out(struct model *model, struct model_worker *worker)
{
	if (!worker->is_out)
		model->messages[worker->message].sends++;
	worker->is_out = true;
}

static void
apply_record(struct model *model, const struct step *step,
	     struct model_text *answer)
{
	struct model_worker *worker = &model->workers[step->worker];

	if (step->is_out)
		send_out(model, worker);
	worker->has_reported = true;
	worker->is_unknown = step->items[0].outcome == MODEL_O_UNKNOWN;
	worker->last = step->items[0];
	model_record(model, step->items, 1, answer);
	if (step->is_last && !worker->is_unknown)
		worker->token = 0;
}

static void
apply_die(struct model *model, const struct step *step)
{
	struct model_worker *worker = &model->workers[step->worker];

	if (step->is_out)
		send_out(model, worker);
	worker->is_unknown = true;
}

static void
apply_forget(struct model *model, int campaign)
{
	model->campaigns[campaign].serial = 0;
	for (int i = 0; i < MODEL_ROWS; i++)
		model->messages[campaign * MODEL_ROWS + i].serial = 0;
	for (int i = 0; i < MODEL_WORKERS; i++)
		if (model->workers[i].message / MODEL_ROWS == campaign)
			model->workers[i].token = 0;
}

static void
apply_sweep(struct model *model, const struct step *step,
	    struct model_text *answer)
{
	switch (step->kind) {
	case STEP_LEASES:
		model_sweep_leases(model, answer);
		break;
	case STEP_DEADLINE:
		model_sweep_deadline(model, answer);
		break;
	case STEP_UNSENT:
		model_sweep_unsent(model, answer);
		break;
	case STEP_STALE:
		model_sweep_stale(model, answer);
		break;
	case STEP_OVERDUE:
		model_sweep_overdue(model, step->number, answer);
		break;
	case STEP_LOST:
		model_sweep_lost(model, step->items, step->n, answer);
		break;
	case STEP_NOT_DELIVERING:
		model_sweep_not_delivering(model, answer);
		break;
	case STEP_GAPS:
		model_sweep_gaps(model, answer);
		break;
	case STEP_STARTS:
		model_sweep_starts(model, answer);
		break;
	default:
		model_sweep_ends(model, answer);
		break;
	}
}

static void
apply_lane(struct model *model, const struct step *step,
	   struct model_text *answer)
{
	if (step->kind == STEP_LANE_STATE)
		model_lane_state(model, step->lane, step->word, answer);
	else if (step->kind == STEP_CONNECTION)
		model_connection(model, step->lane, step->word, step->number,
				 answer);
	else
		model_probes(model, answer);
}

static void
apply_delivery(struct model *model, const struct step *step,
	       struct model_text *answer)
{
	switch (step->kind) {
	case STEP_MARK:
		model_mark(model, step->items, step->n, answer);
		break;
	case STEP_START:
		model_start(model, step->campaign, answer);
		break;
	case STEP_CLAIM:
		model_claim(model, step->items, step->n, answer);
		break;
	case STEP_RESERVE:
		model_reserve(model, &step->items[0], answer);
		break;
	case STEP_GIVE_UP:
		model_give_up(model, &step->items[0], answer);
		break;
	case STEP_RECEIPT:
		model_receipt(model, step->items[0].message, step->word,
			      answer);
		break;
	default:
		model_record(model, step->items, step->n, answer);
		break;
	}
}

static void
apply_control(struct model *model, const struct step *step,
	      struct model_text *answer)
{
	switch (step->kind) {
	case STEP_PAUSE:
		model_pause(model, step->campaign, answer);
		break;
	case STEP_CANCEL:
		model_cancel(model, step->campaign, answer);
		break;
	case STEP_RESUME:
		model_resume(model, step->campaign, step->slot, answer);
		break;
	case STEP_RESCHEDULE:
		model_reschedule(model, step->campaign, step->slot, answer);
		break;
	case STEP_RETRY:
		model_retry(model, step->campaign, step->slot, answer);
		break;
	default:
		model_resolve(model, step->campaign, step->to, step->slot,
			      answer);
		break;
	}
}

void
step_apply(struct model *model, const struct step *step,
	   struct model_text *answer)
{
	switch (step->kind) {
	case STEP_TIME:
		model->now += step->advance_ms;
		break;
	case STEP_LAUNCH:
		model_launch(model, &step->launch);
		break;
	case STEP_FORGET:
		apply_forget(model, step->campaign);
		break;
	case STEP_RECORD:
	case STEP_AGAIN:
	case STEP_PROOF:
		apply_record(model, step, answer);
		break;
	case STEP_DIE:
		apply_die(model, step);
		break;
	case STEP_SUPPRESS:
		model->suppressed_at[step->phone] = model->now;
		break;
	case STEP_ALLOW:
		model->suppressed_at[step->phone] = MODEL_NULL;
		break;
	case STEP_LANE_STATE:
	case STEP_CONNECTION:
	case STEP_PROBES:
		apply_lane(model, step, answer);
		break;
	case STEP_PAUSE:
	case STEP_CANCEL:
	case STEP_RESUME:
	case STEP_RESCHEDULE:
	case STEP_RETRY:
	case STEP_RESOLVE:
		apply_control(model, step, answer);
		break;
	default:
		if (step->kind >= STEP_LEASES && step->kind <= STEP_ENDS)
			apply_sweep(model, step, answer);
		else
			apply_delivery(model, step, answer);
		break;
	}
}

void
step_describe(const struct model *model, const struct step *step,
	      struct model_text *line)
{
	line->text[0] = 0;
	model_say(line, "at %" PRId64 " %s", model->now, step_name(step->kind));
	for (int i = 0; i < step->n; i++) {
		const struct model_item *item = &step->items[i];

		model_say(line, " [%" PRId64 " generation %d token %" PRId64,
			  item->message < 0
			      ? 0
			      : model->messages[item->message].serial,
			  item->generation, item->token);
		model_say(line, " %s%s%s]", model_outcome_name(item->outcome),
			  item->code ? " " : "", item->code ? item->code : "");
	}
	if (step->word)
		model_say(line, " lane %d %s %d", step->lane, step->word,
			  step->number);
	if (step->kind == STEP_START ||
	    (step->kind >= STEP_PAUSE && step->kind <= STEP_RESOLVE))
		model_say(line, " campaign %" PRId64,
			  model->campaigns[step->campaign].serial);
	if (step->kind == STEP_RESOLVE)
		model_say(line, " as %s", model_status_name(step->to));
}
