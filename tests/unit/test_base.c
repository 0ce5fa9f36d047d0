/* SPDX-License-Identifier: MIT */
/* The modules of src/base: text, memory, buffers, clocks, digests, ids. */
#include "config.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/uuid.h"
#include "unit.h"

static void
test_str_to_int64(void)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t value;
	} rows[] = {
	    {"0", true, 0},
	    {"-1", true, -1},
	    {"9223372036854775807", true, INT64_MAX},
	    {"-9223372036854775808", true, INT64_MIN},
	    {"9223372036854775808", false, 0},
	    {"", false, 0},
	    {"-", false, 0},
	    {"1 ", false, 0},
	    {"1e3", false, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t value = 0;

		CU_ASSERT_EQUAL(dl_str_to_int64(dl_str(rows[i].text), &value),
				rows[i].ok);
		if (rows[i].ok)
			CU_ASSERT_EQUAL(value, rows[i].value);
	}
}

static void
test_str_cut_and_trim(void)
{
	struct dl_str rest = DL_STR("a,,b");

	DL_ASSERT_STR(dl_str_cut(&rest, ','), DL_STR("a"));
	DL_ASSERT_STR(dl_str_cut(&rest, ','), DL_STR(""));
	DL_ASSERT_STR(dl_str_cut(&rest, ','), DL_STR("b"));
	CU_ASSERT_PTR_NULL(rest.ptr);
	DL_ASSERT_STR(dl_str_trim(DL_STR(" \t x y\r\n")), DL_STR("x y"));
	CU_ASSERT_TRUE(dl_str_contains(DL_STR("abc"), DL_STR("bc")));
	CU_ASSERT_FALSE(dl_str_contains(DL_STR("ab"), DL_STR("abc")));
	CU_ASSERT_TRUE(dl_str_eq_nocase(DL_STR("BeArEr"), DL_STR("bearer")));
}

/* Vectors of the FNV draft (draft-eastlake-fnv, appendix C). */
static void
test_str_hash(void)
{
	CU_ASSERT_EQUAL(dl_str_hash(DL_STR_HASH, DL_STR("")), 0x811c9dc5);
	CU_ASSERT_EQUAL(dl_str_hash(DL_STR_HASH, DL_STR("a")), 0xe40c292c);
	CU_ASSERT_EQUAL(dl_str_hash(DL_STR_HASH, DL_STR("foobar")), 0xbf9cf968);
	CU_ASSERT_EQUAL(
	    dl_str_hash(dl_str_hash(DL_STR_HASH, DL_STR("foo")), DL_STR("bar")),
	    0xbf9cf968);
}

static int deferred_order[2];
static int n_deferred;

static void
note_deferred(void *p)
{
	deferred_order[n_deferred++] = *(int *)p;
}

static void
test_arena(void)
{
	struct dl_arena *arena = dl_arena_create(100000);
	int one = 1, two = 2;
	char *p;

	dl_arena_defer(arena, note_deferred, &one);
	dl_arena_defer(arena, note_deferred, &two);
	p = dl_arena_alloc(arena, 50000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(p[49999], 0);
	CU_ASSERT_PTR_NULL(dl_arena_alloc(arena, 60000));
	CU_ASSERT_PTR_NULL(dl_arena_array(arena, SIZE_MAX / 2, 3));
	CU_ASSERT_STRING_EQUAL(dl_arena_printf(arena, "%d-%s", 7, "x"), "7-x");
	dl_arena_reset(arena);
	CU_ASSERT_EQUAL(deferred_order[0], 2);
	CU_ASSERT_EQUAL(deferred_order[1], 1);
	CU_ASSERT_EQUAL(dl_arena_used(arena), 0);
	CU_ASSERT_PTR_NOT_NULL(dl_arena_alloc(arena, 90000));
	dl_arena_destroy(arena);
}

static void
test_buf_ceiling(void)
{
	struct dl_buf b;

	dl_buf_init(&b, NULL, 5);
	dl_buf_puts(&b, "abc");
	dl_buf_appendf(&b, "%s", "def");
	CU_ASSERT_TRUE(dl_buf_failed(&b));
	CU_ASSERT_STRING_EQUAL(dl_buf_cstr(&b), "abc");
	dl_buf_append_c(&b, 'x');
	CU_ASSERT_EQUAL(b.len, 3);
	dl_buf_reset(&b);
	dl_buf_puts(&b, "12345");
	CU_ASSERT_FALSE(dl_buf_failed(&b));
	dl_buf_clear(&b);
}

static void
test_buf_int(void)
{
	static const struct {
		int64_t n;
		const char *want;
	} rows[] = {
	    {0, "0"},
	    {7, "7"},
	    {-10, "-10"},
	    {1795521600, "1795521600"},
	    {INT64_MAX, "9223372036854775807"},
	    {INT64_MIN, "-9223372036854775808"},
	};
	struct dl_buf b;

	dl_buf_init(&b, NULL, 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		dl_buf_reset(&b);
		dl_buf_append_int(&b, rows[i].n);
		CU_ASSERT_STRING_EQUAL(dl_buf_cstr(&b), rows[i].want);
	}
	dl_buf_append_int(&b, 1);
	CU_ASSERT_TRUE(dl_buf_failed(&b));
	dl_buf_clear(&b);
}

static void
test_error_first_message_wins(void)
{
	struct dl_error err = {0};

	CU_ASSERT_EQUAL(dl_fail(&err, DL_TRY_LATER, "a", "one\ntwo"),
			DL_TRY_LATER);
	CU_ASSERT_EQUAL(dl_fail(&err, DL_INTERNAL, "b", "three"), DL_INTERNAL);
	CU_ASSERT_STRING_EQUAL(err.detail, "one two");
	CU_ASSERT_EQUAL(err.code, DL_TRY_LATER);
	CU_ASSERT_EQUAL(dl_code_http_status(DL_TRY_LATER), 503);
	CU_ASSERT_TRUE(dl_code_is_retryable(DL_TRY_LATER));
	CU_ASSERT_STRING_EQUAL(dl_code_name(DL_CONFLICT), "conflict");
}

static void
test_error_passed_on(void)
{
	struct dl_error first = {0}, second = {0}, err = {0};

	dl_fail(&first, DL_CONFLICT, "a", "one");
	dl_fail(&second, DL_INTERNAL, "b", "two");
	CU_ASSERT_EQUAL(dl_fail_as(&err, DL_OK, &second), DL_OK);
	CU_ASSERT_EQUAL(err.code, DL_OK);
	CU_ASSERT_EQUAL(dl_fail_as(&err, DL_CONFLICT, &first), DL_CONFLICT);
	CU_ASSERT_EQUAL(dl_fail_as(&err, DL_INTERNAL, &second), DL_INTERNAL);
	CU_ASSERT_STRING_EQUAL(err.detail, "one");
	CU_ASSERT_EQUAL(dl_fail_as(NULL, DL_CONFLICT, &first), DL_CONFLICT);
}

static void
test_clock(void)
{
	static const struct {
		const char *text;
		bool ok;
		const char *utc;
	} rows[] = {
	    {"2026-11-27T12:00:00-03:00", true, "2026-11-27T15:00:00.000Z"},
	    {"2026-11-27t12:00:00.1239z", true, "2026-11-27T12:00:00.123Z"},
	    {"2024-02-29T00:00:00+00:00", true, "2024-02-29T00:00:00.000Z"},
	    {"2026-02-29T00:00:00Z", false, ""},
	    {"2026-11-27T24:00:00Z", false, ""},
	    {"2026-11-27T12:00:00", false, ""},
	    {"2026-11-27", false, ""},
	    {"2026-11-27T12:00:00.Z", false, ""},
	    {"2026-11-27T12:00:00Zx", false, ""},
	    {"1969-12-31T23:59:59Z", false, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[DL_RFC3339_MAX];
		int64_t at = 0;
		bool ok = dl_clock_parse(dl_str(rows[i].text), &at);

		CU_ASSERT_EQUAL(ok, rows[i].ok);
		if (ok)
			CU_ASSERT_STRING_EQUAL(dl_clock_format(at, text),
					       rows[i].utc);
	}
	CU_ASSERT_TRUE(dl_clock_now_ms() > 1700000000000);
}

static void
test_hmac(void)
{
	char long_key[131];
	const struct {
		struct dl_str key;
		struct dl_str data;
		uint8_t first, last; /* of the 32 bytes */
	} rows[] = {
	    /* RFC 4231, test cases 2 and 6 (its key is longer than a block) */
	    {DL_STR("Jefe"), DL_STR("what do ya want for nothing?"), 0x5b,
	     0x43},
	    {{long_key, sizeof(long_key)},
	     DL_STR("Test Using Larger Than Block-Size Key - Hash Key First"),
	     0x60,
	     0x54},
	    {{NULL, 0}, {NULL, 0}, 0xb6, 0xad},
	    /* no key of an earlier call is left */
	    {DL_STR("Jefe"), DL_STR("what do ya want for nothing?"), 0x5b,
	     0x43},
	};

	memset(long_key, 0xaa, sizeof(long_key));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t mac[DL_SHA256_LEN];

		dl_hmac_sha256(rows[i].key, rows[i].data, mac);
		CU_ASSERT_EQUAL(mac[0], rows[i].first);
		CU_ASSERT_EQUAL(mac[31], rows[i].last);
	}
}

static void
test_crypto(void)
{
	struct dl_arena *arena = dl_arena_create(4096);
	char hex[DL_SHA256_HEX_MAX];
	struct dl_buf b;
	struct dl_str out;

	CU_ASSERT_STRING_EQUAL(dl_sha256_hex(DL_STR("abc"), hex),
			       "ba7816bf8f01cfea414140de5dae2223"
			       "b00361a396177a9cb410ff61f20015ad");
	dl_buf_init(&b, arena, 100);
	dl_base64url_encode(&b, DL_STR("\xff\xfe\xfd?"));
	CU_ASSERT_STRING_EQUAL(dl_buf_cstr(&b), "__79Pw");
	CU_ASSERT_TRUE(dl_base64url_decode(arena, DL_STR("__79Pw"), &out));
	DL_ASSERT_STR(out, DL_STR("\xff\xfe\xfd?"));
	CU_ASSERT_TRUE(dl_base64_decode(arena, DL_STR("//79Pw=="), &out));
	DL_ASSERT_STR(out, DL_STR("\xff\xfe\xfd?"));
	CU_ASSERT_FALSE(dl_base64_decode(arena, DL_STR("//79Pw"), &out));
	CU_ASSERT_FALSE(dl_base64url_decode(arena, DL_STR("__79Px"), &out));
	CU_ASSERT_FALSE(dl_base64url_decode(arena, DL_STR("__79P"), &out));
	CU_ASSERT_FALSE(dl_base64url_decode(arena, DL_STR("//79Pw"), &out));
	CU_ASSERT_TRUE(dl_secret_eq(DL_STR("a"), DL_STR("a")));
	CU_ASSERT_FALSE(dl_secret_eq(DL_STR("a"), DL_STR("b")));
	for (int i = 0; i < 1000; i++) {
		int64_t r = dl_random_between(-1, 1);

		CU_ASSERT_TRUE(r >= -1 && r <= 1);
	}
	dl_arena_destroy(arena);
}

static void
test_uuid(void)
{
	struct dl_uuid a, b;

	CU_ASSERT_TRUE(
	    dl_uuid_parse(DL_STR("0C5F0D7E-2222-4B1A-8F11-3B1C7E5A9002"), &a));
	CU_ASSERT_STRING_EQUAL(a.text, "0c5f0d7e-2222-4b1a-8f11-3b1c7e5a9002");
	CU_ASSERT_FALSE(
	    dl_uuid_parse(DL_STR("0c5f0d7e22224b1a8f113b1c7e5a9002"), &a));
	CU_ASSERT_FALSE(
	    dl_uuid_parse(DL_STR("0c5f0d7e-2222-4b1a-8f11-3b1c7e5a900g"), &a));
	dl_uuid_v7(1795474864000, 1, &a);
	dl_uuid_v7(1795474864000, 2, &b);
	CU_ASSERT_TRUE(strcmp(a.text, b.text) < 0);
	CU_ASSERT_EQUAL(a.text[14], '7');
	CU_ASSERT_TRUE(dl_uuid_parse(dl_str(a.text), &b));
	dl_uuid_v4(&a);
	CU_ASSERT_EQUAL(a.text[14], '4');
}

static void
test_json_out(void)
{
	struct dl_buf b;
	struct dl_json_out out;

	dl_buf_init(&b, NULL, 1000);
	dl_json_begin(&out, &b);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "a", "x\"\n\x01é");
	dl_json_key(&out, "b");
	dl_json_array_begin(&out);
	dl_json_int(&out, -1);
	dl_json_double(&out, 12.50, 2);
	dl_json_double(&out, 100, 1);
	dl_json_null(&out);
	dl_json_array_end(&out);
	dl_json_member_str(&out, "c", DL_STR("\xff\xc3"));
	dl_json_object_end(&out);
	CU_ASSERT_STRING_EQUAL(dl_buf_cstr(&b),
			       "{\"a\":\"x\\\"\\n\\u0001é\","
			       "\"b\":[-1,12.5,100,null],"
			       "\"c\":\"\xef\xbf\xbd\xef\xbf\xbd\"}");
	dl_buf_clear(&b);
}

static void
test_json_in(void)
{
	static const struct {
		const char *text;
		enum dl_json_fault fault;
	} rows[] = {
	    {"{\"a\":{\"b\":[1,\"x:y\",\"\\\":\"]}}", DL_JSON_OK},
	    {"17", DL_JSON_OK},
	    {"\"\\ud83d\\ude00\"", DL_JSON_OK},
	    {"", DL_JSON_INVALID},
	    {"{", DL_JSON_INVALID},
	    {"{} x", DL_JSON_INVALID},
	    {"{'a':1}", DL_JSON_INVALID},
	    {"[NaN]", DL_JSON_INVALID},
	    {"[-Infinity]", DL_JSON_INVALID},
	    {"[1,]", DL_JSON_INVALID},
	    {"/* x */ 1", DL_JSON_INVALID},
	    {"[0,-0,10,-1.50,1e5,2E-03,0.1e+2]", DL_JSON_OK},
	    {"[01]", DL_JSON_INVALID},
	    {"[-01]", DL_JSON_INVALID},
	    {"[00]", DL_JSON_INVALID},
	    {"[1.]", DL_JSON_INVALID},
	    {"[1.e3]", DL_JSON_INVALID},
	    {"[.5]", DL_JSON_INVALID},
	    {"[+1]", DL_JSON_INVALID},
	    {"[1e]", DL_JSON_INVALID},
	    {"[0x10]", DL_JSON_INVALID},
	    {"[nan]", DL_JSON_INVALID},
	    {"[\"\xed\xa0\x80\"]", DL_JSON_INVALID_UTF8},
	    {"\"a\tb\"", DL_JSON_INVALID},
	    {"\"\\ud83d\"", DL_JSON_INVALID},
	    {"\"\\ude00\"", DL_JSON_INVALID},
	    {"\"\\u0000\"", DL_JSON_NUL_CHARACTER},
	    {"\"\xff\"", DL_JSON_INVALID_UTF8},
	    {"\"\x80\"", DL_JSON_INVALID_UTF8},
	    {"\"\xc0\xaf\"", DL_JSON_INVALID_UTF8},
	    {"\"\xe2\x82\"", DL_JSON_INVALID_UTF8},
	    {"\"\xf0\x9f\x98\x80\"", DL_JSON_OK},
	    {"{\"a\":1,\"a\":2}", DL_JSON_DUPLICATE_KEY},
	    {"{\"a\":1,\"\\u0061\":2}", DL_JSON_DUPLICATE_KEY},
	    {"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", DL_JSON_OK},
	    {"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", DL_JSON_TOO_DEEP},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_arena *arena = dl_arena_create(4096);
		json_object *tree;
		enum dl_json_fault fault =
		    dl_json_parse(arena, dl_str(rows[i].text), &tree);

		if (fault != rows[i].fault)
			printf("\n%s: got %d\n", rows[i].text, (int)fault);
		CU_ASSERT_EQUAL(fault, rows[i].fault);
		dl_arena_destroy(arena);
	}
}

static void
test_json_clamped_integer(void)
{
	struct dl_arena *arena = dl_arena_create(4096);
	json_object *tree;

	CU_ASSERT_EQUAL(
	    dl_json_parse(arena, DL_STR("99999999999999999999"), &tree),
	    DL_JSON_OK);
	CU_ASSERT_FALSE(dl_json_int_fits(tree));
	CU_ASSERT_EQUAL(dl_json_parse(arena, DL_STR("5"), &tree), DL_JSON_OK);
	CU_ASSERT_TRUE(dl_json_int_fits(tree));
	dl_arena_destroy(arena);
}

static void
test_masked_phone(void)
{
	char out[DL_MASKED_PHONE_MAX];

	CU_ASSERT_STRING_EQUAL(dl_log_phone(DL_STR("5511900007777"), out),
			       "55119****7777");
	CU_ASSERT_STRING_EQUAL(dl_log_phone(DL_STR("190"), out), "***");
}

static const struct unit_test tests[] = {
    {"str to int64", test_str_to_int64},
    {"str cut and trim", test_str_cut_and_trim},
    {"a hash, in one or in pieces", test_str_hash},
    {"arena", test_arena},
    {"buf ceiling", test_buf_ceiling},
    {"buf: whole numbers", test_buf_int},
    {"error: first message wins", test_error_first_message_wins},
    {"error passed on", test_error_passed_on},
    {"clock", test_clock},
    {"HMAC", test_hmac},
    {"crypto", test_crypto},
    {"uuid", test_uuid},
    {"json out", test_json_out},
    {"json in", test_json_in},
    {"json clamped integer", test_json_clamped_integer},
    {"masked phone", test_masked_phone},
};

UNIT_MAIN("base", tests)
