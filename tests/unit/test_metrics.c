/* SPDX-License-Identifier: MIT */
/* Counters that processes share, and their text. */
#include "config.h"

#include <sys/wait.h>

#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "metrics/metrics.h"
#include "unit.h"

#define MAX_TEXT (256 * 1024)

static char dir[] = "/tmp/dl-metrics.XXXXXX";
static char path[64];

/* Whether the text of now holds the line. */
static bool
shows(const char *line)
{
	struct dl_buf text;
	bool found;

	dl_buf_init(&text, NULL, MAX_TEXT);
	dl_metrics_write(&text);
	CU_ASSERT_FALSE(dl_buf_failed(&text));
	found = strstr(dl_buf_cstr(&text), line) != NULL;
	if (!found)
		printf("\nnot found: %s", line);
	dl_buf_clear(&text);
	return found;
}

static void
test_without_a_file(void)
{
	dl_metrics_open("campaign-status", DL_STR(""));
	dl_metrics_workers(16);
	dl_metrics_request(200, 3);
	CU_ASSERT_TRUE(shows("\ndisparalead_requests_total{program="
			     "\"campaign-status\",status=\"200\"} 1\n"));
	CU_ASSERT_TRUE(shows("\ndisparalead_worker_threads{program="
			     "\"campaign-status\"} 16\n"));
}

/* Buckets are cumulated, bounds included, and the last one is the count. */
static void
test_histogram(void)
{
	dl_metrics_open("process-message", DL_STR(""));
	dl_metrics_evolution(0);
	dl_metrics_evolution(1);
	dl_metrics_evolution(2);
	dl_metrics_evolution(1500);
	dl_metrics_evolution(200001);
#define H "\ndisparalead_evolution_request_seconds_"
	CU_ASSERT_TRUE(shows(H "bucket{le=\"0.001\"} 2\n"));
	CU_ASSERT_TRUE(shows(H "bucket{le=\"0.002\"} 3\n"));
	CU_ASSERT_TRUE(shows(H "bucket{le=\"1.000\"} 3\n"));
	CU_ASSERT_TRUE(shows(H "bucket{le=\"2.500\"} 4\n"));
	CU_ASSERT_TRUE(shows(H "bucket{le=\"200.000\"} 4\n"));
	CU_ASSERT_TRUE(shows(H "bucket{le=\"+Inf\"} 5\n"));
	CU_ASSERT_TRUE(shows(H "sum 201.504\n"));
	CU_ASSERT_TRUE(shows(H "count 5\n"));
#undef H
}

static void
test_messages(void)
{
	dl_metrics_message(DL_OUTCOME_SENT, DL_ROW_OK);
	dl_metrics_message(DL_OUTCOME_PERMANENT, DL_ROW_NOT_ON_WHATSAPP);
	dl_metrics_message(DL_OUTCOME_PERMANENT, DL_ROW_NOT_ON_WHATSAPP);
	CU_ASSERT_TRUE(shows("\ndisparalead_message_attempts_total{outcome="
			     "\"sent\"} 1\n"));
	CU_ASSERT_TRUE(shows("\ndisparalead_message_attempts_total{outcome="
			     "\"permanent\"} 2\n"));
	CU_ASSERT_TRUE(shows("\ndisparalead_message_attempts_total{outcome="
			     "\"credential\"} 0\n"));
	CU_ASSERT_TRUE(shows("\ndisparalead_message_errors_total{code="
			     "\"not_on_whatsapp\"} 2\n"));
}

/* Out of range, a status has no place of its own; the time still counts. */
static void
test_odd_status(void)
{
	dl_metrics_open("control-campaign", DL_STR(""));
	dl_metrics_workers(1);
	dl_metrics_request(99, 1);
	dl_metrics_request(600, 1);
	dl_metrics_request(-1, 1);
	CU_ASSERT_TRUE(shows("\ndisparalead_request_duration_seconds_count{"
			     "program=\"control-campaign\"} 3\n"));
}

static void *
count(void *unused)
{
	(void)unused;
	for (int i = 0; i < 10000; i++)
		dl_metrics_add(DL_M_SWEEP_PUBLISHED, 1);
	return NULL;
}

/* Four processes of two threads count in one file; none is lost. */
static void
test_shared(void)
{
	pid_t pids[4];
	int status;

	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			pthread_t thread;

			dl_metrics_open("local-queue", dl_str(path));
			if (pthread_create(&thread, NULL, count, NULL) != 0)
				_exit(1);
			count(NULL);
			pthread_join(thread, NULL);
			_exit(0);
		}
	}
	for (int i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(waitpid(pids[i], &status, 0), pids[i]);
		CU_ASSERT_EQUAL(status, 0);
	}
	dl_metrics_open("campaign-status", dl_str(path));
	CU_ASSERT_TRUE(shows("\ndisparalead_sweep_actions_total{action="
			     "\"published\"} 80000\n"));
}

/* A family's head stands once, before its rows. */
static void
test_heads(void)
{
	struct dl_buf text;
	const char *first;

	dl_buf_init(&text, NULL, MAX_TEXT);
	dl_metrics_write(&text);
	first = strstr(dl_buf_cstr(&text),
		       "# TYPE disparalead_sweep_actions_total counter\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	CU_ASSERT_PTR_NULL(
	    strstr(first + 1, "# TYPE disparalead_sweep_actions_total"));
	dl_buf_clear(&text);
}

/* A place where no file can be: the process goes on by itself. */
static void
test_unusable_file(void)
{
	dl_metrics_open("campaign-status", DL_STR("/proc/nowhere/metrics"));
	dl_metrics_add(DL_M_PUT_OFF, 5);
	CU_ASSERT_TRUE(shows("\ndisparalead_messages_put_off_total 5\n"));
}

static void
remove_files(void)
{
	char pattern[80];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s.*", path);
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			unlink(found.gl_pathv[i]);
	globfree(&found);
	rmdir(dir);
}

int
main(void)
{
	static const struct unit_test tests[] = {
	    {"without a file", test_without_a_file},
	    {"histogram", test_histogram},
	    {"messages", test_messages},
	    {"odd status", test_odd_status},
	    {"no file possible", test_unusable_file},
	    {"shared by processes", test_shared},
	    {"heads", test_heads},
	};
	int status;

	dl_log_open("test", DL_LOG_CRIT);
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/metrics", dir);
	status = unit_main("metrics", tests, sizeof(tests) / sizeof(tests[0]));
	remove_files();
	return status;
}
