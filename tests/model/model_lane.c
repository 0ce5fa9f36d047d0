/* SPDX-License-Identifier: MIT */
/*
 * The model's lanes: parking, the breaker, what Evolution says of an instance.
 */
#include "config.h"

#include "model.h"

#include <string.h>

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int
least(int a, int b)
{
	return a < b ? a : b;
}

void
model_fault_lane(struct model *model, int lane, const char *reason, int park_s,
		 bool is_credential)
{
	struct model_lane *l = &model->lanes[lane];
	bool opens = l->breaker != MODEL_CLOSED || l->faults >= 2;
	bool is_confirmed = is_credential &&
			    l->unauthorized_since != MODEL_NULL &&
			    l->unauthorized_since < model->now - 180000;
	int64_t seconds = park_s;

	if (opens)
		seconds = later(park_s, least(900, 60 << least(l->opened, 4)));
	l->faults++;
	l->breaker = opens ? MODEL_OPEN : MODEL_CLOSED;
	l->opened += opens;
	if (!is_credential)
		l->unauthorized_since = MODEL_NULL;
	else if (l->unauthorized_since == MODEL_NULL)
		l->unauthorized_since = model->now;
	l->parked_until = later(l->parked_until, model->now + seconds * 1000);
	l->parked_reason =
	    is_credential && !is_confirmed ? "credential_check" : reason;
}

/* Parked for what WhatsApp refuses, whatever the connection says. */
static bool
is_refused(const struct model_lane *lane)
{
	static const char *const reasons[] = {
	    "rate_limited", "instance_refused", "sends_refused"};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (lane->parked_reason &&
		    strcmp(lane->parked_reason, reasons[i]) == 0)
			return true;
	return false;
}

/* A lane that is parked hears that its instance is open. */
static bool
opens_on_word(const struct model *model, const struct model_lane *lane)
{
	bool was_away = lane->state && strcmp(lane->state, "open") != 0;

	if (lane->parked_until <= model->now)
		return false;
	return lane->parked_until == MODEL_NEVER ||
	       (!is_refused(lane) && (lane->breaker != MODEL_OPEN || was_away));
}

static bool
hear(struct model *model, int lane, const char *state)
{
	struct model_lane *l = &model->lanes[lane];
	bool is_open = strcmp(state, "open") == 0;
	bool opens = is_open && opens_on_word(model, l);

	if (opens) {
		l->parked_until = MODEL_NULL;
		l->parked_reason = NULL;
	} else if (!is_open && l->parked_until > model->now) {
		l->parked_until = later(l->parked_until, model->now + 120000);
	}
	l->state = state;
	return opens;
}

void
model_lane_state(struct model *model, int lane, const char *state,
		 struct model_text *answer)
{
	model_say(answer, "%s", hear(model, lane, state) ? "t" : "f");
}

void
model_connection(struct model *model, int lane, const char *state,
		 int status_reason, struct model_text *answer)
{
	struct model_lane *l = &model->lanes[lane];
	bool is_gone = strcmp(state, "connecting") != 0 &&
		       (status_reason == 401 || status_reason == 402 ||
			status_reason == 403 || status_reason == 406);

	if (strcmp(state, "open") == 0) {
		model_lane_state(model, lane, state, answer);
		return;
	}
	if (is_gone)
		l->parked_reason = status_reason == 401 ? "instance_logged_out"
							: "instance_refused";
	else if (l->parked_until <= model->now)
		l->parked_reason = "instance_disconnected";
	l->parked_until =
	    is_gone ? MODEL_NEVER : later(l->parked_until, model->now + 60000);
	l->state = state;
	model_say(answer, "t");
}

void
model_probes(struct model *model, struct model_text *answer)
{
	for (int i = 0; i < MODEL_LANES; i++) {
		struct model_lane *l = &model->lanes[i];

		if (l->parked_until <= model->now ||
		    (l->checked_at != MODEL_NULL &&
		     l->checked_at >= model->now - 60000))
			continue;
		l->checked_at = model->now;
		model_say(answer, "%d ", i);
	}
}

void
model_refuse_lane(struct model *model, int lane)
{
	struct model_lane *l = &model->lanes[lane];
	int run = 1;
	bool opens;

	if (l->error_receipt_at != MODEL_NULL &&
	    l->error_receipt_at > model->now - 1800000)
		run += l->error_receipts;
	opens = l->breaker == MODEL_HALF_OPEN ||
		(l->breaker == MODEL_CLOSED && run >= 3);
	l->error_receipts = run;
	l->error_receipt_at = model->now;
	if (!opens)
		return;
	l->parked_until =
	    later(l->parked_until,
		  model->now + (INT64_C(900000) << least(l->opened, 4)));
	l->parked_reason = "sends_refused";
	l->breaker = MODEL_OPEN;
	l->opened++;
}

void
model_heal_lane(struct model *model, int lane)
{
	struct model_lane *l = &model->lanes[lane];

	l->error_receipts = 0;
	if (!l->parked_reason || strcmp(l->parked_reason, "sends_refused") != 0)
		return;
	l->breaker = MODEL_CLOSED;
	l->opened = 0;
	l->parked_until = MODEL_NULL;
	l->parked_reason = NULL;
}
