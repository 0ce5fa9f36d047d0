/* SPDX-License-Identifier: MIT */
/* One delivery, from the request to its stored outcome. */
#include "config.h"

#include "queue/delivery.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json_in.h"
#include "base/log.h"
#include "domain/signature.h"
#include "metrics/metrics.h"
#include "queue/attempt.h"
#include "queue/callback.h"
#include "queue/destination.h"
#include "queue/header_list.h"
#include "queue/message_json.h"
#include "queue/publish_item.h"
#include "remote/http.h"

#define CONNECT_TIMEOUT_MS 5000
/* What is kept of an answer, for the dead-letter queue and the callback. */
#define MAX_ANSWER (64 * 1024)
/* Header lines that are the queue's own, and curl's default to be removed. */
#define N_OWN_HEADERS 6
/* An outcome that can't be stored is tried again so often, so far apart. */
#define STORE_TRIES    60
#define STORE_PAUSE_MS 1000

void
dl_queue_message_read(struct dl_arena *arena, const PGresult *rows, int row,
		      struct dl_queue_message *message)
{
#define COPY(column) dl_arena_strdup(arena, dl_db_cstr(rows, row, column))
#define PARSE(column)                                                          \
	dl_json_parse_lenient(arena, dl_db_text(rows, row, column))

	*message = (struct dl_queue_message){
	    .id = COPY("id"),
	    .lease_token = COPY("lease_token"),
	    .url = COPY("url"),
	    .method = COPY("method"),
	    .headers = PARSE("headers"),
	    .body = dl_queue_bytes(arena, rows, row, "body"),
	    .caller_ip = COPY("caller_ip"),
	    .retried = dl_db_int(rows, row, "retried", 0),
	    .max_retries = dl_db_int(rows, row, "max_retries", 0),
	    .retry_delay =
		dl_arena_str(arena, dl_db_text(rows, row, "retry_delay")),
	    .timeout_ms =
		dl_db_int(rows, row, "timeout_ms", DL_PUBLISH_MAX_TIMEOUT_MS),
	    .callback = PARSE("callback"),
	    .failure_callback = PARSE("failure_callback"),
	    .not_before_ms = dl_db_int(rows, row, "not_before_ms", 0),
	    .created_at_ms = dl_db_int(rows, row, "created_at_ms", 0),
	    .signing_key =
		dl_arena_str(arena, dl_db_text(rows, row, "signing_key")),
	};
#undef PARSE
#undef COPY
}

/* ----------------------------------------------------------------- request */

static enum dl_http_method
method_of(const struct dl_queue_message *m)
{
	static const struct {
		const char *name;
		enum dl_http_method method;
	} methods[] = {{"GET", DL_HTTP_GET},
		       {"PUT", DL_HTTP_PUT},
		       {"PATCH", DL_HTTP_PATCH},
		       {"DELETE", DL_HTTP_DELETE}};

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (strcmp(m->method, methods[i].name) == 0)
			return methods[i].method;
	return DL_HTTP_POST;
}

static const char *
sign(const struct dl_queue *queue, struct dl_arena *arena,
     const struct dl_queue_message *m)
{
	char jti[DL_QUEUE_ID_MAX];
	const char *token = dl_signature_sign(
	    arena,
	    m->signing_key.len ? m->signing_key
			       : queue->credentials.current_key,
	    dl_str(m->url), m->body, dl_queue_new_id("jwt_", 0, jti),
	    dl_clock_now_ms() / 1000);

	return token ? token : "";
}

/* The lines of the request: the publisher's, then the queue's own. */
static const char **
make_headers(const struct dl_queue *queue, struct dl_arena *arena,
	     const struct dl_queue_message *m, size_t *n)
{
	size_t given = dl_header_list_count(m->headers);
	const char **lines =
	    dl_arena_array(arena, given + N_OWN_HEADERS, sizeof(*lines));

	*n = 0;
	for (size_t i = 0; i < given; i++)
		lines[(*n)++] = dl_header_list_line(arena, m->headers, i);
	if (!dl_header_list_has(m->headers, DL_STR("Content-Type")))
		lines[(*n)++] = "Content-Type:";
	lines[(*n)++] = "User-Agent: Upstash-QStash";
	lines[(*n)++] = dl_arena_printf(arena, "Upstash-Message-Id: %s", m->id);
	lines[(*n)++] = dl_arena_printf(arena, "Upstash-Retried: %lld",
					(long long)m->retried);
	lines[(*n)++] =
	    dl_arena_printf(arena, "Upstash-Caller-Ip: %s", m->caller_ip);
	lines[(*n)++] = dl_arena_printf(arena, "Upstash-Signature: %s",
					sign(queue, arena, m));
	return lines;
}

static bool
is_public(const struct sockaddr *address)
{
	return dl_address_kind_of(address) == DL_ADDRESS_PUBLIC;
}

static void
send_message(const struct dl_queue *queue, struct dl_arena *arena,
	     const struct dl_queue_message *m, struct dl_http_answer *answer,
	     struct dl_error *err)
{
	const struct dl_http_transport *http = dl_http_curl();
	struct dl_http_request request = {
	    .method = method_of(m),
	    .url = m->url,
	    .body = m->body,
	    .connect_timeout_ms = CONNECT_TIMEOUT_MS,
	    .timeout_ms = m->timeout_ms,
	    .max_answer = MAX_ANSWER,
	};

	if (!dl_destination_is_own(queue->settings, dl_str(m->url)))
		request.may_connect = is_public;
	request.headers = make_headers(queue, arena, m, &request.n_headers);
	if (http->send(http->ctx, arena, &request, answer, err) == DL_OK)
		return;
	/* A status whose answer never ended is no answer. */
	answer->status = 0;
	dl_buf_reset(answer->headers);
	dl_buf_reset(answer->body);
	dl_buf_puts(answer->body, err->detail);
}

/* ----------------------------------------------------------------- outcome */

static struct dl_str
lookup(const void *headers, const char *name)
{
	return dl_http_header(headers, name);
}

/* Runs a statement that may run twice until it is stored. */
static void
store(const struct dl_queue *queue, struct dl_arena *arena,
      enum dl_statement statement, const char *const *params,
      const struct dl_queue_message *m)
{
	struct dl_error err;
	PGresult *rows;

	for (int i = 0; i < STORE_TRIES; i++) {
		dl_error_clear(&err);
		switch (dl_db_call(queue->pool, arena, NULL, true, statement,
				   params, &rows, &err)) {
		case DL_OK:
			if (!dl_db_bool(rows, 0, "is_ended"))
				dl_log(DL_LOG_NOTICE, "queue.outcome",
				       "cancelled, or another's meanwhile",
				       DL_F_TEXT("message_id", m->id));
			return;
		case DL_TRY_LATER:
			dl_log_error(&err);
			dl_clock_sleep_ms(STORE_PAUSE_MS);
			break;
		default:
			dl_log_error(&err);
			return;
		}
	}
}

static const char *
header_list(struct dl_arena *arena, const struct dl_http_answer *answer)
{
	struct dl_buf *text = dl_buf_create(arena, 8 * DL_HTTP_MAX_HEADERS);
	struct dl_json_out out;

	dl_json_begin(&out, text);
	dl_header_list_write_lines(&out, dl_buf_str(answer->headers));
	return dl_buf_cstr(text);
}

/* PostgreSQL's hexadecimal form of bytea. */
static const char *
bytea(struct dl_arena *arena, struct dl_str bytes)
{
	struct dl_buf *text = dl_buf_create(arena, 2 * bytes.len + 2);

	dl_buf_puts(text, "\\x");
	for (size_t i = 0; i < bytes.len; i++)
		dl_buf_appendf(text, "%02x", (unsigned char)bytes.ptr[i]);
	return dl_buf_cstr(text);
}

/* What a statement is told of the answer, as its parameters. */
struct outcome {
	const char *status;
	const char *headers;
	const char *body;
	const char *callbacks; /* NULL: none */
};

static struct outcome
describe(struct dl_arena *arena, const struct dl_queue_message *m,
	 const struct dl_http_answer *answer, const char *dlq_id)
{
	const char *headers = header_list(arena, answer);

	return (struct outcome){
	    .status = dl_db_from_int(arena, answer->status),
	    .headers = headers,
	    .body = bytea(arena, dl_buf_str(answer->body)),
	    .callbacks = dl_queue_callbacks(arena, m, answer, headers, dlq_id),
	};
}

/* text as the literal of an array of that one element. */
static const char *
array_of(struct dl_arena *arena, const char *text)
{
	struct dl_db_array array;

	dl_db_array_begin(&array, arena, text ? 2 * strlen(text) + 8 : 8);
	dl_db_array_str(&array, dl_str(text));
	return dl_db_array_end(&array);
}

static void
end_delivered(const struct dl_queue *queue, struct dl_arena *arena,
	      const struct dl_queue_message *m,
	      const struct dl_http_answer *answer)
{
	struct outcome o = describe(arena, m, answer, NULL);

	store(queue, arena, DL_SQL_QUEUE_DELIVERED,
	      (const char *[]){
		  array_of(arena, m->id), array_of(arena, m->lease_token),
		  array_of(arena, o.status), array_of(arena, o.headers),
		  array_of(arena, o.body), array_of(arena, o.callbacks)},
	      m);
}

static void
end_for_now(const struct dl_queue *queue, struct dl_arena *arena,
	    const struct dl_queue_message *m,
	    const struct dl_http_answer *answer, int64_t delay_ms)
{
	struct outcome o = describe(arena, m, answer, NULL);

	store(queue, arena, DL_SQL_QUEUE_RETRY,
	      (const char *[]){m->id, m->lease_token, o.status, o.headers,
			       o.body, o.callbacks,
			       dl_db_from_int(arena, delay_ms)},
	      m);
}

static void
end_dead(const struct dl_queue *queue, struct dl_arena *arena,
	 const struct dl_queue_message *m, const struct dl_http_answer *answer)
{
	const char *dlq_id =
	    dl_arena_printf(arena, "%lld-%lld", (long long)dl_clock_now_ms(),
			    (long long)dl_random_between(0, 999999999));
	struct outcome o = describe(arena, m, answer, dlq_id);

	store(queue, arena, DL_SQL_QUEUE_DEAD,
	      (const char *[]){m->id, m->lease_token, o.status, o.headers,
			       o.body, o.callbacks, dlq_id},
	      m);
}

static void
log_attempt(const struct dl_queue_message *m,
	    const struct dl_http_answer *answer, int64_t began_ms,
	    const char *verdict, int64_t delay_ms)
{
	dl_log(DL_LOG_INFO, "queue.delivery", verdict,
	       DL_F_TEXT("message_id", m->id),
	       DL_F_INT("status", answer->status),
	       DL_F_INT("retried", m->retried),
	       DL_F_INT("ms", dl_clock_boot_ms() - began_ms),
	       DL_F_INT("next_ms", delay_ms));
}

void
dl_queue_deliver(const struct dl_queue *queue, struct dl_arena *arena,
		 const struct dl_queue_message *m)
{
	int64_t began_ms = dl_clock_boot_ms();
	struct dl_error err = {0};
	struct dl_http_answer answer;
	struct dl_attempt attempt;
	int64_t delay_ms = 0;

	send_message(queue, arena, m, &answer, &err);
	attempt = (struct dl_attempt){.status = answer.status,
				      .lookup = lookup,
				      .headers = &answer,
				      .retried = m->retried,
				      .max_retries = m->max_retries,
				      .retry_delay = m->retry_delay,
				      .now_ms = dl_clock_now_ms()};
	switch (dl_attempt_judge(&attempt, &delay_ms)) {
	case DL_ATTEMPT_DELIVERED:
		log_attempt(m, &answer, began_ms, "delivered", 0);
		dl_metrics_add(DL_M_QUEUE_DELIVERED, 1);
		end_delivered(queue, arena, m, &answer);
		break;
	case DL_ATTEMPT_RETRY:
		log_attempt(m, &answer, began_ms, "failed", delay_ms);
		dl_metrics_add(DL_M_QUEUE_RETRY, 1);
		end_for_now(queue, arena, m, &answer, delay_ms);
		break;
	case DL_ATTEMPT_DEAD:
		log_attempt(m, &answer, began_ms, "dead", 0);
		dl_metrics_add(DL_M_QUEUE_DEAD, 1);
		end_dead(queue, arena, m, &answer);
		break;
	}
}
