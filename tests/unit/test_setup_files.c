/* SPDX-License-Identifier: MIT */
/* Settings files, and our lines inside somebody else's file. */
#include "config.h"

#include "base/settings_file.h"
#include "cli/managed_block.h"
#include "unit.h"

static struct dl_arena *arena;

static void
test_reading(void)
{
	static const struct {
		const char *text;
		const char *value; /* of NAME; NULL: none */
		int line;          /* the faulty one */
	} rows[] = {
	    {"", NULL, 0},
	    {"\n# NAME=x\n; NAME=y\n  \n", NULL, 0},
	    {"NAME=", "", 0},
	    {"NAME=a b", "a b", 0},
	    {"  NAME = a  \r\n", "a", 0},
	    {"NAME=a=b#c", "a=b#c", 0},
	    {"NAME=\"a b\"", "a b", 0},
	    {"NAME='a \"b\\'", "a \"b\\", 0},
	    {"NAME=\"a \\\"b\\\\ $c\"", "a \"b\\ $c", 0},
	    {"NAME=a\\ b", "a b", 0},
	    {"NAME=1\nNAME=2", "2", 0},
	    {"NAME=1\nOTHER\nNAME=2", "1", 2},
	    {"name=1", NULL, 1},
	    {"A B=1", NULL, 1},
	    {"=1", NULL, 1},
	    {"NAME=\"a", NULL, 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_settings_file file;
		int line =
		    dl_settings_file_read(&file, arena, dl_str(rows[i].text));
		const char *value = dl_settings_file_get(&file, "NAME");

		CU_ASSERT_EQUAL(line, rows[i].line);
		DL_ASSERT_STR(dl_str(value), dl_str(rows[i].value));
		CU_ASSERT_EQUAL(!value, !rows[i].value);
	}
}

/* What is written is read again as it was. */
static void
test_writing(void)
{
	static const char *const values[] = {
	    "",    "plain",      "https://x.example:8080/a?b=c%20d",
	    "a b", "q\"u`o'te$", "host='/run/x' dbname='y\\\\z'",
	    "#",   "açúcar"};
	char names[8][8];
	struct dl_settings_file file = {.n = 0}, again;
	struct dl_buf *text = dl_buf_create(arena, 4096);

	for (size_t i = 0; i < 8; i++) {
		snprintf(names[i], sizeof(names[i]), "N%zu", i);
		CU_ASSERT_TRUE(
		    dl_settings_file_set(&file, names[i], values[i]));
	}
	dl_settings_file_write(&file, text);
	CU_ASSERT_EQUAL(dl_settings_file_read(&again, arena, dl_buf_str(text)),
			0);
	CU_ASSERT_EQUAL(again.n, 8);
	for (size_t i = 0; i < 8; i++)
		DL_ASSERT_STR(dl_str(dl_settings_file_get(&again, names[i])),
			      dl_str(values[i]));
}

static void
test_setting(void)
{
	static char names[DL_SETTINGS_FILE_MAX][8];
	struct dl_settings_file file = {.n = 0};

	CU_ASSERT_TRUE(dl_settings_file_set(&file, "A", "1"));
	CU_ASSERT_TRUE(dl_settings_file_set(&file, "B", "2"));
	CU_ASSERT_TRUE(dl_settings_file_set(&file, "A", "3"));
	CU_ASSERT_EQUAL(file.n, 2);
	DL_ASSERT_STR(dl_str(dl_settings_file_get(&file, "A")), DL_STR("3"));
	CU_ASSERT_TRUE(dl_settings_file_set(&file, "A", NULL));
	CU_ASSERT_TRUE(dl_settings_file_set(&file, "C", NULL));
	CU_ASSERT_PTR_NULL(dl_settings_file_get(&file, "A"));
	DL_ASSERT_STR(dl_str(dl_settings_file_get(&file, "B")), DL_STR("2"));
	for (size_t i = 1; i < DL_SETTINGS_FILE_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "N%zu", i);
		CU_ASSERT_TRUE(dl_settings_file_set(&file, names[i], "x"));
	}
	CU_ASSERT_FALSE(dl_settings_file_set(&file, "FULL", "x"));
}

#define BEGIN "# BEGIN disparalead (mantido por \"disparalead setup\")\n"
#define END   "# END disparalead\n"

static void
test_block(void)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
	    {"", BEGIN "new\n" END},
	    {"theirs\n", BEGIN "new\n" END "theirs\n"},
	    {BEGIN "old\n" END "theirs\n", BEGIN "new\n" END "theirs\n"},
	    {"a\n" BEGIN "old\nolder\n" END "b\n",
	     "a\n" BEGIN "new\n" END "b\n"},
	    {"a\n" BEGIN END, "a\n" BEGIN "new\n" END},
	    /* An end that somebody cut off: nothing of theirs is lost. */
	    {BEGIN "old\ntheirs\n", BEGIN "new\n" END BEGIN "old\ntheirs\n"},
	    {END "a\n", BEGIN "new\n" END END "a\n"},
	    {"no line feed", BEGIN "new\n" END "no line feed"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_str once = cli_managed_block(
		    arena, dl_str(rows[i].text), DL_STR("new\n"));

		DL_ASSERT_STR(once, dl_str(rows[i].want));
		DL_ASSERT_STR(cli_managed_block(arena, once, DL_STR("new\n")),
			      once);
	}
}

static const struct unit_test tests[] = {
    {"a settings file is read as systemd does", test_reading},
    {"what is written is read again", test_writing},
    {"values are set and taken out", test_setting},
    {"a block inside somebody else's file", test_block},
};

int
main(void)
{
	int status;

	arena = dl_arena_create(8 << 20);
	status =
	    unit_main("setup files", tests, sizeof(tests) / sizeof(tests[0]));
	dl_arena_destroy(arena);
	return status;
}
