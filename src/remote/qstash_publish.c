/* SPDX-License-Identifier: MIT */
/*
 * Publishes messages in batches, many at once.  A run holds ranges of
 * messages still to be sent; each request takes one, and a range that the
 * queue refuses as a whole comes back as two halves.
 */
#include "config.h"

#include "remote/qstash.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/json_in.h"
#include "base/log.h"
#include "remote/qstash_internal.h"

/* 100 slots of an id of some 60 bytes, and errors of a sentence. */
#define MAX_ANSWER (256 * 1024)
/* A batch, its slots, the answer and its tree. */
#define ARENA_CAP (16 * 1024 * 1024)
/* Failures in a row that show the queue to be down. */
#define MAX_FAILURES 8
/* Culprits after which splitting would only flood the queue. */
#define MAX_CULPRITS 20
/* Less time than this is none for another batch. */
#define MIN_TIMEOUT_MS 200

/* Messages first .. end - 1 of the source. */
struct range {
	size_t first, end;
	struct range *next;
};

struct run {
	const struct dl_qstash *q;
	const struct dl_qstash_source *source;
	int64_t deadline_boot_ms;
	struct dl_qstash_report *report;
	struct range *todo; /* the first is sent next */
	int failures;       /* in a row */
	size_t culprits;
	bool is_stopped;
};

/* first < end; aborts without memory, as the arena does. */
static void
push(struct run *run, size_t first, size_t end)
{
	struct range *range = dl_must(malloc(sizeof(*range)));

	*range = (struct range){first, end, run->todo};
	run->todo = range;
}

static void
write_one(const struct run *run, size_t index, struct dl_arena *arena,
	  struct dl_buf *body)
{
	struct dl_qstash_message message = {0};

	run->source->get(run->source->ctx, index, arena, &message);
	dl_qstash_write_message(run->q, &message, body);
}

/* Appends messages from range->first on, as many as fit; the index behind. */
static size_t
write_batch(const struct run *run, const struct range *range,
	    struct dl_arena *arena, struct dl_buf *body)
{
	size_t i = range->first;
	size_t last = i + DL_QSTASH_BATCH_MESSAGES;

	dl_buf_append_c(body, '[');
	for (; i < range->end && i < last; i++) {
		size_t before = body->len;

		if (i > range->first)
			dl_buf_append_c(body, ',');
		write_one(run, i, arena, body);
		/* One message alone always fits: 4,096 characters, escaped. */
		if (i > range->first && body->len >= DL_QSTASH_BATCH_BYTES) {
			body->len = before;
			break;
		}
	}
	dl_buf_append_c(body, ']');
	return i;
}

static bool
fill_request(struct run *run, struct dl_arena *arena, struct dl_buf *body,
	     struct dl_http_request *request)
{
	int64_t left_ms = run->deadline_boot_ms - dl_clock_boot_ms();
	const char **headers = dl_arena_array(arena, 2, sizeof(*headers));

	headers[0] = dl_qstash_authorization(run->q, arena);
	headers[1] = "Content-Type: application/json";
	*request = (struct dl_http_request){
	    .method = DL_HTTP_POST,
	    .url = dl_qstash_url(run->q, arena, "/v2/batch"),
	    .headers = headers,
	    .n_headers = 2,
	    .body = dl_buf_str(body),
	    .connect_timeout_ms = DL_QSTASH_CONNECT_TIMEOUT_MS,
	    .timeout_ms =
		left_ms < DL_QSTASH_TIMEOUT_MS ? left_ms : DL_QSTASH_TIMEOUT_MS,
	    .max_answer = MAX_ANSWER,
	};
	return left_ms >= MIN_TIMEOUT_MS;
}

/* dl_http_source.next: the token is the range that was taken. */
static bool
next_batch(void *ctx, struct dl_arena *arena, struct dl_http_request *request,
	   void **token)
{
	struct run *run = ctx;
	struct range *range = run->todo;
	struct dl_buf *body;
	size_t end;

	if (!range || run->is_stopped)
		return false;
	body = dl_buf_create(arena, 2 * DL_QSTASH_BATCH_BYTES);
	end = write_batch(run, range, arena, body);
	assert(!dl_buf_failed(body));
	if (!fill_request(run, arena, body, request)) {
		run->is_stopped = true;
		return false;
	}
	run->todo = range->next;
	if (end < range->end)
		push(run, end, range->end);
	range->end = end;
	*token = range;
	return true;
}

/* ---------------------------------------------------------------- answers */

static void
log_refusal(const struct run *run, size_t index, struct dl_str words)
{
	struct dl_arena *arena = dl_arena_create(ARENA_CAP);
	struct dl_qstash_message message = {0};

	run->source->get(run->source->ctx, index, arena, &message);
	if (words.len > 200)
		words.len = 200;
	dl_log(DL_LOG_ERR, "qstash.publish", "the queue refused a message",
	       DL_F_TEXT("message_id", message.id), DL_F_STR("error", words));
	dl_arena_destroy(arena);
}

static void
take_slots(struct run *run, const struct range *range,
	   const struct dl_qstash_slot *slots)
{
	struct dl_qstash_accepted items[DL_QSTASH_BATCH_MESSAGES];
	size_t n = 0;

	for (size_t i = range->first; i < range->end; i++) {
		const struct dl_qstash_slot *slot = &slots[i - range->first];

		if (slot->queue_id.len) {
			items[n++] =
			    (struct dl_qstash_accepted){i, slot->queue_id};
			continue;
		}
		run->report->refused++;
		log_refusal(run, i, slot->error);
	}
	run->report->accepted += n;
	if (n)
		run->source->accepted(run->source->ctx, items, n);
}

/* The queue is not well: the range stays unpublished. */
static void
take_failure(struct run *run, const struct range *range,
	     const struct dl_http_answer *answer, const struct dl_error *err)
{
	dl_log(DL_LOG_WARNING, "qstash.publish", "a batch was not accepted",
	       DL_F_INT("http_status", answer->status),
	       DL_F_INT("messages", range->end - range->first),
	       DL_F_TEXT("detail", err ? err->detail : ""));
	if (++run->failures >= MAX_FAILURES)
		run->is_stopped = true;
}

/* 4xx for the batch: one of it may be at fault, the others need not wait. */
static void
take_refusal(struct run *run, const struct range *range,
	     const struct dl_http_answer *answer)
{
	size_t n = range->end - range->first;
	size_t middle = range->first + n / 2;

	if (n == 1) {
		run->report->refused++;
		run->culprits++;
		log_refusal(run, range->first, dl_buf_str(answer->body));
	} else if (run->culprits < MAX_CULPRITS) {
		push(run, middle, range->end);
		push(run, range->first, middle);
	} else {
		take_failure(run, range, answer, NULL);
	}
}

static void
take_limit(struct run *run, const struct dl_http_answer *answer)
{
	run->is_stopped = true;
	run->report->is_limited = true;
	run->report->wait_s =
	    dl_qstash_wait_s(answer, dl_clock_now_ms() / 1000);
}

/*
 * Whether the answer blames what was sent.  The queue's own quotas ("quota
 * maxDelay exceeded") come with statuses that nobody documents.
 */
static bool
is_about_the_batch(struct dl_arena *arena, const struct dl_http_answer *answer)
{
	long status = answer->status;
	struct dl_str error = dl_json_get_str(
	    dl_json_parse_lenient(arena, dl_buf_str(answer->body)), "error");

	return dl_str_starts_with(error, DL_STR("quota ")) || status == 400 ||
	       status == 412 || status == 413 || status == 422;
}

static void
take_answer(struct run *run, const struct range *range, struct dl_arena *arena,
	    const struct dl_http_answer *answer, struct dl_qstash_slot *slots)
{
	if (answer->status / 100 == 2 && slots) {
		run->failures = 0;
		take_slots(run, range, slots);
	} else if (answer->status == 429) {
		take_limit(run, answer);
	} else if (is_about_the_batch(arena, answer)) {
		take_refusal(run, range, answer);
	} else {
		if (answer->status == 401 || answer->status == 403)
			run->is_stopped = true; /* the token is no good */
		take_failure(run, range, answer, NULL);
	}
}

/* dl_http_source.done */
static void
batch_done(void *ctx, void *token, enum dl_code code,
	   const struct dl_http_answer *answer, const struct dl_error *err)
{
	struct run *run = ctx;
	struct range *range = token;
	struct dl_arena *arena = dl_arena_create(ARENA_CAP);
	struct dl_qstash_slot slots[DL_QSTASH_BATCH_MESSAGES];
	bool is_read = code == DL_OK && !answer->is_truncated &&
		       dl_qstash_read_slots(arena, dl_buf_str(answer->body),
					    slots, range->end - range->first);

	if (code == DL_OK)
		take_answer(run, range, arena, answer, is_read ? slots : NULL);
	else
		take_failure(run, range, answer, err);
	dl_arena_destroy(arena);
	free(range);
}

void
dl_qstash_get_from_array(void *ctx, size_t index, struct dl_arena *arena,
			 struct dl_qstash_message *message)
{
	const struct dl_qstash_message *messages = ctx;

	(void)arena;
	*message = messages[index];
}

void
dl_qstash_publish(const struct dl_qstash *q,
		  const struct dl_qstash_source *source,
		  int64_t deadline_boot_ms, struct dl_qstash_report *report)
{
	struct run run = {
	    .q = q,
	    .source = source,
	    .deadline_boot_ms = deadline_boot_ms,
	    .report = report,
	};
	const struct dl_http_source requests = {
	    .arena_cap = ARENA_CAP,
	    .next = next_batch,
	    .done = batch_done,
	    .ctx = &run,
	};

	*report = (struct dl_qstash_report){0};
	if (source->n)
		push(&run, 0, source->n);
	q->http->send_many(q->http->ctx, &requests, DL_QSTASH_MAX_IN_FLIGHT);
	while (run.todo) {
		struct range *range = run.todo;

		run.todo = range->next;
		free(range);
	}
	report->unpublished = source->n - report->accepted - report->refused;
}
