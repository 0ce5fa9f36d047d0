/* SPDX-License-Identifier: MIT */
/*
 * What the queue reads and computes of time: durations, Retry-After and its
 * relatives, the backoff, the verdict on an answer; and flow control.
 */
#include "config.h"

#include "queue/attempt.h"
#include "queue/backoff.h"
#include "queue/duration.h"
#include "queue/flow_control.h"
#include "queue/retry_after.h"
#include "unit.h"

#define REFUSED -1
/* Tue, 24 Nov 2026 02:47:40.500 GMT */
#define NOW_MS 1795488460500

struct row {
	const char *text;
	int64_t value;
};

static void
check(const struct row *row, bool is_good, const int64_t *out)
{
	int64_t value = *out;

	if (is_good != (row->value != REFUSED) ||
	    (is_good && value != row->value))
		printf("\n'%s': %d %lld\n", row->text, is_good,
		       (long long)value);
	CU_ASSERT_EQUAL(is_good, row->value != REFUSED);
	if (is_good)
		CU_ASSERT_EQUAL(value, row->value);
}

static void
test_durations(void)
{
	static const struct row rows[] = {
	    {"50s", 50},
	    {"1d10h30m", 124200},
	    {"1m", 60},
	    {"90s", 90},
	    {"2h", 7200},
	    {"0", 0},
	    {"0s", 0},
	    {"1m1m", 120},
	    {"10d", 864000},
	    {"", REFUSED},
	    {"5", REFUSED},
	    {"s", REFUSED},
	    {"1.5h", REFUSED},
	    {"-1s", REFUSED},
	    {"1 s", REFUSED},
	    {"1w", REFUSED},
	    {"1s ", REFUSED},
	    {"1ms", REFUSED},
	    {"99999999999999999999999s", REFUSED},
	    {"3651d", REFUSED},
	};
	int64_t value;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		value = 0;
		check(&rows[i], dl_duration_parse(dl_str(rows[i].text), &value),
		      &value);
	}
}

static void
test_go_durations(void)
{
	static const struct row rows[] = {
	    {"6m5s", 365000},  {"1.5h", 5400000},      {"250ms", 250},
	    {"900us", 0},      {"1500\xc2\xb5s", 1},   {"2000000ns", 2},
	    {"0.1s0.2s", 300}, {"1h1m1s1ms", 3661001}, {".5s", 500},
	    {"1d", REFUSED},   {"5", REFUSED},         {"", REFUSED},
	    {"-5s", REFUSED},  {".s", REFUSED},        {"1..5s", REFUSED},
	    {"5 s", REFUSED},
	};
	int64_t value;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		value = 0;
		check(&rows[i],
		      dl_duration_parse_go(dl_str(rows[i].text), &value),
		      &value);
	}
}

static void
test_retry_after(void)
{
	static const struct row rows[] = {
	    {"0", 0},
	    {"120", 120000},
	    {" 7 ", 7000},
	    {"86400", 86400000},
	    {"86401", REFUSED},
	    {"-1", REFUSED},
	    {"1.5", REFUSED},
	    {"6m5s", 365000},
	    {"25h", REFUSED},
	    {"Tue, 24 Nov 2026 02:47:41 GMT", 500},
	    {"Tue, 24 Nov 2026 03:47:40 GMT", 3599500},
	    {"Tue, 24 Nov 2020 02:47:40 GMT", 0},
	    {"Thu, 26 Nov 2026 02:47:40 GMT", REFUSED},
	    {"Tue, 24 Nov 2026 02:47:41 BRT", REFUSED},
	    {"Tue, 24 Xyz 2026 02:47:41 GMT", REFUSED},
	    {"Tue, 24 Nov 2026 25:47:41 GMT", REFUSED},
	    {"Tue, aa Nov 2026 02:47:41 GMT", REFUSED},
	    {"soon", REFUSED},
	    {"", REFUSED},
	};
	int64_t value;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		value = 0;
		check(
		    &rows[i],
		    dl_retry_after_parse(dl_str(rows[i].text), NOW_MS, &value),
		    &value);
	}
}

static void
test_backoff(void)
{
	CU_ASSERT_EQUAL(dl_backoff_ms(1), 12182);
	CU_ASSERT_EQUAL(dl_backoff_ms(2), 148413);
	CU_ASSERT_EQUAL(dl_backoff_ms(3), 1808042);
	CU_ASSERT_EQUAL(dl_backoff_ms(4), 22026465);
	CU_ASSERT_EQUAL(dl_backoff_ms(5), 86400000);
	CU_ASSERT_EQUAL(dl_backoff_ms(1000), 86400000);
}

/* A response's headers in a table: name, value, ..., NULL. */
static struct dl_str
lookup(const void *headers, const char *name)
{
	for (const char *const *h = headers; *h; h += 2)
		if (strcmp(*h, name) == 0)
			return dl_str(h[1]);
	return (struct dl_str){NULL, 0};
}

static void
test_verdicts(void)
{
	static const struct {
		long status;
		const char *headers[5];
		int64_t retried;
		const char *expression;
		enum dl_attempt_verdict verdict;
		int64_t delay_ms;
	} rows[] = {
	    {200, {NULL}, 0, "1", DL_ATTEMPT_DELIVERED, 0},
	    {299, {NULL}, 3, "1", DL_ATTEMPT_DELIVERED, 0},
	    {302, {NULL}, 0, "1", DL_ATTEMPT_RETRY, 1},
	    {0, {NULL}, 0, "", DL_ATTEMPT_RETRY, 12182},
	    {503, {NULL}, 1, "", DL_ATTEMPT_RETRY, 148413},
	    {503, {NULL}, 2, "1000 * retried", DL_ATTEMPT_RETRY, 2000},
	    {503, {NULL}, 0, "0 - 1", DL_ATTEMPT_RETRY, 12182},
	    {503, {NULL}, 3, "1", DL_ATTEMPT_DEAD, 0},
	    {429, {"Retry-After", "5", NULL}, 0, "1", DL_ATTEMPT_RETRY, 5000},
	    {500,
	     {"Retry-After", "never", "X-RateLimit-Reset", "2s", NULL},
	     0,
	     "1",
	     DL_ATTEMPT_RETRY,
	     2000},
	    {500,
	     {"X-RateLimit-Reset-Tokens", "3", "X-RateLimit-Reset-Requests",
	      "4", NULL},
	     0,
	     "1",
	     DL_ATTEMPT_RETRY,
	     4000},
	    {500, {"Retry-After", "90000", NULL}, 0, "7", DL_ATTEMPT_RETRY, 7},
	    {489, {NULL}, 0, "1", DL_ATTEMPT_RETRY, 1},
	    {489,
	     {"Upstash-NonRetryable-Error", "true", NULL},
	     0,
	     "1",
	     DL_ATTEMPT_DEAD,
	     0},
	    {500,
	     {"Upstash-NonRetryable-Error", "true", NULL},
	     0,
	     "1",
	     DL_ATTEMPT_RETRY,
	     1},
	    {489,
	     {"Upstash-NonRetryable-Error", "false", NULL},
	     0,
	     "1",
	     DL_ATTEMPT_RETRY,
	     1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dl_attempt attempt = {
		    .status = rows[i].status,
		    .lookup = lookup,
		    .headers = rows[i].headers,
		    .retried = rows[i].retried,
		    .max_retries = 3,
		    .retry_delay = dl_str(rows[i].expression),
		    .now_ms = NOW_MS,
		};
		int64_t delay_ms = 0;

		CU_ASSERT_EQUAL(dl_attempt_judge(&attempt, &delay_ms),
				rows[i].verdict);
		CU_ASSERT_EQUAL(delay_ms, rows[i].delay_ms);
	}
}

static void
test_flow_control(void)
{
	static const struct {
		const char *text;
		bool is_good;
		struct dl_flow_control limits;
	} rows[] = {
	    {"parallelism=2, rate=10, period=60s", true, {2, 10, 60}},
	    {"rate=10", true, {0, 10, 1}},
	    {"parallelism=1", true, {1, 0, 1}},
	    {"period=5,rate=1", true, {0, 1, 5}},
	    {" rate = 1 , period = 1m30s ", true, {0, 1, 90}},
	    {"rate=1,period=7d", true, {0, 1, 604800}},
	    {"rate=1,period=8d", false, {0}},
	    {"rate=1,period=0", false, {0}},
	    {"period=5s", false, {0}},
	    {"", false, {0}},
	    {"3", false, {0}},
	    {"rate=0", false, {0}},
	    {"rate=-1", false, {0}},
	    {"rate=1.5", false, {0}},
	    {"rate=1,rate=2", false, {0}},
	    {"rate=1,burst=2", false, {0}},
	    {"rate=1,", false, {0}},
	    {"rate=99999999999999999999", false, {0}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dl_flow_control got;
		bool is_good =
		    dl_flow_control_parse(dl_str(rows[i].text), &got);

		if (is_good != rows[i].is_good)
			printf("\n'%s'\n", rows[i].text);
		CU_ASSERT_EQUAL(is_good, rows[i].is_good);
		if (!is_good)
			continue;
		CU_ASSERT_EQUAL(got.parallelism, rows[i].limits.parallelism);
		CU_ASSERT_EQUAL(got.rate, rows[i].limits.rate);
		CU_ASSERT_EQUAL(got.period_s, rows[i].limits.period_s);
	}
}

static const struct unit_test tests[] = {
    {"durations", test_durations},     {"Go's durations", test_go_durations},
    {"Retry-After", test_retry_after}, {"backoff", test_backoff},
    {"verdicts", test_verdicts},       {"flow control", test_flow_control},
};

UNIT_MAIN("queue times", tests)
