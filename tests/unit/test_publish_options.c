/* SPDX-License-Identifier: MIT */
/* What a publisher may ask for, and where messages may go. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/buf.h"
#include "queue/destination.h"
#include "queue/publish_options.h"
#include "unit.h"

#define NOW_MS      1795488460500
#define MAX_DELAY_S 604800
#define H(n, v)                                                                \
	{                                                                      \
		{n, sizeof(n) - 1},                                            \
		{                                                              \
			v, sizeof(v) - 1                                       \
		}                                                              \
	}

static struct dl_arena *arena;

static bool
parse(const struct dl_header *headers, size_t n,
      struct dl_publish_options *options, const char **fault)
{
	bool is_good;

	*fault = "";
	is_good = dl_publish_options_parse(arena, headers, n, NOW_MS,
					   MAX_DELAY_S, options, fault);
	dl_publish_options_fill(options);
	return is_good;
}

static void
test_all(void)
{
	static const struct dl_header headers[] = {
	    H("host", "x"),
	    H("content-type", "text/plain"),
	    H("cookie", "secret"),
	    H("upstash-method", "put"),
	    H("upstash-delay", "1m"),
	    H("upstash-retries", "0"),
	    H("upstash-retry-delay", "1000 * retried"),
	    H("upstash-timeout", "2h"),
	    H("upstash-forward-authorization", "Bearer x"),
	    H("upstash-forward-x-empty", ""),
	    H("upstash-forward-transfer-encoding", "chunked"),
	    H("upstash-forward-upstash-signature", "forged"),
	    H("upstash-label", "a, b,,c"),
	    H("upstash-deduplication-id", "d"),
	    H("upstash-flow-control-key", "k"),
	    H("upstash-flow-control-value", "rate=1, period=3s"),
	    H("upstash-failure-callback", "https://f"),
	    H("upstash-failure-callback-method", "PATCH"),
	    H("upstash-failure-callback-forward-y", "z"),
	    H("upstash-callback", "https://c"),
	    H("upstash-callback-retries", "7"),
	    H("upstash-telemetry-sdk", "s"),
	    H("upstash-something-new", "s"),
	};
	struct dl_publish_options o;
	const char *fault;

	arena = dl_arena_create(1 << 16);
	CU_ASSERT_TRUE_FATAL(
	    parse(headers, sizeof(headers) / sizeof(*headers), &o, &fault));
	DL_ASSERT_STR(o.message.method, DL_STR("PUT"));
	CU_ASSERT_EQUAL(o.message.retries, 0);
	CU_ASSERT_EQUAL(o.message.timeout_ms, DL_PUBLISH_MAX_TIMEOUT_MS);
	CU_ASSERT_EQUAL(dl_publish_not_before_ms(&o.message, NOW_MS),
			NOW_MS + 60000);
	CU_ASSERT_EQUAL_FATAL(o.message.n_headers, 3);
	DL_ASSERT_STR(o.message.headers[0].name, DL_STR("Content-Type"));
	DL_ASSERT_STR(o.message.headers[1].name, DL_STR("Authorization"));
	DL_ASSERT_STR(o.message.headers[1].value, DL_STR("Bearer x"));
	DL_ASSERT_STR(o.message.headers[2].name, DL_STR("X-Empty"));
	CU_ASSERT_EQUAL_FATAL(o.n_labels, 3);
	DL_ASSERT_STR(o.labels[1], DL_STR("b"));
	CU_ASSERT_EQUAL(o.limits.period_s, 3);
	DL_ASSERT_STR(o.callback.url, DL_STR("https://c"));
	DL_ASSERT_STR(o.callback.target.method, DL_STR("POST"));
	CU_ASSERT_EQUAL(o.callback.target.retries, 7);
	DL_ASSERT_STR(o.failure.url, DL_STR("https://f"));
	DL_ASSERT_STR(o.failure.target.method, DL_STR("PATCH"));
	CU_ASSERT_EQUAL(o.failure.target.retries, 0);
	CU_ASSERT_EQUAL(o.failure.target.n_headers, 1);
	dl_arena_destroy(arena);
}

static void
test_defaults(void)
{
	struct dl_publish_options o;
	const char *fault;

	arena = dl_arena_create(1 << 16);
	CU_ASSERT_TRUE_FATAL(parse(NULL, 0, &o, &fault));
	DL_ASSERT_STR(o.message.method, DL_STR("POST"));
	CU_ASSERT_EQUAL(o.message.retries, 3);
	CU_ASSERT_EQUAL(o.failure.target.retries, 3);
	CU_ASSERT_EQUAL(dl_publish_not_before_ms(&o.message, NOW_MS), 0);
	o.message.not_before_s = 1795488461;
	o.message.delay_s = 60;
	CU_ASSERT_EQUAL(dl_publish_not_before_ms(&o.message, NOW_MS),
			1795488461000);
	o.message.not_before_s = 1;
	CU_ASSERT_EQUAL(dl_publish_not_before_ms(&o.message, NOW_MS), 0);
	dl_arena_destroy(arena);
}

static void
test_refused(void)
{
	static const struct {
		struct dl_header header;
		const char *fault;
	} rows[] = {
	    {H("upstash-method", "HEAD"), "Upstash-Method must be"},
	    {H("upstash-delay", "soon"), "Upstash-Delay must be"},
	    {H("upstash-delay", "604801s"),
	     "quota maxDelay exceeded, current limit: 604800"},
	    {H("upstash-not-before", "1796093261"), "quota maxDelay"},
	    {H("upstash-not-before", "2026-11-24"), "Upstash-Not-Before must"},
	    {H("upstash-not-before", "-5"), "Upstash-Not-Before must"},
	    {H("upstash-retries", "-1"), "Upstash-Retries must"},
	    {H("upstash-retries", "21"),
	     "quota maxRetries exceeded, current limit: 20"},
	    {H("upstash-retry-delay", "evil()"), "Upstash-Retry-Delay is no"},
	    {H("upstash-timeout", "0s"), "Upstash-Timeout must"},
	    {H("upstash-flow-control-key", "k"),
	     "Upstash-Flow-Control-Value should be either"},
	    {H("upstash-flow-control-value", "rate=1"),
	     "Upstash-Flow-Control-Key is required"},
	    {H("upstash-cron", "* * * * *"), "is not supported"},
	    {H("upstash-header-forward", "true"), "is not supported"},
	    {H("upstash-forward-a b", "x"), "names no header"},
	    {H("upstash-forward-", "x"), "names no header"},
	    {H("upstash-forward-a", "x\r\nB: y"), "control character"},
	    {H("upstash-failure-callback-retries", "x"),
	     "Upstash-Failure-Callback-Retries"},
	    {H("upstash-failure-callback-delay", "9d"), "quota maxDelay"},
	    {H("upstash-callback-delay", "9d"), "quota maxDelay"},
	};
	struct dl_publish_options o;
	const char *fault;

	arena = dl_arena_create(1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CU_ASSERT_FALSE(parse(&rows[i].header, 1, &o, &fault));
		if (!strstr(fault, rows[i].fault))
			printf("\n'%s' is not '%s'\n", fault, rows[i].fault);
		CU_ASSERT_PTR_NOT_NULL(strstr(fault, rows[i].fault));
	}
	dl_arena_destroy(arena);
}

static void
test_uri(void)
{
	static const struct {
		const char *uri, *url, *options;
	} rows[] = {
	    {"/v2/publish/https://d.test", "https://d.test", ""},
	    {"/v2/publish/https://d.test/p?q=1&r=a%20b",
	     "https://d.test/p?q=1&r=a%20b", ""},
	    {"/v2/publish/https://d.test//p%2Fq/?x=?&&y",
	     "https://d.test//p%2Fq/?x=?&&y", ""},
	    {"/v2/publish/http://d/?a=1&upstash-retries=3&b=2&qstash_token=t",
	     "http://d/?a=1&b=2", "upstash-retries=3;qstash_token=t;"},
	    {"/v2/publish/http://d/?upstash-delay=1m%2b+x", "http://d/",
	     "upstash-delay=1m+ x;"},
	    {"/v2/publish/https%3A%2F%2Fd.test%2Fp%2B", "https://d.test/p+",
	     ""},
	    {"/v2/publish/my-group", "my-group", ""},
	};

	arena = dl_arena_create(1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dl_destination d;
		struct dl_buf *options = dl_buf_create(arena, 1000);

		CU_ASSERT_TRUE_FATAL(dl_destination_from_uri(
		    arena, dl_str(rows[i].uri), DL_STR("/v2/publish/"), &d));
		DL_ASSERT_STR(d.url, dl_str(rows[i].url));
		for (size_t j = 0; j < d.n_options; j++)
			dl_buf_appendf(
			    options, "%.*s=%.*s;", (int)d.options[j].name.len,
			    d.options[j].name.ptr, (int)d.options[j].value.len,
			    d.options[j].value.ptr);
		CU_ASSERT_STRING_EQUAL(dl_buf_cstr(options), rows[i].options);
	}
	dl_arena_destroy(arena);
}

static void
test_policy(void)
{
	static const struct {
		const char *url;
		bool is_good;
	} rows[] = {
	    {"https://example.com/x", true},
	    {"http://8.8.8.8:80/", true},
	    {"http://127.0.0.1:8080/process-message", true},
	    {"http://127.0.0.1:8080", true},
	    {"http://127.0.0.1:8080?x", true},
	    {"http://10.0.0.5/app/x", true},
	    {"http://127.0.0.1:9/a", true},
	    {"http://127.0.0.1:90/a", false},
	    {"http://127.0.0.1:80801/", false},
	    {"http://127.0.0.1:8080@example.com/", true},
	    {"http://10.0.0.5/application", false},
	    {"http://10.0.0.5/app/../x", false},
	    {"http://10.0.0.5/app/%2e%2e/x", false},
	    {"http://127.0.0.1/", false},
	    {"http://127.1/", false},
	    {"http://2130706433/", false},
	    {"http://0x7f.1/", false},
	    {"http://0.0.0.0/", false},
	    {"http://localhost:8080/", false},
	    {"http://a.localhost/", false},
	    {"http://LOCALHOST/", false},
	    {"http://[::1]/", false},
	    {"http://[::]/", false},
	    {"http://[::ffff:127.0.0.1]/", false},
	    {"http://[64:ff9b::a00:1]/", false},
	    {"http://[fd00::1]/", false},
	    {"http://[fe80::1]/", false},
	    {"http://[2001:4860:4860::8888]/", true},
	    {"http://10.1.2.3/", false},
	    {"http://172.16.0.1/", false},
	    {"http://172.32.0.1/", true},
	    {"http://192.168.0.1/", false},
	    {"http://169.254.169.254/", false},
	    {"http://100.64.0.1/", false},
	    {"http://user@127.0.0.1/", false},
	    {"ftp://example.com/", false},
	    {"example.com", false},
	    {"http://", false},
	    {"http://a b/", false},
	    {"http://a/\r\n", false},
	    {"", false},
	};
	struct dl_settings settings = {
	    .public_url = DL_STR("http://127.0.0.1:8080"),
	    .public_url_previous = DL_STR("http://10.0.0.5/app"),
	    .local_queue_allowed_urls =
		DL_STR("http://127.0.0.1:9 , http://127.0.0.1:7"),
	    .local_queue_allow_public = true,
	};

	arena = dl_arena_create(1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *fault = "";
		bool is_good = dl_destination_check(
		    arena, &settings, dl_str(rows[i].url), &fault);

		if (is_good != rows[i].is_good)
			printf("\n%s\n", rows[i].url);
		CU_ASSERT_EQUAL(is_good, rows[i].is_good);
		if (!is_good)
			CU_ASSERT_PTR_NOT_NULL(
			    strstr(fault, "invalid destination url: "));
	}
	dl_arena_destroy(arena);
}

/* Without leave a public address is refused as well. */
static void
test_own_only(void)
{
	static const char *const own[] = {"http://127.0.0.1:8080/process",
					  "https://disparalead.example/x"};
	static const char *const others[] = {
	    "https://example.com/", "https://disparalead.example.org/x",
	    "http://127.0.0.1:8080@example.com/", "http://8.8.8.8/"};
	struct dl_settings settings = {
	    .public_url = DL_STR("http://127.0.0.1:8080"),
	    .local_queue_allowed_urls = DL_STR("https://disparalead.example"),
	};
	const char *fault;

	arena = dl_arena_create(1 << 16);
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		CU_ASSERT_TRUE(dl_destination_check(arena, &settings,
						    dl_str(own[i]), &fault));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		CU_ASSERT_FALSE(dl_destination_check(
		    arena, &settings, dl_str(others[i]), &fault));
		CU_ASSERT_PTR_NOT_NULL(strstr(fault, "PUBLIC_URL"));
	}
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"all options", test_all},
    {"defaults", test_defaults},
    {"refused options", test_refused},
    {"destination in a path", test_uri},
    {"where messages may go", test_policy},
    {"where they may go without leave", test_own_only},
};

UNIT_MAIN("publish options", tests)
