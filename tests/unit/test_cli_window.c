/* SPDX-License-Identifier: MIT */
/* Send windows as people type them. */
#include "config.h"

#include "cli/window.h"
#include "unit.h"

static void
test_windows(void)
{
	static const struct {
		const char *text, *want; /* NULL: none */
	} rows[] = {
	    {"09:00-18:00", "{\"start\":\"09:00\",\"end\":\"18:00\"}"},
	    {" 09:00-24:00 ", "{\"start\":\"09:00\",\"end\":\"24:00\"}"},
	    {"seg-sex 08:30-20:00", "{\"days\":[1,2,3,4,5],"
				    "\"start\":\"08:30\",\"end\":\"20:00\"}"},
	    {"SEG,Qua,sáb  08:00-12:00", "{\"days\":[1,3,6],"
					 "\"start\":\"08:00\","
					 "\"end\":\"12:00\"}"},
	    {"dom-seg,terça 08:00-12:00", "{\"days\":[1,2,7],"
					  "\"start\":\"08:00\","
					  "\"end\":\"12:00\"}"},
	    {"seg-dom 08:00-12:00", "{\"days\":[1,2,3,4,5,6,7],"
				    "\"start\":\"08:00\",\"end\":\"12:00\"}"},
	    {"Nenhuma", "null"},
	    {"", NULL},
	    {"09:00", NULL},
	    {"9:00-18:00", NULL},
	    {"09:00-18:00-19:00", NULL},
	    {"09:00 18:00", NULL},
	    {"seg", NULL},
	    {"seg-", NULL},
	    {"seg- 08:00-12:00", NULL},
	    {"-seg 08:00-12:00", NULL},
	    {"seg,,ter 08:00-12:00", NULL},
	    {"mon 08:00-12:00", NULL},
	    {"seg-sex", NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_arena *arena = dl_arena_create(1 << 16);
		struct dl_buf *buf = dl_buf_create(arena, 1000);
		struct dl_json_out out;

		CU_ASSERT_EQUAL(cli_window_is_valid(rows[i].text),
				rows[i].want != NULL);
		if (rows[i].want) {
			dl_json_begin(&out, buf);
			cli_window_write(rows[i].text, &out);
			DL_ASSERT_STR(dl_buf_str(buf), dl_str(rows[i].want));
		}
		dl_arena_destroy(arena);
	}
}

static const struct unit_test tests[] = {
    {"windows", test_windows},
};

UNIT_MAIN("cli_window", tests)
