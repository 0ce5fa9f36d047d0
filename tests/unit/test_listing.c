/* SPDX-License-Identifier: MIT */
/* What lists are made of: domain/cursor, csv_out, mask, top_errors. */
#include "config.h"

#include "base/crypto.h"
#include "domain/csv_out.h"
#include "domain/cursor.h"
#include "domain/mask.h"
#include "domain/top_errors.h"
#include "unit.h"

#define ID "01890a5d-ac96-774b-bcce-b302099a8057"

static struct dl_arena *arena;

static void
test_cursor_round(void)
{
	static const int64_t times[] = {0, 1, 1800000000123456, INT64_MAX};
	struct dl_cursor cursor;
	struct dl_cursor back;

	CU_ASSERT_TRUE_FATAL(dl_uuid_parse(DL_STR(ID), &cursor.id));
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		const char *text;

		cursor.at_us = times[i];
		text = dl_cursor_encode(arena, DL_CURSOR_CAMPAIGNS, &cursor);
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		CU_ASSERT_TRUE(dl_cursor_decode(arena, DL_CURSOR_CAMPAIGNS,
						dl_str(text), &back));
		CU_ASSERT_EQUAL(back.at_us, times[i]);
		CU_ASSERT_STRING_EQUAL(back.id.text, ID);
		CU_ASSERT_FALSE(dl_cursor_decode(arena, DL_CURSOR_MESSAGES,
						 dl_str(text), &back));
	}
}

static void
test_cursor_refused(void)
{
	/* before base64url */
	static const char *const bad[] = {
	    "",
	    "m",
	    "m 0",
	    "m 0 x",
	    "m  " ID,
	    "m -1 " ID,
	    "m 0 " ID " ",
	    "m 00 " ID,
	    "x 0 " ID,
	    "m 9223372036854775808 " ID,
	    "m 0 01890A5D-AC96-774B-BCCE-B302099A8057",
	};
	struct dl_cursor cursor;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct dl_buf *text = dl_buf_create(arena, 256);

		dl_base64url_encode(text, dl_str(bad[i]));
		CU_ASSERT_FALSE(dl_cursor_decode(arena, DL_CURSOR_MESSAGES,
						 dl_buf_str(text), &cursor));
	}
	CU_ASSERT_FALSE(dl_cursor_decode(arena, DL_CURSOR_MESSAGES,
					 DL_STR("no base64!"), &cursor));
	CU_ASSERT_FALSE(
	    dl_cursor_decode(arena, DL_CURSOR_MESSAGES, DL_STR(ID), &cursor));
}

static void
test_csv_cell(void)
{
	static const struct {
		const char *text, *cell;
	} cases[] = {
	    {"", ""},
	    {"João", "João"},
	    {"a,b", "a,b"},
	    {"a;b", "\"a;b\""},
	    {"\"", "\"\"\"\""},
	    {"diz \"oi\" e sai", "\"diz \"\"oi\"\" e sai\""},
	    {"a\nb", "\"a\nb\""},
	    {"a\r\nb", "\"a\r\nb\""},
	    {"=1+1", "'=1+1"},
	    {"+55", "'+55"},
	    {"-1", "'-1"},
	    {"@x", "'@x"},
	    {"\tx", "\"'\tx\""},
	    {"\rx", "\"'\rx\""},
	    {"=\"a\";b", "\"'=\"\"a\"\";b\""},
	    {"1+1", "1+1"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dl_buf *out = dl_buf_create(arena, 256);

		dl_csv_cell(out, dl_str(cases[i].text));
		DL_ASSERT_STR(dl_buf_str(out), dl_str(cases[i].cell));
	}
}

static void
test_csv_row(void)
{
	const struct dl_str cells[] = {DL_STR("a"), {NULL, 0}, DL_STR("c;d")};
	struct dl_buf *out = dl_buf_create(arena, 256);

	dl_csv_row(out, cells, 3);
	DL_ASSERT_STR(dl_buf_str(out), DL_STR("a;;\"c;d\"\r\n"));
}

static void
test_mask_phone(void)
{
	static const struct {
		const char *phone, *masked;
	} cases[] = {
	    {"5511998765432", "55119****5432"},
	    {"551133334444", "55113***4444"},
	    {"12025550123", "*********23"},
	    {"1", "1"},
	    {"123", "*23"},
	    {"", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		DL_ASSERT_STR(dl_mask_phone(arena, dl_str(cases[i].phone)),
			      dl_str(cases[i].masked));
}

static void
test_mask_text(void)
{
	static const struct {
		const char *text, *masked;
	} cases[] = {
	    {"", ""},
	    {"Olá, João!", "Olá, João!"},
	    {"seu número é 5511998765432.", "seu número é ***********32."},
	    {"(11) 99876-5432", "(**) *****-**32"},
	    {"+55 11 99876.5432, ok?", "+** ** *****.**32, ok?"},
	    {"11\xc2\xa0"
	     "998765432",
	     "**\xc2\xa0"
	     "*******32"},
	    {"cupom 1234567", "cupom 1234567"},
	    {"R$ 10,00 e 20%", "R$ 10,00 e 20%"},
	    {"5511998765432a5511998765432", "***********32a***********32"},
	    {"12345678", "******78"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		DL_ASSERT_STR(dl_mask_text(arena, dl_str(cases[i].text)),
			      dl_str(cases[i].masked));
}

static void
test_top_errors(void)
{
	static const char *const order[] = {"not_on_whatsapp", "a", "b",
					    "outcome_unknown", "c"};
	struct dl_top_error top[DL_TOP_ERRORS_MAX];

	CU_ASSERT_EQUAL_FATAL(
	    dl_top_errors(arena,
			  DL_STR("{\"c\":2,\"b\":7,\"gone\":0,\"few\":1,"
				 "\"outcome_unknown\":3,\"a\":7,\"less\":-4,"
				 "\"not_on_whatsapp\":9,\"d\":2}"),
			  top),
	    DL_TOP_ERRORS_MAX);
	for (size_t i = 0; i < DL_TOP_ERRORS_MAX; i++) {
		CU_ASSERT_STRING_EQUAL(top[i].code, order[i]);
		CU_ASSERT_TRUE(strlen(top[i].message) > 0);
		CU_ASSERT_TRUE(strlen(top[i].action) > 0);
	}
	CU_ASSERT_EQUAL(top[0].count, 9);
	CU_ASSERT_STRING_EQUAL(top[0].message, "O número não tem WhatsApp.");
	CU_ASSERT_EQUAL(dl_top_errors(arena, DL_STR("{}"), top), 0);
	CU_ASSERT_EQUAL(dl_top_errors(arena, DL_STR("[1]"), top), 0);
	CU_ASSERT_EQUAL(dl_top_errors(arena, (struct dl_str){NULL, 0}, top), 0);
}

static const struct unit_test tests[] = {
    {"cursors go round", test_cursor_round},
    {"forged cursors", test_cursor_refused},
    {"CSV cells", test_csv_cell},
    {"CSV rows", test_csv_row},
    {"masked phones", test_mask_phone},
    {"masked texts", test_mask_text},
    {"top errors", test_top_errors},
};

int
main(void)
{
	int status;

	arena = dl_arena_create(1 << 20);
	status = unit_main("listing", tests, sizeof(tests) / sizeof(tests[0]));
	dl_arena_destroy(arena);
	return status;
}
