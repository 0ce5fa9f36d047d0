/* SPDX-License-Identifier: MIT */
/* domain/problem_codes, web/problem, web/cors: tables and documents. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>

#include "base/json_in.h"
#include "unit.h"
#include "web/cors.h"
#include "web/problem.h"

/* Every code that section 4 of the API's contract names. */
static const struct {
	const char *name;
	int status;
} contract[] = {
    {"invalid_json", 400},       {"duplicate_key", 400},
    {"too_deep", 400},           {"invalid_utf8", 400},
    {"nul_character", 400},      {"invalid_id", 400},
    {"invalid_cursor", 400},     {"invalid_token", 401},
    {"expired_token", 401},      {"not_a_member", 403},
    {"forbidden", 403},          {"not_found", 404},
    {"method_not_allowed", 405}, {"tenant_required", 409},
    {"launch_in_progress", 409}, {"invalid_transition", 409},
    {"body_too_large", 413},     {"unsupported_media_type", 415},
    {"rate_limited", 429},       {"missing_field", 422},
    {"wrong_type", 422},         {"invalid_delay", 422},
    {"unknown_instance", 422},   {"unknown_template_type", 422},
    {"missing_media", 422},      {"invalid_media_url", 422},
    {"unknown_variable", 422},   {"missing_variable", 422},
    {"text_too_long", 422},      {"too_many_contacts", 422},
    {"too_many_messages", 422},  {"no_valid_contact", 422},
    {"scheduled_in_past", 422},  {"scheduled_too_far", 422},
    {"schedule_too_long", 422},  {"idempotency_conflict", 422},
    {"unknown_field", 422},      {"too_long", 422},
    {"too_many_items", 422},     {"invalid_date", 422},
    {"invalid_window", 422},     {"unknown_action", 422},
    {"phone_empty", 422},        {"phone_letters", 422},
    {"phone_short", 422},        {"phone_long", 422},
    {"phone_spreadsheet", 422},  {"phone_several", 422},
    {"phone_area_code", 422},    {"phone_impossible", 422},
    {"queue_unavailable", 503},  {"database_unavailable", 503},
    {"outcome_unknown", 503},
};

static enum dl_problem_code
find(const char *name)
{
	for (int code = DL_P_OK + 1; code < DL_P__COUNT; code++)
		if (strcmp(dl_problem_name((enum dl_problem_code)code), name) ==
		    0)
			return (enum dl_problem_code)code;
	return DL_P_OK;
}

static void
test_contract(void)
{
	for (size_t i = 0; i < sizeof(contract) / sizeof(contract[0]); i++) {
		enum dl_problem_code code = find(contract[i].name);

		if (code == DL_P_OK)
			printf("\nmissing: %s\n", contract[i].name);
		CU_ASSERT_NOT_EQUAL(code, DL_P_OK);
		CU_ASSERT_EQUAL(dl_problem_http_status(code),
				contract[i].status);
	}
}

static void
test_table(void)
{
	for (int i = DL_P_OK + 1; i < DL_P__COUNT; i++) {
		enum dl_problem_code code = (enum dl_problem_code)i;

		for (const char *c = dl_problem_name(code); *c; c++)
			CU_ASSERT_TRUE(islower((unsigned char)*c) ||
				       isdigit((unsigned char)*c) || *c == '_');
		CU_ASSERT_EQUAL(find(dl_problem_name(code)), code);
		CU_ASSERT_TRUE(strlen(dl_problem_title(code)) > 0);
		/* A sentence that ends as one. */
		CU_ASSERT_EQUAL(dl_problem_detail(
				    code)[strlen(dl_problem_detail(code)) - 1],
				'.');
		CU_ASSERT_TRUE(dl_problem_http_status(code) >= 400 &&
			       dl_problem_http_status(code) < 600);
	}
}

/* Whether the file has this line, blanks in front of it left aside. */
static bool
has_line(struct dl_str text, const char *line)
{
	while (text.ptr)
		if (dl_str_eq(dl_str_trim(dl_str_cut(&text, '\n')),
			      dl_str(line)))
			return true;
	return false;
}

static void
test_documented(void)
{
	static char text[1 << 18];
	FILE *file = fopen(DL_SRCDIR "/openapi.yaml", "r");
	struct dl_str all;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	all = (struct dl_str){text, fread(text, 1, sizeof(text), file)};
	fclose(file);
	CU_ASSERT_TRUE(all.len > 0 && all.len < sizeof(text));
	for (int code = DL_P_OK + 1; code < DL_P__COUNT; code++) {
		char line[64];

		snprintf(line, sizeof(line), "- %s",
			 dl_problem_name((enum dl_problem_code)code));
		if (!has_line(all, line))
			printf("\nopenapi.yaml lacks %s\n", line);
		CU_ASSERT_TRUE(has_line(all, line));
	}
}

static struct dl_response
new_response(struct dl_arena *arena)
{
	return (struct dl_response){.arena = arena,
				    .status = 200,
				    .body = dl_buf_create(arena, 1 << 18),
				    .request_id = "r-1"};
}

static const char *
header(const struct dl_response *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (strcmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	return "";
}

static json_object *
parse(struct dl_arena *arena, const struct dl_response *r)
{
	json_object *tree = NULL;

	CU_ASSERT_EQUAL_FATAL(dl_json_parse(arena, dl_buf_str(r->body), &tree),
			      DL_JSON_OK);
	return tree;
}

static void
test_document(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_response r = new_response(arena);
	json_object *tree;

	dl_response_json(&r, 200);
	dl_buf_puts(r.body, "{\"half\":");
	dl_problem(&r, DL_P_INVALID_DELAY, "tempoMin \"%d\"", 9);
	tree = parse(arena, &r);
	CU_ASSERT_EQUAL(r.status, 422);
	DL_ASSERT_STR(dl_str(r.content_type),
		      DL_STR("application/problem+json"));
	DL_ASSERT_STR(dl_json_get_str(tree, "code"), DL_STR("invalid_delay"));
	DL_ASSERT_STR(dl_json_get_str(tree, "detail"),
		      DL_STR("tempoMin \"9\""));
	DL_ASSERT_STR(dl_json_get_str(tree, "request_id"), DL_STR("r-1"));
	DL_ASSERT_STR(dl_json_get_str(tree, "type"), DL_STR("about:blank"));
	CU_ASSERT_EQUAL(json_object_get_int(dl_json_get(tree, "status")), 422);
	CU_ASSERT_PTR_NULL(dl_json_get(tree, "errors"));
	dl_problem_method(&r, "GET, HEAD");
	CU_ASSERT_EQUAL(r.status, 405);
	DL_ASSERT_STR(dl_str(header(&r, "Allow")), DL_STR("GET, HEAD"));
	dl_arena_destroy(arena);
}

static void
test_list(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_response r = new_response(arena);
	struct dl_problem_list list = {.n = 0};
	json_object *tree, *first, *errors;

	dl_problem_list_add(&list, arena, DL_P_MISSING_MEDIA,
			    "templates[1].mediaUrl", -1, NULL);
	for (int i = 0; i < 149; i++)
		dl_problem_list_add(&list, arena, DL_P_MISSING_VARIABLE, NULL,
				    i, "falta {%s}", "nome");
	dl_problem_with_list(&r, DL_P_MISSING_MEDIA, &list, NULL);
	tree = parse(arena, &r);
	errors = dl_json_get(tree, "errors");
	CU_ASSERT_EQUAL(json_object_array_length(errors), 100);
	CU_ASSERT_EQUAL(json_object_get_int(dl_json_get(tree, "errors_more")),
			50);
	first = json_object_array_get_idx(errors, 0);
	DL_ASSERT_STR(dl_json_get_str(first, "field"),
		      DL_STR("templates[1].mediaUrl"));
	DL_ASSERT_STR(dl_json_get_str(first, "code"), DL_STR("missing_media"));
	CU_ASSERT_PTR_NULL(dl_json_get(first, "index"));
	first = json_object_array_get_idx(errors, 2);
	CU_ASSERT_EQUAL(json_object_get_int(dl_json_get(first, "index")), 1);
	DL_ASSERT_STR(dl_json_get_str(first, "message"),
		      DL_STR("falta {nome}"));
	dl_arena_destroy(arena);
}

static void
test_from_error(void)
{
	static const struct {
		enum dl_code code;
		const char *op, *name;
		const char *retry_after;
		int64_t retry_after_s;
	} rows[] = {
	    {DL_TRY_LATER, "db.exec", "database_unavailable", "5", 0},
	    {DL_TRY_LATER, "http.send", "unavailable", "7", 7},
	    {DL_INTERNAL, "x", "internal_error", "", 0},
	    {DL_TOO_LARGE, "x", "body_too_large", "", 0},
	    {DL_UNAUTHENTICATED, "x", "invalid_token", "", 0},
	    {DL_NOT_FOUND, "x", "not_found", "", 0},
	    {DL_CONFLICT, "x", "conflict", "", 0},
	    {DL_REJECTED, "x", "unprocessable", "", 0},
	    {DL_BAD_REQUEST, "x", "bad_request", "", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_arena *arena = dl_arena_create(1 << 16);
		struct dl_response r = new_response(arena);
		struct dl_error err = {.code = rows[i].code,
				       .op = rows[i].op,
				       .retry_after_s = rows[i].retry_after_s,
				       .detail = "secret detail"};
		struct dl_str body;

		dl_problem_from_error(&r, &err);
		body = dl_buf_str(r.body);
		DL_ASSERT_STR(dl_json_get_str(parse(arena, &r), "code"),
			      dl_str(rows[i].name));
		CU_ASSERT_FALSE(dl_str_contains(body, DL_STR("secret")));
		DL_ASSERT_STR(dl_str(header(&r, "Retry-After")),
			      dl_str(rows[i].retry_after));
		CU_ASSERT_EQUAL(r.status, dl_code_http_status(rows[i].code));
		dl_arena_destroy(arena);
	}
}

static void
test_cors(void)
{
	static const struct {
		const char *method, *origin; /* NULL: none */
		bool is_answered, is_allowed;
	} rows[] = {
	    {"GET", "https://a.example", false, true},
	    {"GET", "https://b.example:8443", false, true},
	    {"GET", "https://A.example", false, false},
	    {"GET", "https://a.example/", false, false},
	    {"GET", "https://a.example.evil.example", false, false},
	    {"GET", "http://a.example", false, false},
	    {"GET", "null", false, false},
	    {"GET", "", false, false},
	    {"GET", NULL, false, false},
	    {"OPTIONS", "https://a.example", true, true},
	    {"OPTIONS", "https://x.example", true, false},
	    {"OPTIONS", NULL, true, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_arena *arena = dl_arena_create(1 << 16);
		struct dl_response r = new_response(arena);
		struct dl_header h = {DL_STR("origin"), dl_str(rows[i].origin)};
		struct dl_request request = {.arena = arena,
					     .method = dl_str(rows[i].method),
					     .headers = &h,
					     .n_headers =
						 rows[i].origin ? 1 : 0};

		CU_ASSERT_EQUAL(
		    dl_cors_apply(
			DL_STR("https://a.example , https://b.example:8443,"),
			"GET, HEAD", &request, &r),
		    rows[i].is_answered);
		DL_ASSERT_STR(dl_str(header(&r, "Access-Control-Allow-Origin")),
			      dl_str(rows[i].is_allowed ? rows[i].origin : ""));
		DL_ASSERT_STR(dl_str(header(&r, "Vary")), DL_STR("Origin"));
		DL_ASSERT_STR(
		    dl_str(header(&r, "Access-Control-Allow-Methods")),
		    dl_str(rows[i].is_allowed && rows[i].is_answered
			       ? "GET, HEAD"
			       : ""));
		CU_ASSERT_EQUAL(r.status, rows[i].is_answered ? 204 : 200);
		dl_arena_destroy(arena);
	}
	CU_ASSERT_FALSE(dl_cors_is_allowed(DL_STR(""), DL_STR("")));
	CU_ASSERT_FALSE(dl_cors_is_allowed(DL_STR("*"), DL_STR("https://x")));
}

static const struct unit_test tests[] = {
    {"codes of the contract", test_contract},
    {"table", test_table},
    {"openapi.yaml", test_documented},
    {"document", test_document},
    {"list of errors", test_list},
    {"failures", test_from_error},
    {"CORS", test_cors},
};

UNIT_MAIN("problem", tests)
