/* SPDX-License-Identifier: MIT */
/* Claim, send, record. */
#include "config.h"

#include "delivery/delivery.h"

#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "metrics/metrics.h"

/* What a claim whose answer was lost is tried again for. */
#define CLAIM_PATIENCE_MS 10000
/* An outcome is tried until so long before the queue gives this delivery up. */
#define RECORD_RESERVE_MS 3000
/* What claim_messages answers for a lane with a message under way. */
#define SENDING_WAIT_MS 100
/* Publishing one message again. */
#define PUBLISH_PATIENCE_MS 5000

/* One delivery under way. */
struct flow {
	const struct dl_delivery *d;
	struct dl_arena *arena;
	const struct dl_delivery_ref *ref;
	struct dl_uuid token;
	int64_t retried;
	int64_t began_boot_ms;
	struct dl_claim claim;
	struct dl_delivery_answer *answer;
};

static void
log_flow(const struct flow *f, enum dl_log_level level, const char *op,
	 const char *message, const char *detail)
{
	dl_log(level, op, message,
	       DL_F_TEXT("message_id", f->ref->message_id.text),
	       DL_F_TEXT("campaign_id", f->ref->campaign_id.text),
	       DL_F_INT("generation", f->ref->generation),
	       DL_F_TEXT("detail", detail ? detail : ""));
}

static void
answer_with(struct flow *f, int status, const char *state)
{
	f->answer->status = status;
	f->answer->state = state;
}

/* Nothing could be stored: the queue delivers again after its own delay. */
static void
answer_try_later(struct flow *f, const struct dl_error *err)
{
	dl_log_error(err);
	answer_with(f, 503, "try_later");
}

/* ---------------------------------------------------- publishing it again */

struct republish {
	const struct flow *f;
	const struct dl_qstash_message *message;
};

static void
get_message(void *ctx, size_t index, struct dl_arena *arena,
	    struct dl_qstash_message *message)
{
	const struct republish *again = ctx;

	(void)index;
	(void)arena;
	*message = *again->message;
}

static void
on_accepted(void *ctx, const struct dl_qstash_accepted *items, size_t n)
{
	const struct republish *again = ctx;
	struct dl_error err = {0};

	for (size_t i = 0; i < n; i++)
		if (dl_delivery_published(again->f->d->store, again->f->arena,
					  again->message, items[i].queue_id,
					  &err) != DL_OK)
			dl_log_error(&err);
}

/*
 * Gives the row the lane's next slot and publishes it again; where that fails
 * it stays pending, for the sweeper.
 */
static void
put_off(struct flow *f, int64_t generation)
{
	struct dl_delivery_ref ref = *f->ref;
	struct dl_qstash_message message;
	struct republish again = {f, &message};
	struct dl_qstash_source source = {1, get_message, on_accepted, &again};
	struct dl_qstash_report report;
	struct dl_error err = {0};
	bool is_there;

	ref.generation = generation;
	if (dl_delivery_reserve(f->d->store, f->arena, &ref, &message,
				&is_there, &err) != DL_OK) {
		answer_try_later(f, &err);
		return;
	}
	answer_with(f, 200, "pending");
	if (!is_there)
		return;
	dl_metrics_add(DL_M_PUT_OFF, 1);
	dl_qstash_publish(&f->d->queue, &source,
			  dl_clock_boot_ms() + PUBLISH_PATIENCE_MS, &report);
	if (!report.accepted)
		log_flow(f, DL_LOG_NOTICE, "deliver.put_off",
			 "not published again; the sweeper will", NULL);
}

/* --------------------------------------------------------------- recording */

/*
 * Records until it is stored or the queue is about to give this delivery up.
 * False: it is not stored, and the answer is made.
 */
static bool
record(struct flow *f, const struct dl_record *what, struct dl_recorded *done)
{
	const struct dl_settings *s = f->d->settings;
	bool is_media = f->claim.message_type.len &&
			!dl_str_eq(f->claim.message_type, DL_STR("texto"));
	int64_t until_ms =
	    f->began_boot_ms - RECORD_RESERVE_MS +
	    1000 * (is_media ? s->qstash_media_timeout_s : s->qstash_timeout_s);
	struct dl_error err = {0};
	int64_t pause_ms = 50;

	while (dl_delivery_record(f->d->store, f->arena, f->ref, &f->token,
				  what, done, &err) != DL_OK) {
		if (dl_clock_boot_ms() + pause_ms >= until_ms) {
			log_flow(f, DL_LOG_ERR, "deliver.record",
				 "the outcome could not be stored",
				 what->evolution_key ? what->evolution_key
						     : what->outcome);
			answer_try_later(f, &err);
			return false;
		}
		dl_log_error(&err);
		dl_error_clear(&err);
		dl_clock_sleep_ms(pause_ms);
		pause_ms = pause_ms < 1000 ? pause_ms * 2 : 1000;
	}
	if (strcmp(done->result, "recorded") != 0)
		log_flow(f, DL_LOG_NOTICE, "deliver.record",
			 "the outcome changed nothing", done->result);
	return true;
}

/* Suppressed or expired: found at the claim, counted here. */
static void
record_end(struct flow *f, const char *state)
{
	struct dl_record what = {.outcome = state};
	struct dl_recorded done;

	if (record(f, &what, &done))
		answer_with(f, 200, *done.status ? done.status : state);
}

/* ----------------------------------------------------------------- sending */

/*
 * Whether there is still time when the connection stands: the deadline must
 * fit into what is left of the lease, and on a paced lane the start must not
 * come later than the margin that the claim kept.
 */
static bool
may_start(void *ctx, int64_t elapsed_ms)
{
	const struct flow *f = ctx;
	int64_t now_ms = dl_clock_boot_ms();

	(void)elapsed_ms;
	if (now_ms + dl_evolution_timeout_ms(&f->d->evolution,
					     f->claim.message_type) >
	    f->claim.lease_boot_ms)
		return false;
	return f->claim.gap_ms == 0 || now_ms - f->claim.claimed_boot_ms <=
					   f->d->settings->start_margin_ms;
}

/* Unsent after all: back to pending, and published again. */
static void
give_back(struct flow *f)
{
	struct dl_record what = {.outcome = "given_back"};
	struct dl_recorded done;

	if (!record(f, &what, &done))
		return;
	dl_metrics_add(DL_M_GIVEN_BACK, 1);
	answer_with(f, 200, done.status);
	if (strcmp(done.status, "pending") == 0)
		put_off(f, done.generation);
}

static const char *
outcome_name(const struct flow *f, enum dl_outcome_class class)
{
	switch (class) {
	case DL_OUTCOME_SENT:
		return "sent";
	case DL_OUTCOME_PERMANENT:
		return "failed";
	case DL_OUTCOME_TRANSIENT:
		return f->retried >= f->d->settings->qstash_retries
			   ? "transient_last"
			   : "transient";
	case DL_OUTCOME_INSTANCE_FAULT:
		return "fault";
	case DL_OUTCOME_CREDENTIAL:
		return "credential";
	case DL_OUTCOME_UNKNOWN:
		break;
	}
	return "unknown";
}

static void
log_outcome(const struct flow *f, const struct dl_outcome *outcome,
	    const struct dl_outcome_answer *from, const char *state)
{
	dl_log(outcome->class == DL_OUTCOME_SENT ? DL_LOG_INFO : DL_LOG_NOTICE,
	       "deliver", outcome_name(f, outcome->class),
	       DL_F_TEXT("message_id", f->ref->message_id.text),
	       DL_F_TEXT("campaign_id", f->ref->campaign_id.text),
	       DL_F_TEXT("error_code", dl_row_error_text(outcome->error)->code),
	       DL_F_INT("evolution_status", from->http_status),
	       DL_F_TEXT("state", state));
}

/* The NUL-terminated copy of a text, NULL for none. */
static const char *
text_of(struct dl_arena *arena, struct dl_str s)
{
	return s.ptr ? dl_arena_strndup(arena, s.ptr, s.len) : NULL;
}

static void
record_outcome(struct flow *f, const struct dl_outcome_answer *from)
{
	struct dl_outcome outcome;
	struct dl_recorded done;

	dl_outcome_classify(f->arena, from, &outcome);
	struct dl_record what = {
	    .outcome = outcome_name(f, outcome.class),
	    .error_code = outcome.class == DL_OUTCOME_SENT
			      ? NULL
			      : dl_row_error_text(outcome.error)->code,
	    .error_message = outcome.class == DL_OUTCOME_SENT
				 ? NULL
				 : text_of(f->arena, outcome.message),
	    .response = outcome.response,
	    .evolution_key = text_of(f->arena, outcome.key_id),
	    .park_s = outcome.park_s,
	    .answer = from};
	if (!record(f, &what, &done))
		return;
	log_outcome(f, &outcome, from, done.status);
	dl_metrics_message(outcome.class, outcome.error);
	f->answer->is_sent = strcmp(done.status, "sent") == 0;
	f->answer->error_code = what.error_code;
	f->answer->evolution_key = outcome.key_id;
	answer_with(f, strcmp(done.status, "queued") == 0 ? 503 : 200,
		    done.status);
}

static void
send_claimed(struct flow *f)
{
	struct dl_evolution_message message = {.instance =
						   f->claim.instance_name,
					       .token = f->claim.instance_token,
					       .number = f->claim.phone_number,
					       .type = f->claim.message_type,
					       .text = f->claim.message_content,
					       .media_url = f->claim.media_url,
					       .file_name = f->claim.file_name,
					       .may_start = may_start,
					       .may_start_ctx = f};
	int64_t began_ms = dl_clock_boot_ms();
	struct dl_outcome_answer from;
	struct dl_error err = {0};
	bool was_vetoed;
	enum dl_code code = dl_evolution_send(
	    &f->d->evolution, f->arena, &message, &from, &was_vetoed, &err);

	dl_metrics_evolution(dl_clock_boot_ms() - began_ms);
	if (code != DL_OK) {
		/* No request could be made of the row: that is our bug. */
		dl_log_error(&err);
		from = (struct dl_outcome_answer){
		    .transport = DL_OUTCOME_ANSWERED,
		    .http_status = 400,
		    .body = dl_str(dl_arena_strdup(f->arena, err.detail))};
		record_outcome(f, &from);
	} else if (was_vetoed) {
		log_flow(f, DL_LOG_NOTICE, "deliver.send",
			 "given back: too late to start", NULL);
		give_back(f);
	} else {
		record_outcome(f, &from);
	}
}

/* ---------------------------------------------------------------- claiming */

/* Tries a claim whose answer was lost again; false: the answer is made. */
static bool
claim_once(struct flow *f)
{
	int64_t until_ms = dl_clock_boot_ms() + CLAIM_PATIENCE_MS;
	struct dl_error err = {0};

	while (dl_delivery_claim(f->d->store, f->arena, f->ref, &f->token,
				 &f->claim, &err) != DL_OK) {
		if (err.code != DL_TRY_LATER || dl_clock_boot_ms() > until_ms) {
			answer_try_later(f, &err);
			return false;
		}
		dl_log_error(&err);
		dl_error_clear(&err);
		dl_clock_sleep_ms(dl_random_between(50, 200));
	}
	return true;
}

/*
 * Waits for the busy lane.  So short a wait means that something is being sent
 * on it, by this program most often, which knows when that has ended.
 */
static void
wait_for_lane(const struct flow *f, uint64_t since)
{
	int64_t ms = f->claim.wait_ms + dl_random_between(1, 20);

	if (f->claim.wait_ms > SENDING_WAIT_MS)
		dl_clock_sleep_ms(ms);
	else
		dl_lane_wait_for(f->d->lanes, f->claim.instance_name, since,
				 ms);
}

/*
 * Claims, waiting for a lane that is soon free.  Nothing is held meanwhile.
 */
static bool
claim_with_patience(struct flow *f)
{
	int64_t until_ms = dl_clock_boot_ms() + f->d->settings->lane_wait_ms;

	for (;;) {
		uint64_t since = dl_lane_wait_now(f->d->lanes);

		if (!claim_once(f))
			return false;
		if (f->claim.result != DL_CLAIM_LANE_BUSY ||
		    dl_clock_boot_ms() + f->claim.wait_ms > until_ms)
			return true;
		wait_for_lane(f, since);
	}
}

void
dl_deliver(const struct dl_delivery *delivery, struct dl_arena *arena,
	   const struct dl_delivery_ref *ref, int64_t retried,
	   int64_t began_boot_ms, struct dl_delivery_answer *answer)
{
	struct flow f = {.d = delivery,
			 .arena = arena,
			 .ref = ref,
			 .retried = retried,
			 .began_boot_ms = began_boot_ms,
			 .answer = answer};

	*answer = (struct dl_delivery_answer){.state = ""};
	dl_uuid_v4(&f.token);
	if (!claim_with_patience(&f))
		return;
	answer_with(&f, 200, dl_claim_result_name(f.claim.result));
	switch (f.claim.result) {
	case DL_CLAIM_CLAIMED:
		send_claimed(&f);
		dl_lane_wait_freed(f.d->lanes, f.claim.instance_name);
		break;
	case DL_CLAIM_LANE_BUSY:
		put_off(&f, ref->generation);
		break;
	case DL_CLAIM_SENT:
		answer->is_sent = true;
		answer->evolution_key = f.claim.evolution_key;
		break;
	case DL_CLAIM_SENDING:
		answer->status = 409;
		answer->retry_after_s =
		    f.claim.wait_ms > 0 ? (f.claim.wait_ms + 999) / 1000 : 1;
		break;
	case DL_CLAIM_SUPPRESSED:
	case DL_CLAIM_EXPIRED:
		record_end(&f, answer->state);
		break;
	case DL_CLAIM_UNKNOWN:
	case DL_CLAIM_MISMATCH:
		log_flow(&f, DL_LOG_WARNING, "deliver.claim",
			 "no message of ours", answer->state);
		answer->status = 489;
		break;
	case DL_CLAIM_FINAL:
		answer->state = f.claim.status;
		break;
	default: /* nothing to do, and nothing was done */
		break;
	}
}

void
dl_delivery_failed(const struct dl_delivery *delivery, struct dl_arena *arena,
		   const struct dl_delivery_ref *ref, const char *what,
		   struct dl_delivery_answer *answer)
{
	struct flow f = {
	    .d = delivery, .arena = arena, .ref = ref, .answer = answer};
	struct dl_error err = {0};
	const char *state;

	*answer = (struct dl_delivery_answer){.state = ""};
	if (dl_delivery_give_up(delivery->store, arena, ref, what, &state,
				&err) != DL_OK) {
		answer_try_later(&f, &err);
		return;
	}
	log_flow(&f, DL_LOG_WARNING, "deliver.failed",
		 "the queue gave a message up", state ? state : "unchanged");
	answer_with(&f, 200, state ? state : "unchanged");
}
