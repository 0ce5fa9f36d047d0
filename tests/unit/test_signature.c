/* SPDX-License-Identifier: MIT */
/* domain/signature: every vector made with the official SDK, and our own. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_in.h"
#include "base/json_out.h"
#include "domain/jwt.h"
#include "domain/signature.h"
#include "unit.h"

#define VECTORS DL_SRCDIR "/tests/data/upstash-signature.json"
/* Between the vectors' nbf (2023) and exp (2100, or 2023 for an expired). */
#define NOW_S   1800000000
#define N_CASES 18

static struct dl_arena *arena;

static json_object *
load_vectors(void)
{
	size_t max = 1 << 20, n;
	char *text = dl_arena_alloc(arena, max);
	FILE *file = fopen(VECTORS, "rb");
	json_object *tree = NULL;

	if (!file)
		return NULL;
	n = fread(text, 1, max, file);
	fclose(file);
	CU_ASSERT_EQUAL(dl_json_parse(arena, (struct dl_str){text, n}, &tree),
			DL_JSON_OK);
	return tree;
}

static void
check_case(json_object *row, struct dl_str current, struct dl_str next)
{
	static const char base[] = "https://disp.example.test";
	json_object *request = dl_json_get(row, "request");
	struct dl_str url = dl_json_get_str(request, "url");
	struct dl_signature_expect expect = {
	    .current_key = current,
	    .next_key = next,
	    .base_url = dl_str(base),
	    .uri = {url.ptr + strlen(base), url.len - strlen(base)},
	    .body = dl_json_get_str(request, "body"),
	    .now_s = NOW_S};
	bool want =
	    json_object_get_boolean(dl_json_get(row, "ours_must_accept"));
	enum dl_signature_check got =
	    dl_signature_verify(arena, dl_json_get_str(row, "token"), &expect);

	if ((got == DL_SIGNATURE_OK) != want)
		printf("\n%s: %s\n", dl_json_get_str(row, "name").ptr,
		       dl_signature_check_text(got));
	CU_ASSERT_EQUAL(got == DL_SIGNATURE_OK, want);
}

static void
test_vectors(void)
{
	json_object *tree, *cases, *keys;
	struct dl_str current, next;
	size_t n;

	arena = dl_arena_create(8 << 20);
	tree = load_vectors();
	CU_ASSERT_PTR_NOT_NULL_FATAL(tree);
	cases = dl_json_get(tree, "cases");
	keys = dl_json_get(tree, "keys");
	current = dl_json_get_str(keys, "current");
	next = dl_json_get_str(keys, "next");
	n = json_object_array_length(cases);
	CU_ASSERT_EQUAL(n, N_CASES);
	for (size_t i = 0; i < n; i++)
		check_case(json_object_array_get_idx(cases, i), current, next);
	dl_arena_destroy(arena);
}

static struct dl_signature_expect
ours(void)
{
	return (struct dl_signature_expect){
	    .current_key = DL_STR("sig_current"),
	    .next_key = DL_STR("sig_next"),
	    .base_url = DL_STR("https://a.example"),
	    .base_url_old = DL_STR("https://b.example/x"),
	    .uri = DL_STR("/process-message"),
	    .body = DL_STR("{\"message_id\":1}"),
	    .now_s = NOW_S,
	    .leeway_s = 30};
}

static enum dl_signature_check
sign_and_verify(const char *key, const char *url, const char *body,
		int64_t at_s)
{
	struct dl_signature_expect expect = ours();
	const char *token = dl_signature_sign(arena, dl_str(key), dl_str(url),
					      dl_str(body), "jwt_1", at_s);

	return dl_signature_verify(arena, dl_str(token), &expect);
}

static void
test_round_trip(void)
{
	static const char url[] = "https://a.example/process-message";
	static const char body[] = "{\"message_id\":1}";
	static const struct {
		const char *key;
		const char *url;
		const char *body;
		int64_t at_s;
		enum dl_signature_check want;
	} rows[] = {
	    {"sig_current", url, body, NOW_S, DL_SIGNATURE_OK},
	    {"sig_next", url, body, NOW_S, DL_SIGNATURE_OK},
	    {"sig_other", url, body, NOW_S, DL_SIGNATURE_KEY},
	    {"sig_current", "https://b.example/x/process-message", body, NOW_S,
	     DL_SIGNATURE_OK},
	    {"sig_current", "http://a.example/process-message", body, NOW_S,
	     DL_SIGNATURE_SUB},
	    {"sig_current", "https://a.example/process-message/", body, NOW_S,
	     DL_SIGNATURE_SUB},
	    {"sig_current", "https://a.example", body, NOW_S, DL_SIGNATURE_SUB},
	    {"sig_current", "", body, NOW_S, DL_SIGNATURE_SUB},
	    {"sig_current", url, "", NOW_S, DL_SIGNATURE_BODY},
	    {"sig_current", url, body, NOW_S - 329, DL_SIGNATURE_OK},
	    {"sig_current", url, body, NOW_S - 330, DL_SIGNATURE_EXP},
	    {"sig_current", url, body, NOW_S + 30, DL_SIGNATURE_OK},
	    {"sig_current", url, body, NOW_S + 31, DL_SIGNATURE_NBF},
	};

	arena = dl_arena_create(8 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(sign_and_verify(rows[i].key, rows[i].url,
						rows[i].body, rows[i].at_s),
				rows[i].want);
	dl_arena_destroy(arena);
}

/* Claims signed with the right key that still must not pass. */
static void
test_claims(void)
{
	static const struct {
		const char *claims;
		enum dl_signature_check want;
	} rows[] = {
	    {"{}", DL_SIGNATURE_ISS},
	    {"[]", DL_SIGNATURE_CLAIMS},
	    {"{\"iss\":\"Upstash\"}", DL_SIGNATURE_SUB},
	    {"{\"iss\":\"Upstash\",\"sub\":"
	     "\"https://a.example/process-message\"}",
	     DL_SIGNATURE_EXP},
	    {"{\"iss\":\"Upstash\",\"sub\":"
	     "\"https://a.example/process-message\",\"exp\":4000000000}",
	     DL_SIGNATURE_NBF},
	    {"{\"iss\":\"Upstash\",\"sub\":"
	     "\"https://a.example/process-message\",\"exp\":4000000000,"
	     "\"nbf\":0}",
	     DL_SIGNATURE_BODY},
	};
	struct dl_signature_expect expect = ours();

	arena = dl_arena_create(8 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *token = dl_jwt_sign_hs256(arena, expect.current_key,
						      dl_str(rows[i].claims));

		CU_ASSERT_EQUAL(
		    dl_signature_verify(arena, dl_str(token), &expect),
		    rows[i].want);
	}
	CU_ASSERT_EQUAL(dl_signature_verify(arena, DL_STR(""), &expect),
			DL_SIGNATURE_MISSING);
	/* A key that is not set opens nothing. */
	expect.current_key = expect.next_key = DL_STR("");
	CU_ASSERT_EQUAL(
	    dl_signature_verify(
		arena,
		dl_str(dl_jwt_sign_hs256(arena, DL_STR(""), DL_STR("{}"))),
		&expect),
	    DL_SIGNATURE_KEY);
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"all vectors of the SDK", test_vectors},
    {"sign and verify", test_round_trip},
    {"claims that must not pass", test_claims},
};

UNIT_MAIN("signature", tests)
