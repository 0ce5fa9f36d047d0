/* SPDX-License-Identifier: MIT */
/* web/request and web/response: CGI parameters in, a head out. */
#include "config.h"

#include "unit.h"
#include "web/request.h"
#include "web/response.h"

static struct dl_arena *arena;

static enum dl_code
make(struct dl_request *request, char *const *params)
{
	struct dl_error err = {.code = DL_OK};

	return dl_request_init(request, arena, params, &err);
}

static void
test_parameters(void)
{
	char *params[] = {(char[]){"REQUEST_METHOD=POST"},
			  (char[]){"REQUEST_URI=//a%20b?x=1?y"},
			  (char[]){"REMOTE_ADDR=192.0.2.1"},
			  (char[]){"REQUEST_ID=abc-123"},
			  (char[]){"CONTENT_TYPE=text/plain"},
			  (char[]){"HTTP_X_TENANT_ID=t=1"},
			  (char[]){"HTTP_EMPTY="},
			  (char[]){"SERVER_NAME=no-header"},
			  (char[]){"BROKEN"},
			  NULL};
	struct dl_request r;

	arena = dl_arena_create(1 << 16);
	CU_ASSERT_EQUAL_FATAL(make(&r, params), DL_OK);
	DL_ASSERT_STR(r.method, DL_STR("POST"));
	DL_ASSERT_STR(r.path, DL_STR("//a%20b"));
	DL_ASSERT_STR(r.query, DL_STR("x=1?y"));
	DL_ASSERT_STR(r.uri, DL_STR("//a%20b?x=1?y"));
	DL_ASSERT_STR(r.client_ip, DL_STR("192.0.2.1"));
	DL_ASSERT_STR(dl_str(r.request_id), DL_STR("abc-123"));
	DL_ASSERT_STR(dl_request_header(&r, "content-type"),
		      DL_STR("text/plain"));
	DL_ASSERT_STR(dl_request_header(&r, "x-tenant-id"), DL_STR("t=1"));
	CU_ASSERT_PTR_NOT_NULL(dl_request_header(&r, "empty").ptr);
	CU_ASSERT_PTR_NULL(dl_request_header(&r, "server-name").ptr);
	CU_ASSERT_EQUAL(r.n_headers, 3);
	dl_arena_destroy(arena);
}

static void
test_refused(void)
{
	char *no_path[] = {(char[]){"REQUEST_METHOD=GET"}, NULL};
	char *bad_id[] = {(char[]){"REQUEST_METHOD=GET"},
			  (char[]){"REQUEST_URI=/"},
			  (char[]){"REQUEST_ID=\"}\n{"}, NULL};
	struct dl_request r;

	arena = dl_arena_create(1 << 16);
	CU_ASSERT_EQUAL(make(&r, no_path), DL_BAD_REQUEST);
	CU_ASSERT_EQUAL(make(&r, bad_id), DL_OK);
	CU_ASSERT_EQUAL(strlen(r.request_id), 36);
	dl_arena_destroy(arena);
	arena = dl_arena_create(64);
	CU_ASSERT_EQUAL(make(&r, bad_id), DL_TOO_LARGE);
	dl_arena_destroy(arena);
}

static void
test_query(void)
{
	static const struct {
		const char *query, *name, *want; /* NULL: absent */
	} rows[] = {
	    {"a=1&b=2", "b", "2"}, {"a=1&a=2", "a", "1"},
	    {"ab=1", "a", NULL},   {"a", "a", ""},
	    {"a=", "a", ""},       {"&&a=x", "a", "x"},
	    {"a=b=c", "a", "b=c"}, {"a=%C3%A1+%2B", "a", "á +"},
	    {"a=%4", "a", NULL},   {"a=%", "a", NULL},
	    {"a=%4g", "a", NULL},  {"a=1%41", "a", "1A"},
	    {"", "a", NULL},
	};

	arena = dl_arena_create(1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_request r = {.arena = arena,
				       .query = dl_str(rows[i].query)};
		struct dl_str value = {NULL, 0};

		CU_ASSERT_EQUAL(dl_request_query(&r, rows[i].name, &value),
				rows[i].want != NULL);
		if (rows[i].want)
			DL_ASSERT_STR(value, dl_str(rows[i].want));
	}
	dl_arena_destroy(arena);
}

static void
test_query_once(void)
{
	static const struct {
		const char *query;
		enum dl_query_param want;
		const char *value;
	} rows[] = {
	    {"", DL_QUERY_ABSENT, NULL},
	    {"ab=1&b", DL_QUERY_ABSENT, NULL},
	    {"a=1", DL_QUERY_GIVEN, "1"},
	    {"b=2&%61=%31&c", DL_QUERY_GIVEN, "1"},
	    {"a", DL_QUERY_GIVEN, ""},
	    {"a=1&a=1", DL_QUERY_UNCLEAR, NULL},
	    {"a=0&%61=1", DL_QUERY_UNCLEAR, NULL},
	    {"a=%zz", DL_QUERY_UNCLEAR, NULL},
	    {"%6=1", DL_QUERY_UNCLEAR, NULL},
	    {"a=1&b=%4", DL_QUERY_UNCLEAR, NULL},
	};

	arena = dl_arena_create(1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_request r = {.arena = arena,
				       .query = dl_str(rows[i].query)};
		struct dl_str value = {NULL, 0};

		CU_ASSERT_EQUAL(dl_request_query_once(&r, "a", &value),
				rows[i].want);
		if (rows[i].value)
			DL_ASSERT_STR(value, dl_str(rows[i].value));
	}
	dl_arena_destroy(arena);
}

static enum dl_code
collect(struct dl_response *response, struct dl_str bytes, struct dl_error *err)
{
	(void)err;
	dl_buf_append_str(response->write_ctx, bytes);
	return DL_OK;
}

static void
test_stream(void)
{
	static const char *const wants[] = {
	    "Status: 201\r\nContent-Type: text/csv\r\nX-Request-Id: r1\r\n"
	    "Allow: GET\r\n\r\nab",
	    "Status: 201\r\nContent-Type: text/csv\r\nX-Request-Id: r1\r\n"
	    "Allow: GET\r\n\r\n"};

	arena = dl_arena_create(1 << 16);
	for (int is_head = 0; is_head < 2; is_head++) {
		struct dl_error err = {.code = DL_OK};
		struct dl_response r = {
		    .arena = arena,
		    .status = 201,
		    .content_type = "text/csv",
		    .write = collect,
		    .write_ctx = dl_buf_create(arena, 1024),
		    .is_head = is_head,
		    .request_id = "r1",
		};

		dl_response_header(&r, "Allow", "G\r\nE\tT\x7f");
		CU_ASSERT_EQUAL(dl_response_stream(&r, DL_STR("a"), &err),
				DL_OK);
		CU_ASSERT_EQUAL(dl_response_stream(&r, DL_STR("b"), &err),
				DL_OK);
		DL_ASSERT_STR(dl_buf_str(r.write_ctx), dl_str(wants[is_head]));
	}
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"CGI parameters", test_parameters},
    {"bad parameters", test_refused},
    {"query", test_query},
    {"a parameter that must be clear", test_query_once},
    {"stream", test_stream},
};

UNIT_MAIN("request", tests)
