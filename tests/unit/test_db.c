/* SPDX-License-Identifier: MIT */
/*
 * Array literals, as PostgreSQL 15's manual (8.15.6) wants them read, and the
 * code of each kind of SQLSTATE.
 */
#include "unit.h"

#include <string.h>

#include "store/db.h"
#include "store/db_internal.h"

static void
text_arrays(void)
{
	static const struct {
		const char *elements[4]; /* "-": none; NULL is SQL NULL */
		const char *want;
	} rows[] = {
	    {{"-"}, "{}"},
	    {{"a", "-"}, "{\"a\"}"},
	    {{"", "-"}, "{\"\"}"},
	    {{NULL, "NULL", "-"}, "{NULL,\"NULL\"}"},
	    {{"a,b", "{c}", "d e", "-"}, "{\"a,b\",\"{c}\",\"d e\"}"},
	    {{"say \"hi\"", "-"}, "{\"say \\\"hi\\\"\"}"},
	    {{"back\\slash", "\\", "-"}, "{\"back\\\\slash\",\"\\\\\"}"},
	    {{"ol\303\241\n\t", "-"}, "{\"ol\303\241\n\t\"}"},
	};
	struct dl_arena *arena = dl_arena_create(1 << 20);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dl_db_array array;

		dl_db_array_begin(&array, arena, 1000);
		for (size_t j = 0; j < 4; j++) {
			const char *element = rows[i].elements[j];

			if (element && strcmp(element, "-") == 0)
				break;
			dl_db_array_text(&array, element);
		}
		CU_ASSERT_STRING_EQUAL(dl_db_array_end(&array), rows[i].want);
	}
	dl_arena_destroy(arena);
}

static void
int_arrays(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_db_array array;

	dl_db_array_begin(&array, arena, 1000);
	dl_db_array_int(&array, INT64_MIN);
	dl_db_array_int(&array, 0);
	dl_db_array_str(&array, (struct dl_str){NULL, 0});
	dl_db_array_int(&array, INT64_MAX);
	CU_ASSERT_STRING_EQUAL(
	    dl_db_array_end(&array),
	    "{-9223372036854775808,0,NULL,9223372036854775807}");
	dl_arena_destroy(arena);
}

static void
refused_arrays(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_db_array array;

	/* {"abc"} takes seven bytes. */
	dl_db_array_begin(&array, arena, 7);
	dl_db_array_text(&array, "abc");
	CU_ASSERT_PTR_NOT_NULL(dl_db_array_end(&array));
	dl_db_array_begin(&array, arena, 6);
	dl_db_array_text(&array, "abc");
	CU_ASSERT_PTR_NULL(dl_db_array_end(&array));
	dl_db_array_begin(&array, arena, 100);
	dl_db_array_str(&array, DL_STR("a\0b"));
	CU_ASSERT_PTR_NULL(dl_db_array_end(&array));
	dl_arena_destroy(arena);
}

static void
sqlstates(void)
{
	static const struct {
		const char *sqlstate;
		enum dl_code want;
	} rows[] = {
	    {"", DL_TRY_LATER},        {"08006", DL_TRY_LATER},
	    {"40001", DL_TRY_LATER},   {"40P01", DL_TRY_LATER},
	    {"53300", DL_TRY_LATER},   {"55P03", DL_TRY_LATER},
	    {"57P01", DL_TRY_LATER},   {"57P03", DL_TRY_LATER},
	    {"57014", DL_TRY_LATER},   {"23505", DL_CONFLICT},
	    {"23503", DL_BAD_REQUEST}, {"22P02", DL_BAD_REQUEST},
	    {"42501", DL_INTERNAL},    {"40002", DL_INTERNAL},
	    {"P0001", DL_INTERNAL},    {"25P03", DL_TRY_LATER},
	    {"25006", DL_TRY_LATER},   {"25P02", DL_INTERNAL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		CU_ASSERT_EQUAL(dl_db_sqlstate_code(rows[i].sqlstate),
				rows[i].want);
}

static const struct unit_test tests[] = {
    {"text arrays", text_arrays},
    {"int arrays", int_arrays},
    {"refused arrays", refused_arrays},
    {"sqlstates", sqlstates},
};

UNIT_MAIN("db_array", tests)
