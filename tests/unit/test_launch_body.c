/* SPDX-License-Identifier: MIT */
/* domain/launch_body: the cut between the contacts and the rest. */
#include "config.h"

#include "domain/launch_body.h"
#include "unit.h"

struct row {
	const char *body;
	const char *code;
	const char *rest;
	bool is_split;
	size_t n;
	const char *last; /* contact that was listed */
};

static void
check(const struct row *row, size_t max)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_launch_body body;
	enum dl_problem_code code =
	    dl_launch_body_split(arena, dl_str(row->body), max, &body);

	CU_ASSERT_STRING_EQUAL(dl_problem_name(code), row->code);
	if (code == DL_P_OK) {
		DL_ASSERT_STR(body.rest, dl_str(row->rest));
		CU_ASSERT_EQUAL(body.n_contacts, row->n);
		CU_ASSERT_EQUAL(body.is_split, row->is_split);
	}
	if (code == DL_P_OK && row->last)
		DL_ASSERT_STR(
		    body.contacts[row->n < max ? row->n - 1 : max - 1],
		    dl_str(row->last));
	dl_arena_destroy(arena);
}

static void
test_cuts(void)
{
	static const char no_list[] = "{\"contatos\":7,\"a\":[1,2]}";
	static const char inner[] = "{\"a\":{\"contatos\":[1]}}";
	static const char value[] = "{\"a\":\"contatos\"}";
	static const char list[] = "[\"contatos\",[1]]";
	static const struct row rows[] = {
	    {"{\"contatos\":[{\"a\":1},{\"b\":[2,3]}],\"x\":1}", "ok",
	     "{\"contatos\":[],\"x\":1}", true, 2, "{\"b\":[2,3]}"},
	    {"{ \"contatos\" : [ 1 , \"],[\\\"\" ] }", "ok",
	     "{ \"contatos\" : [] }", true, 2, " \"],[\\\"\" "},
	    {"{\"contatos\":[]}", "ok", "{\"contatos\":[]}", true, 0, NULL},
	    {"{\"contatos\":[ \n]}", "ok", "{\"contatos\":[]}", true, 0, NULL},
	    {"{\"contatos\":[,]}", "ok", "{\"contatos\":[]}", true, 2, ""},
	    {"{\"c\\u006fntatos\":[1]}", "ok", "{\"c\\u006fntatos\":[]}", true,
	     1, "1"},
	    {"{\"contatos\":[1],\"contatos\":[2]}", "ok",
	     "{\"contatos\":[],\"contatos\":[2]}", true, 1, "1"},
	    {no_list, "ok", no_list, false, 0, NULL},
	    {inner, "ok", inner, false, 0, NULL},
	    {value, "ok", value, false, 0, NULL},
	    {list, "ok", list, false, 0, NULL},
	    {"{\"contatos\":[1,2", "invalid_json", NULL, true, 0, NULL},
	    {"{\"contatos\":[\"1,2]}", "invalid_json", NULL, true, 0, NULL},
	    {"{\"contatos\":[1}}", "invalid_json", NULL, true, 0, NULL},
	    {"{\"contatos\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}", "ok",
	     "{\"contatos\":[]}", true, 1, "[[[[[[[[[[[[[[1]]]]]]]]]]]]]]"},
	    {"{\"contatos\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}", "too_deep",
	     NULL, true, 0, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i], 100);
}

/* More contacts than allowed are counted, not listed. */
static void
test_many(void)
{
	static const struct row row = {"{\"contatos\":[1,2,3,4,5]}",
				       "ok",
				       "{\"contatos\":[]}",
				       true,
				       5,
				       "3"};

	check(&row, 3);
}

static const struct unit_test tests[] = {
    {"cuts", test_cuts},
    {"more than allowed", test_many},
};

UNIT_MAIN("launch_body", tests)
