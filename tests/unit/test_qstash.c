/* SPDX-License-Identifier: MIT */
/*
 * The queue's client: the bytes of a message, the reading of answers, and the
 * publisher's behaviour against a queue that is a function of this file.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "remote/qstash.h"

static const struct dl_qstash plain = {
    .url = {"http://q", 8},
    .token = {"secret", 6},
    .public_url = {"https://me.test", 15},
    .retries = 2,
    .timeout_s = 90,
    .media_timeout_s = 195,
};

static struct dl_qstash_message
message(const char *id)
{
	return (struct dl_qstash_message){
	    .id = id,
	    .campaign_id = "c1",
	    .instance_name = DL_STR("loja-01"),
	    .phone_number = DL_STR("5511987654321"),
	    .content = DL_STR("Ol\303\241 \"Z\303\251\"\n"),
	    .generation = 3,
	    .run = 2,
	    .gap_s = 3,
	    .not_before_s = 1800000000,
	};
}

/* ------------------------------------------------------------- the bytes */

static const struct {
	bool is_media;
	int64_t gap_s;
	const char *name, *want;
} header_rows[] = {
    {false, 3, "Content-Type", "application/json"},
    {false, 3, "Upstash-Method", "POST"},
    {false, 3, "Upstash-Retries", "2"},
    {false, 3, "Upstash-Retry-Delay", "5000 * pow(6, retried)"},
    {false, 3, "Upstash-Timeout", "90s"},
    {true, 3, "Upstash-Timeout", "195s"},
    {false, 3, "Upstash-Not-Before", "1800000000"},
    {false, 3, "Upstash-Deduplication-Id", "m1:3"},
    {false, 3, "Upstash-Label", "camp-c1-r2,camp-c1"},
    {false, 3, "Upstash-Flow-Control-Key",
     "lane-973b4c05bd8b8be09219ecc3192ae5e2"},
    {false, 3, "Upstash-Flow-Control-Value",
     "parallelism=1, rate=1, period=3s"},
    {false, 0, "Upstash-Flow-Control-Value", "parallelism=1"},
    {false, 3, "Upstash-Failure-Callback",
     "https://me.test/process-message/failure"},
    {false, 3, "Upstash-Failure-Callback-Retries", "3"},
};

static void
message_headers(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);

	for (size_t i = 0; i < sizeof(header_rows) / sizeof(*header_rows);
	     i++) {
		struct dl_qstash_message m = message("m1");
		struct dl_buf *out = dl_buf_create(arena, 65536);
		json_object *root = NULL, *got;

		m.is_media = header_rows[i].is_media;
		m.gap_s = header_rows[i].gap_s;
		dl_qstash_write_message(&plain, &m, out);
		CU_ASSERT_EQUAL(dl_json_parse(arena, dl_buf_str(out), &root),
				DL_JSON_OK);
		got = dl_json_get(root, "headers");
		DL_ASSERT_STR(dl_json_get_str(got, header_rows[i].name),
			      dl_str(header_rows[i].want));
		CU_ASSERT_EQUAL(json_object_object_length(got), 12);
	}
	dl_arena_destroy(arena);
}

static void
message_body(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_qstash_message m = message("m1");
	struct dl_buf *out = dl_buf_create(arena, 65536);
	json_object *root = NULL;

	dl_qstash_write_message(&plain, &m, out);
	CU_ASSERT_EQUAL(dl_json_parse(arena, dl_buf_str(out), &root),
			DL_JSON_OK);
	DL_ASSERT_STR(dl_json_get_str(root, "destination"),
		      DL_STR("https://me.test/process-message"));
	DL_ASSERT_STR(dl_json_get_str(root, "body"),
		      DL_STR("{\"message_id\":\"m1\","
			     "\"phone_number\":\"5511987654321\","
			     "\"message_content\":\"Ol\303\241 "
			     "\\\"Z\303\251\\\"\\n\","
			     "\"instance_name\":\"loja-01\","
			     "\"campaign_id\":\"c1\",\"generation\":3}"));
	dl_arena_destroy(arena);
}

static void
slots(void)
{
	static const struct {
		const char *body;
		size_t n;
		bool is_read;
		const char *want; /* ids and !errors, joined */
	} rows[] = {
	    {"[{\"messageId\":\"a\"},{\"messageId\":\"b\"}]", 2, true, "a b"},
	    {"[{\"messageId\":\"a\",\"deduplicated\":true}]", 1, true, "a"},
	    {"[[{\"messageId\":\"a\",\"url\":\"u\"}],{\"error\":\"no\"}]", 2,
	     true, "a !no"},
	    {"[[],{}]", 2, true, " "},
	    {"[null,7]", 2, true, " "},
	    {"[{\"messageId\":\"a b\"},{\"messageId\":\"\\u0000\"}]", 2, true,
	     " "},
	    {"[{\"messageId\":\"\\u00e9\"},{\"messageId\":7}]", 2, true, " "},
	    {"{\"messageId\":\"a\"}", 1, true, "a"},
	    {"{\"messageId\":\"a\"}", 2, false, ""},
	    {"[{\"messageId\":\"a\"}]", 2, false, ""},
	    {"<html>", 1, false, ""},
	    {"", 1, false, ""},
	};
	struct dl_arena *arena = dl_arena_create(1 << 20);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dl_qstash_slot got[2] = {0};
		struct dl_buf *text = dl_buf_create(arena, 1000);
		bool is_read = dl_qstash_read_slots(arena, dl_str(rows[i].body),
						    got, rows[i].n);

		CU_ASSERT_EQUAL(is_read, rows[i].is_read);
		for (size_t j = 0; is_read && j < rows[i].n; j++) {
			dl_buf_puts(text, j ? " " : "");
			dl_buf_append_str(text, got[j].queue_id);
			dl_buf_puts(text, got[j].error.len ? "!" : "");
			dl_buf_append_str(text, got[j].error);
		}
		CU_ASSERT_STRING_EQUAL(dl_buf_cstr(text), rows[i].want);
	}
	dl_arena_destroy(arena);
}

static void
waits(void)
{
	static const struct {
		const char *headers;
		int64_t want;
	} rows[] = {
	    {"Retry-After: 7\r\n", 7},
	    {"Retry-After: 0\r\n", 1},
	    {"Retry-After: 900000\r\n", 86400},
	    {"Burst-RateLimit-Reset: 1012\r\n", 12},
	    {"RateLimit-Reset: 990\r\n", 1},
	    {"RateLimit-Reset: 1040\r\nBurst-RateLimit-Reset: 1003\r\n", 3},
	    {"Retry-After: soon\r\n", 60},
	    {"", 60},
	};
	struct dl_arena *arena = dl_arena_create(1 << 20);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dl_http_answer answer;

		dl_http_answer_init(&answer, arena, 10);
		dl_buf_puts(answer.headers, rows[i].headers);
		CU_ASSERT_EQUAL(dl_qstash_wait_s(&answer, 1000), rows[i].want);
	}
	dl_arena_destroy(arena);
}

/* ---------------------------------------------------------- a fake queue */

static struct {
	int requests;
	int accepted_calls;
	const char *culprit;      /* a batch with this id in it is 400 */
	const char *slot_culprit; /* this one's slot is an error */
	int64_t status;           /* answered to everything; 0: as it should */
	const char *headers;
	const char *body; /* with status */
	enum dl_code code;
	int seen[1000]; /* by message: times that it was accepted */
} fake;

static struct dl_qstash_message sent[1000];

static void
answer_slots(json_object *batch, struct dl_buf *out)
{
	size_t n = json_object_array_length(batch);

	dl_buf_append_c(out, '[');
	for (size_t i = 0; i < n; i++) {
		json_object *headers =
		    dl_json_get(json_object_array_get_idx(batch, i), "headers");
		struct dl_str id =
		    dl_json_get_str(headers, "Upstash-Deduplication-Id");
		struct dl_str bad = dl_str(fake.slot_culprit);

		dl_buf_puts(out, i ? "," : "");
		if (bad.ptr && dl_str_contains(id, bad))
			dl_buf_puts(out, "{\"error\":\"quota\"}");
		else
			dl_buf_appendf(out, "{\"messageId\":\"msg_%.*s\"}",
				       (int)id.len, id.ptr);
	}
	dl_buf_append_c(out, ']');
}

static enum dl_code
fake_send(void *ctx, struct dl_arena *arena,
	  const struct dl_http_request *request, struct dl_http_answer *answer,
	  struct dl_error *err)
{
	json_object *batch = NULL;

	(void)ctx;
	fake.requests++;
	dl_http_answer_init(answer, arena, request->max_answer);
	dl_buf_puts(answer->headers, fake.headers ? fake.headers : "");
	answer->status = (long)fake.status;
	dl_buf_puts(answer->body, fake.body ? fake.body : "");
	if (fake.code != DL_OK)
		return dl_fail(err, fake.code, "fake", "down");
	if (fake.status)
		return DL_OK;
	answer->status = 200;
	if (fake.culprit &&
	    dl_str_contains(request->body, dl_str(fake.culprit))) {
		answer->status = 400;
		return DL_OK;
	}
	CU_ASSERT_TRUE(request->body.len <= DL_QSTASH_BATCH_BYTES);
	CU_ASSERT_EQUAL(dl_json_parse(arena, request->body, &batch),
			DL_JSON_OK);
	CU_ASSERT_TRUE(json_object_array_length(batch) <= 100);
	answer_slots(batch, answer->body);
	return DL_OK;
}

static void
fake_send_many(void *ctx, const struct dl_http_source *source, int max)
{
	struct dl_arena *arena = dl_arena_create(source->arena_cap);
	struct dl_http_request request = {0};
	void *token;

	(void)max;
	while (source->next(source->ctx, arena, &request, &token)) {
		struct dl_http_answer answer;
		struct dl_error err = {0};
		enum dl_code code =
		    fake_send(ctx, arena, &request, &answer, &err);

		source->done(source->ctx, token, code, &answer, &err);
		dl_arena_reset(arena);
		request = (struct dl_http_request){0};
	}
	dl_arena_destroy(arena);
}

static const struct dl_http_transport fake_http = {
    .send = fake_send,
    .send_many = fake_send_many,
};

static void
take_accepted(void *ctx, const struct dl_qstash_accepted *items, size_t n)
{
	(void)ctx;
	fake.accepted_calls++;
	for (size_t i = 0; i < n; i++) {
		fake.seen[items[i].index]++;
		CU_ASSERT_TRUE(
		    dl_str_starts_with(items[i].queue_id, DL_STR("msg_")));
	}
}

static struct dl_qstash_report
publish(size_t n, int64_t budget_ms)
{
	static char ids[1000][32];
	struct dl_qstash q = plain;
	struct dl_qstash_report report;
	const struct dl_qstash_source source = {
	    .n = n,
	    .get = dl_qstash_get_from_array,
	    .accepted = take_accepted,
	    .ctx = sent,
	};
	size_t accepted = 0;

	q.http = &fake_http;
	for (size_t i = 0; i < n; i++) {
		struct dl_str content = sent[i].content;

		snprintf(ids[i], sizeof(ids[i]), "id-%03zu-", i);
		sent[i] = message(ids[i]);
		if (content.len)
			sent[i].content = content;
	}
	dl_qstash_publish(&q, &source, dl_clock_boot_ms() + budget_ms, &report);
	CU_ASSERT_EQUAL(report.accepted + report.refused + report.unpublished,
			n);
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_TRUE(fake.seen[i] <= 1);
		accepted += (size_t)fake.seen[i];
	}
	CU_ASSERT_EQUAL(accepted, report.accepted);
	return report;
}

static void
fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	memset(sent, 0, sizeof(sent));
}

static void
publishing(void)
{
	static const struct {
		const char *name;
		size_t n;
		int64_t budget_ms, status;
		const char *headers, *culprit, *slot_culprit;
		enum dl_code code;
		size_t accepted, refused;
		int requests; /* at most; -n: exactly n */
	} rows[] = {
	    {"none", 0, 9999, 0, NULL, NULL, NULL, DL_OK, 0, 0, -0},
	    {"one", 1, 9999, 0, NULL, NULL, NULL, DL_OK, 1, 0, -1},
	    {"100", 100, 9999, 0, NULL, NULL, NULL, DL_OK, 100, 0, -1},
	    {"101", 101, 9999, 0, NULL, NULL, NULL, DL_OK, 101, 0, -2},
	    {"1000", 1000, 9999, 0, NULL, NULL, NULL, DL_OK, 1000, 0, -10},
	    {"culprit", 250, 9999, 0, NULL, "id-117-", NULL, DL_OK, 249, 1, 18},
	    {"slot", 250, 9999, 0, NULL, NULL, "id-117-", DL_OK, 249, 1, -3},
	    {"all bad", 1000, 9999, 400, NULL, NULL, NULL, DL_OK, 0, 21, 60},
	    {"token", 1000, 9999, 401, NULL, NULL, NULL, DL_OK, 0, 0, -1},
	    {"429", 1000, 9999, 429, "Retry-After: 9\r\n", NULL, NULL, DL_OK, 0,
	     0, -1},
	    {"500", 1000, 9999, 500, NULL, NULL, NULL, DL_OK, 0, 0, -8},
	    {"odd 200", 1000, 9999, 200, NULL, NULL, NULL, DL_OK, 0, 0, -8},
	    {"down", 1000, 9999, 0, NULL, NULL, NULL, DL_TRY_LATER, 0, 0, -8},
	    {"late", 1000, 0, 0, NULL, NULL, NULL, DL_OK, 0, 0, -0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dl_qstash_report report;

		fake_reset();
		fake.status = rows[i].status;
		fake.headers = rows[i].headers;
		fake.culprit = rows[i].culprit;
		fake.slot_culprit = rows[i].slot_culprit;
		fake.code = rows[i].code;
		report = publish(rows[i].n, rows[i].budget_ms);
		if (report.accepted != rows[i].accepted ||
		    report.refused != rows[i].refused)
			printf("\n%s: %zu accepted, %zu refused, %d requests\n",
			       rows[i].name, report.accepted, report.refused,
			       fake.requests);
		CU_ASSERT_EQUAL(report.accepted, rows[i].accepted);
		CU_ASSERT_EQUAL(report.refused, rows[i].refused);
		CU_ASSERT_EQUAL(report.is_limited, rows[i].status == 429);
		CU_ASSERT_EQUAL(report.wait_s, rows[i].status == 429 ? 9 : 0);
		if (rows[i].requests <= 0)
			CU_ASSERT_EQUAL(fake.requests, -rows[i].requests);
		if (rows[i].requests > 0)
			CU_ASSERT_TRUE(fake.requests <= rows[i].requests);
	}
}

/* A quota of the queue blames the message, whatever the status. */
static void
quotas(void)
{
	fake_reset();
	fake.status = 500;
	fake.body = "{\"error\":\"quota maxDelay exceeded, current limit: "
		    "604800\"}";
	CU_ASSERT_EQUAL(publish(2, 9999).refused, 2);
	CU_ASSERT_EQUAL(fake.requests, 3);
	fake_reset();
	fake.status = 500;
	fake.body = "{\"error\":\"no quota here\"}";
	CU_ASSERT_EQUAL(publish(2, 9999).unpublished, 2);
	CU_ASSERT_EQUAL(fake.requests, 1);
}

/* 100 messages of 24,000 bytes make more than 1 MiB. */
static void
large_messages(void)
{
	static char text[24001];

	fake_reset();
	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < 200; i++)
		sent[i].content = dl_str(text);
	CU_ASSERT_EQUAL(publish(200, 9999).accepted, 200);
	CU_ASSERT_EQUAL(fake.requests, 5);
}

/* ------------------------------------------------------- the single calls */

static void
get_message(void)
{
	static const struct {
		const char *id;
		int64_t status;
		enum dl_code want;
		bool is_known;
	} rows[] = {
	    {"msg_1-A.b", 200, DL_OK, true},
	    {"msg_1", 404, DL_OK, false},
	    {"msg_1", 500, DL_TRY_LATER, false},
	    {"msg_1", 401, DL_TRY_LATER, false},
	    {"", 200, DL_BAD_REQUEST, false},
	    {"a/b", 200, DL_BAD_REQUEST, false},
	    {"a?b", 200, DL_BAD_REQUEST, false},
	};
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_qstash q = plain;

	q.http = &fake_http;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dl_error err = {0};
		bool is_known;

		fake_reset();
		fake.status = rows[i].status;
		CU_ASSERT_EQUAL(dl_qstash_get_message(&q, arena, rows[i].id,
						      &is_known, &err),
				rows[i].want);
		CU_ASSERT_EQUAL(is_known, rows[i].is_known);
	}
	dl_arena_destroy(arena);
}

static void
cancel_label(void)
{
	static const struct {
		const char *label;
		int64_t status;
		enum dl_code want;
		int requests;
	} rows[] = {
	    {"camp-1-r1", 200, DL_OK, 1},
	    {"camp-1-r1", 202, DL_OK, 1},
	    {"camp-1-r1", 404, DL_OK, 1},
	    {"camp-1-r1", 429, DL_TRY_LATER, 1},
	    {"camp-1-r1", 503, DL_TRY_LATER, 1},
	    {"", 200, DL_BAD_REQUEST, 0},
	    {"a,b", 200, DL_BAD_REQUEST, 0},
	    {"a&b=c", 200, DL_BAD_REQUEST, 0},
	};
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_qstash q = plain;

	q.http = &fake_http;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dl_error err = {0};

		fake_reset();
		fake.status = rows[i].status;
		CU_ASSERT_EQUAL(
		    dl_qstash_cancel_label(&q, arena, rows[i].label, &err),
		    rows[i].want);
		CU_ASSERT_EQUAL(fake.requests, rows[i].requests);
	}
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"message headers", message_headers},
    {"message body", message_body},
    {"slots", slots},
    {"waits", waits},
    {"publishing", publishing},
    {"quotas", quotas},
    {"large messages", large_messages},
    {"get message", get_message},
    {"cancel label", cancel_label},
};

UNIT_MAIN("qstash", tests)
