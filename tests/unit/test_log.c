/* SPDX-License-Identifier: MIT */
/*
 * base/log: every line is one JSON object, whatever stands in it.  base/die: a
 * program without memory says so and ends.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "base/json_in.h"
#include "base/log.h"
#include "unit.h"

static char line[20000];
static int saved, ends[2];

/* What is logged until read_line() goes into a pipe. */
static void
catch_stderr(void)
{
	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
}

/* The line as an object; NULL where nothing was logged or it is no JSON. */
static json_object *
read_line(struct dl_arena *arena)
{
	json_object *tree;
	ssize_t n;

	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(ends[0], line, sizeof(line) - 1);
	close(ends[0]);
	line[n > 0 ? n : 0] = '\0';
	if (n <= 0)
		return NULL;
	CU_ASSERT_EQUAL(line[n - 1], '\n');
	CU_ASSERT_PTR_EQUAL(strchr(line, '\n'), line + n - 1);
	/* lenient: the strict parser refuses a NUL, however it is written */
	tree = dl_json_parse_lenient(arena, dl_str(line));
	CU_ASSERT_PTR_NOT_NULL(tree);
	return tree;
}

static void
test_line(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	json_object *tree;

	dl_log_open("test-log", DL_LOG_INFO);
	dl_log_set_request_id("req-1");
	catch_stderr();
	dl_log(DL_LOG_NOTICE, "op.x", "a \"b\"\nc\x01",
	       DL_F_TEXT("campaign_id", "id\r\n{"), DL_F_INT("ms", -7),
	       DL_F_STR("raw", ((struct dl_str){"\xff\0z", 3})));
	tree = read_line(arena);
	dl_log_set_request_id(NULL);
	DL_ASSERT_STR(dl_json_get_str(tree, "program"), DL_STR("test-log"));
	DL_ASSERT_STR(dl_json_get_str(tree, "level"), DL_STR("notice"));
	DL_ASSERT_STR(dl_json_get_str(tree, "op"), DL_STR("op.x"));
	DL_ASSERT_STR(dl_json_get_str(tree, "request_id"), DL_STR("req-1"));
	DL_ASSERT_STR(dl_json_get_str(tree, "message"),
		      DL_STR("a \"b\"\nc\x01"));
	DL_ASSERT_STR(dl_json_get_str(tree, "campaign_id"), DL_STR("id\r\n{"));
	CU_ASSERT_EQUAL(json_object_get_int(dl_json_get(tree, "ms")), -7);
	dl_arena_destroy(arena);
}

static void
test_levels(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);

	dl_log_open("test-log", DL_LOG_WARNING);
	catch_stderr();
	dl_log_raw(DL_LOG_NOTICE, "op", "not written");
	CU_ASSERT_PTR_NULL(read_line(arena));
	catch_stderr();
	dl_log_raw(DL_LOG_WARNING, "op", "written");
	CU_ASSERT_PTR_NOT_NULL(read_line(arena));
	dl_log_open("test-log", DL_LOG_INFO);
	dl_arena_destroy(arena);
}

/* A line that would be too long still is one line of JSON. */
static void
test_long_line(void)
{
	static char text[15000];
	struct dl_arena *arena = dl_arena_create(1 << 20);

	memset(text, '"', sizeof(text) - 1);
	catch_stderr();
	dl_log_raw(DL_LOG_ERR, "op", text);
	CU_ASSERT_PTR_NOT_NULL(read_line(arena));
	CU_ASSERT_TRUE(strlen(line) < 9000);
	dl_arena_destroy(arena);
}

static void
test_error(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_error err = {0};
	json_object *tree;

	CU_ASSERT_EQUAL(dl_fail(&err, DL_TRY_LATER, "db.exec", "lost %d", 1),
			DL_TRY_LATER);
	memcpy(err.sqlstate, "40P01", 6);
	err.http_status = 503;
	catch_stderr();
	dl_log_error(&err);
	tree = read_line(arena);
	DL_ASSERT_STR(dl_json_get_str(tree, "code"), DL_STR("try_later"));
	DL_ASSERT_STR(dl_json_get_str(tree, "op"), DL_STR("db.exec"));
	DL_ASSERT_STR(dl_json_get_str(tree, "sqlstate"), DL_STR("40P01"));
	DL_ASSERT_STR(dl_json_get_str(tree, "level"), DL_STR("warning"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "lost 1"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "503"));
	dl_arena_destroy(arena);
}

/* Whatever the length, at most nine digits of a phone are shown. */
static void
test_phone(void)
{
	static const struct {
		const char *phone, *masked;
	} rows[] = {{"5511987654321", "55119****4321"},
		    {"551134567890", "55113***7890"},
		    {"", ""},
		    {"123", "***"}};
	char out[DL_MASKED_PHONE_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_STRING_EQUAL(dl_log_phone(dl_str(rows[i].phone), out),
				       rows[i].masked);
	dl_log_phone(DL_STR("1234567890123456789012345678901234567890123456"
			    "7890"),
		     out);
	CU_ASSERT_TRUE(strlen(out) < DL_MASKED_PHONE_MAX);
}

static void
test_no_memory(void)
{
	const struct rlimit no_core = {0, 0};
	struct dl_arena *arena = dl_arena_create(1 << 20);
	json_object *tree;
	int status = 0;
	pid_t child;

	CU_ASSERT_PTR_EQUAL(dl_must(line), line);
	dl_log_open("test-log", DL_LOG_CRIT);
	catch_stderr();
	child = fork();
	if (child == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		dl_must(NULL);
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	tree = read_line(arena);
	CU_ASSERT_TRUE(WIFSIGNALED(status));
	CU_ASSERT_EQUAL(WTERMSIG(status), SIGABRT);
	DL_ASSERT_STR(dl_json_get_str(tree, "level"), DL_STR("crit"));
	DL_ASSERT_STR(dl_json_get_str(tree, "message"),
		      DL_STR("out of memory"));
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"a line", test_line},           {"levels", test_levels},
    {"a long line", test_long_line}, {"a failure", test_error},
    {"a masked phone", test_phone},  {"no memory", test_no_memory},
};

UNIT_MAIN("log", tests)
