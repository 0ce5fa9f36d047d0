/* SPDX-License-Identifier: MIT */
/*
 * What must hold after every step, and the model as text.
 */
#include "config.h"

#include "model.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* 1: the counters are what the rows say. */
static bool
is_counted(const struct model *model, int campaign)
{
	const struct model_campaign *c = &model->campaigns[campaign];
	int total = 0;

	for (enum model_status s = MODEL_PENDING; s < MODEL_STATUSES; s++) {
		int n = model_count(model, campaign, s);

		total += n;
		if (s >= MODEL_SENT && n != c->counts[s])
			return false;
	}
	return total == c->n_rows;
}

/* 3: final if and only if nothing is left to come. */
static bool
is_phase_right(const struct model *model, int campaign)
{
	int waiting = model_count(model, campaign, MODEL_PENDING) +
		      model_count(model, campaign, MODEL_QUEUED);
	int going = model_count(model, campaign, MODEL_SENDING) +
		    model_count(model, campaign, MODEL_UNCERTAIN);

	switch (model->campaigns[campaign].phase) {
	case MODEL_C_PAUSED:
		return true;
	case MODEL_C_CANCELLED:
		return waiting == 0;
	case MODEL_C_COMPLETED:
	case MODEL_C_FAILED:
		return waiting + going == 0;
	default:
		return waiting + going > 0;
	}
}

/* 4: one row of a lane is sending; no gap is below what a campaign asks for. */
static bool
is_lane_right(const struct model *model, int lane)
{
	int sending = 0;

	for (int i = 0; i < MODEL_MESSAGES; i++)
		sending += model->messages[i].serial &&
			   model->messages[i].lane == lane &&
			   model->messages[i].status == MODEL_SENDING;
	for (int i = 0; i < MODEL_CAMPAIGNS; i++)
		if (model->campaigns[i].serial &&
		    model_is_live(&model->campaigns[i]) &&
		    model->campaigns[i].lanes[lane] &&
		    model->campaigns[i].delay_s > model->lanes[lane].gap_s)
			return false;
	return sending <= 1;
}

const char *
model_check(const struct model *model)
{
	if (model->fault)
		return model->fault;
	for (int i = 0; i < MODEL_CAMPAIGNS; i++) {
		if (!model->campaigns[i].serial)
			continue;
		if (!is_counted(model, i))
			return "1: the counters are not what the rows say";
		if (!is_phase_right(model, i))
			return "3: the campaign's state does not fit its rows";
	}
	for (int i = 0; i < MODEL_LANES; i++)
		if (!is_lane_right(model, i))
			return "4: a lane sends two at once, or too fast";
	for (int i = 0; i < MODEL_MESSAGES; i++)
		if (model->messages[i].serial &&
		    model->messages[i].sends > 1 + model->messages[i].decisions)
			return "2: a message was sent twice";
	return NULL;
}

/* -------------------------------------------------------------------- text */

struct page {
	char *text;
	size_t len;
	size_t max;
};

static void put(struct page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
put(struct page *page, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(page->text + page->len, page->max - page->len, format,
		      args);
	va_end(args);
	if (n > 0)
		page->len += (size_t)n;
	if (page->len >= page->max)
		page->len = page->max - 1;
}

static void
put_time(struct page *page, const char *name, int64_t at)
{
	if (at == MODEL_NULL)
		put(page, " %s=-", name);
	else if (at == MODEL_BEFORE)
		put(page, " %s=-inf", name);
	else if (at == MODEL_NEVER)
		put(page, " %s=inf", name);
	else
		put(page, " %s=%" PRId64, name, at);
}

static const char *
or_dash(const char *text)
{
	return text ? text : "-";
}

/* How many rows failed with each code, in the order of the codes. */
static void
put_errors(struct page *page, const struct model *model, int campaign)
{
	const struct model_message *row =
	    &model->messages[campaign * MODEL_ROWS];
	const char *last = "";

	put(page, " errors=");
	for (;;) {
		const char *next = NULL;
		int n = 0;

		for (int i = 0; i < MODEL_ROWS; i++)
			if (row[i].serial && row[i].status == MODEL_FAILED &&
			    row[i].code && strcmp(row[i].code, last) > 0 &&
			    (!next || strcmp(row[i].code, next) < 0))
				next = row[i].code;
		if (!next)
			return;
		for (int i = 0; i < MODEL_ROWS; i++)
			n += row[i].serial && row[i].status == MODEL_FAILED &&
			     row[i].code && strcmp(row[i].code, next) == 0;
		put(page, "%s:%d,", next, n);
		last = next;
	}
}

static void
put_campaign(struct page *page, const struct model *model, int i)
{
	const struct model_campaign *c = &model->campaigns[i];

	put(page, "campaign %" PRId64 " %s reason=%s rows=%d", c->serial,
	    model_phase_name(c->phase), or_dash(c->reason), c->n_rows);
	for (enum model_status s = MODEL_SENT; s < MODEL_STATUSES; s++)
		put(page, " %s=%d", model_status_name(s), c->counts[s]);
	put(page,
	    " delivered=%d read=%d delay=%d run=%d started=%c announced=%d",
	    c->n_delivered, c->n_read, c->delay_s, c->run,
	    c->is_started ? 't' : 'f', c->is_announced);
	put_time(page, "completed", c->completed_at);
	put_errors(page, model, i);
	put(page, "\n");
}

static void
put_message(struct page *page, const struct model_message *row)
{
	put(page, "message %" PRId64 " %s lane=%d generation=%d attempt=%d",
	    row->serial, model_status_name(row->status), row->lane,
	    row->generation, row->attempt);
	put(page, " retries=%d publish=%d token=%" PRId64 " key=%" PRId64,
	    row->retries, row->publish_count, row->token, row->key);
	put(page, " queue=%" PRId64 " code=%s delivered=%c read=%c",
	    row->queue_id, or_dash(row->code), row->is_delivered ? 't' : 'f',
	    row->is_read ? 't' : 'f');
	put_time(page, "slot", row->slot);
	put_time(page, "published", row->published_at);
	put_time(page, "updated", row->updated_at);
	put_time(page, "claimed", row->claimed_at);
	put_time(page, "lease", row->lease_end);
	put_time(page, "sent", row->sent_at);
	put(page, "\n");
}

static void
put_lane(struct page *page, const struct model *model, int i)
{
	const struct model_lane *l = &model->lanes[i];

	put(page, "lane %d gap=%d state=%s reason=%s breaker=%s faults=%d", i,
	    l->gap_s, or_dash(l->state), or_dash(l->parked_reason),
	    model_breaker_name(l->breaker), l->faults);
	put(page, " opened=%d receipts=%d", l->opened, l->error_receipts);
	put_time(page, "last", l->last_start);
	put_time(page, "reserved", l->reserved_until);
	put_time(page, "parked", l->parked_until);
	put_time(page, "unauthorized", l->unauthorized_since);
	put_time(page, "checked", l->checked_at);
	put_time(page, "error_at", l->error_receipt_at);
	put(page, "\n");
}

/* The place of the campaign with the next serial behind "after", or -1. */
static int
next_campaign(const struct model *model, int64_t after)
{
	int next = -1;

	for (int i = 0; i < MODEL_CAMPAIGNS; i++) {
		int64_t serial = model->campaigns[i].serial;

		if (serial > after &&
		    (next < 0 || serial < model->campaigns[next].serial))
			next = i;
	}
	return next;
}

void
model_print(const struct model *model, char *text, size_t max)
{
	struct page page = {text, 0, max};

	*text = 0;
	for (int i = next_campaign(model, 0); i >= 0;
	     i = next_campaign(model, model->campaigns[i].serial))
		put_campaign(&page, model, i);
	for (int i = next_campaign(model, 0); i >= 0;
	     i = next_campaign(model, model->campaigns[i].serial))
		for (int r = 0; r < MODEL_ROWS; r++)
			if (model->messages[i * MODEL_ROWS + r].serial)
				put_message(
				    &page,
				    &model->messages[i * MODEL_ROWS + r]);
	for (int i = 0; i < MODEL_LANES; i++)
		put_lane(&page, model, i);
}
