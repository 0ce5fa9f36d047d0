/* SPDX-License-Identifier: MIT */
/*
 * bench-sink PORT-FILE: what benchmarks have messages delivered to. It counts
 * requests and answers each, at once or after a delay, by its path:
 *
 *	/message/send...   201 as Evolution API does, with a new key
 *	/v2/batch          200 as QStash does, an id for each message
 *	/at/<unix ms>      200; it was due then: how late it came is kept
 *	anything else      200
 *
 * Three paths are its own:
 *
 *	GET  /_stats   {"requests":n,"first_ms":t,"last_ms":t,
 *	               "late_ms":{"count":n,"min":t,"p50":t,"p99":t,"max":t}}
 *	POST /_reset   all figures from 0
 *	POST /_delay/<ms>   what every answer waits from now on (0)
 *
 * Listens on a free port of 127.0.0.1, written to PORT-FILE. Runs until it is
 * killed.
 */
#include "config.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "base/str.h"

/* Two threads are what the two cores of a small machine can use. */
#define N_THREADS 2
/* Later ones are counted, but not kept. */
#define MAX_LATE 2000000
#define MAX_BODY (8u << 20)
/* Of an answer: an id of some 30 bytes for each message of a batch. */
#define MAX_ANSWER (64 * 1024)

struct request {
	struct dl_buf body;
	struct MHD_Connection *connection;
	int64_t due_ms; /* when to answer; 0: not put back yet */
	struct request *next;
};

/* Requests put back, in the order in which they came: one delay for all. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t is_filled;
	struct request *first, **last;
	_Atomic int64_t delay_ms;
} late = {.lock = PTHREAD_MUTEX_INITIALIZER,
	  .is_filled = PTHREAD_COND_INITIALIZER};

static struct {
	pthread_mutex_t lock;
	int64_t requests;
	int64_t first_ms, last_ms;
	int32_t *late_ms; /* of MAX_LATE */
	size_t n_late;
} stats = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void
count(const char *url)
{
	static const char due[] = "/at/";
	int64_t now_ms = dl_clock_now_ms(), due_ms;

	pthread_mutex_lock(&stats.lock);
	if (stats.requests++ == 0)
		stats.first_ms = now_ms;
	stats.last_ms = now_ms;
	if (strncmp(url, due, sizeof(due) - 1) == 0 &&
	    dl_str_to_int64(dl_str(url + sizeof(due) - 1), &due_ms) &&
	    stats.n_late < MAX_LATE)
		stats.late_ms[stats.n_late++] = (int32_t)(now_ms - due_ms);
	pthread_mutex_unlock(&stats.lock);
}

static int
compare(const void *a, const void *b)
{
	int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;

	return (left > right) - (left < right);
}

/* The lock is held. */
static void
write_late(struct dl_json_out *out)
{
	size_t n = stats.n_late;

	qsort(stats.late_ms, n, sizeof(*stats.late_ms), compare);
	dl_json_key(out, "late_ms");
	dl_json_object_begin(out);
	dl_json_member_int(out, "count", (int64_t)n);
	if (n) {
		dl_json_member_int(out, "min", stats.late_ms[0]);
		dl_json_member_int(out, "p50", stats.late_ms[n / 2]);
		dl_json_member_int(out, "p99", stats.late_ms[n * 99 / 100]);
		dl_json_member_int(out, "max", stats.late_ms[n - 1]);
	}
	dl_json_object_end(out);
}

static void
write_stats(struct dl_buf *body)
{
	struct dl_json_out out;

	dl_json_begin(&out, body);
	pthread_mutex_lock(&stats.lock);
	dl_json_object_begin(&out);
	dl_json_member_int(&out, "requests", stats.requests);
	dl_json_member_int(&out, "first_ms", stats.first_ms);
	dl_json_member_int(&out, "last_ms", stats.last_ms);
	write_late(&out);
	dl_json_object_end(&out);
	pthread_mutex_unlock(&stats.lock);
	dl_buf_append_c(body, '\n');
}

static void
reset(void)
{
	pthread_mutex_lock(&stats.lock);
	stats.requests = 0;
	stats.first_ms = stats.last_ms = 0;
	stats.n_late = 0;
	pthread_mutex_unlock(&stats.lock);
}

/* ------------------------------------------------------------------- answers
 */

static _Atomic uint64_t n_keys;

/* Evolution API 2.3.6, a text that was accepted. */
static void
write_sent(struct dl_buf *body)
{
	dl_buf_appendf(
	    body,
	    "{\"key\":{\"remoteJid\":\"5511987654321@s.whatsapp.net\","
	    "\"fromMe\":true,\"id\":\"3EB0%018llX\"},\"pushName\":\"\","
	    "\"status\":\"PENDING\",\"message\":{\"conversation\":\"x\"},"
	    "\"contextInfo\":null,\"messageType\":\"conversation\","
	    "\"messageTimestamp\":%lld,\"source\":\"web\"}",
	    (unsigned long long)++n_keys,
	    (long long)(dl_clock_now_ms() / 1000));
}

/* QStash, a batch that was accepted whole. */
static void
write_accepted(struct dl_buf *body, struct dl_str batch)
{
	static const char member[] = "\"destination\"";
	const char *end = batch.ptr + batch.len;
	const char *at = batch.ptr;
	char before = '[';

	while (at && (at = memmem(at, (size_t)(end - at), member,
				  sizeof(member) - 1))) {
		at += sizeof(member) - 1;
		dl_buf_appendf(body, "%c{\"messageId\":\"msg_bench%llu\"}",
			       before, (unsigned long long)++n_keys);
		before = ',';
	}
	if (before == '[')
		dl_buf_append_c(body, '[');
	dl_buf_append_c(body, ']');
}

static void
set_delay(const char *text)
{
	int64_t ms;

	if (dl_str_to_int64(dl_str(text), &ms) && ms >= 0)
		late.delay_ms = ms;
}

/* The answer to url; its status. */
static unsigned int
write_answer(const char *url, struct dl_str given, struct dl_buf *body)
{
	unsigned int status = 200;

	if (strcmp(url, "/_stats") == 0) {
		write_stats(body);
		return status;
	}
	if (strcmp(url, "/_reset") == 0) {
		reset();
		return status;
	}
	if (strncmp(url, "/_delay/", 8) == 0) {
		set_delay(url + 8);
		return status;
	}
	count(url);
	if (strcmp(url, "/v2/batch") == 0)
		write_accepted(body, given);
	if (strncmp(url, "/message/send", 13) == 0) {
		write_sent(body);
		status = 201;
	}
	return status;
}

static enum MHD_Result
answer(struct MHD_Connection *connection, const char *url,
       const struct request *request)
{
	struct MHD_Response *response;
	enum MHD_Result rc;
	struct dl_buf body;
	unsigned int status;

	dl_buf_init(&body, NULL, MAX_ANSWER);
	status = write_answer(url, dl_buf_str(&request->body), &body);
	response = MHD_create_response_from_buffer(body.len, body.ptr,
						   MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(response, "Content-Type", "application/json");
	rc = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	dl_buf_clear(&body);
	return rc;
}

/* ------------------------------------------------------------------- delays */

static void
put_back(struct request *request)
{
	request->due_ms = dl_clock_boot_ms() + late.delay_ms;
	MHD_suspend_connection(request->connection);
	pthread_mutex_lock(&late.lock);
	*late.last = request;
	late.last = &request->next;
	pthread_cond_signal(&late.is_filled);
	pthread_mutex_unlock(&late.lock);
}

/* Lets requests go on when their time has come. */
static void *
run_delays(void *arg)
{
	(void)arg;
	for (;;) {
		struct request *request;
		int64_t wait_ms;

		pthread_mutex_lock(&late.lock);
		while (!late.first)
			pthread_cond_wait(&late.is_filled, &late.lock);
		request = late.first;
		late.first = request->next;
		if (!late.first)
			late.last = &late.first;
		pthread_mutex_unlock(&late.lock);
		wait_ms = request->due_ms - dl_clock_boot_ms();
		if (wait_ms > 0)
			dl_clock_sleep_ms(wait_ms);
		MHD_resume_connection(request->connection);
	}
	return NULL;
}

/* -------------------------------------------------------------------- server
 */

static struct request *
begin(struct MHD_Connection *connection)
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request)
		abort();
	dl_buf_init(&request->body, NULL, MAX_BODY);
	request->connection = connection;
	return request;
}

static enum MHD_Result
handle(void *ctx, struct MHD_Connection *connection, const char *url,
       const char *method, const char *version, const char *data,
       size_t *data_len, void **state)
{
	struct request *request = *state;

	(void)ctx;
	(void)method;
	(void)version;
	if (!request) {
		*state = begin(connection);
		return MHD_YES;
	}
	if (*data_len) {
		dl_buf_append(&request->body, data, *data_len);
		*data_len = 0;
		return MHD_YES;
	}
	if (late.delay_ms && !request->due_ms && url[1] != '_') {
		put_back(request);
		return MHD_YES;
	}
	return answer(connection, url, request);
}

static void
forget(void *ctx, struct MHD_Connection *connection, void **state,
       enum MHD_RequestTerminationCode code)
{
	struct request *request = *state;

	(void)ctx;
	(void)connection;
	(void)code;
	if (!request)
		return;
	dl_buf_clear(&request->body);
	free(request);
	*state = NULL;
}

static int
write_port(struct MHD_Daemon *daemon, const char *name)
{
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	FILE *file = fopen(name, "we");

	if (!info || !file)
		return 1;
	fprintf(file, "%u\n", (unsigned int)info->port);
	return fclose(file);
}

static bool
start_delays(void)
{
	pthread_t thread;

	late.last = &late.first;
	return pthread_create(&thread, NULL, run_delays, NULL) == 0;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct MHD_Daemon *daemon;

	stats.late_ms = calloc(MAX_LATE, sizeof(*stats.late_ms));
	if (argc != 2 || !stats.late_ms || !start_delays()) {
		fputs("usage: bench-sink PORT-FILE\n", stderr);
		return 64;
	}
	daemon = MHD_start_daemon(
	    MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
	    NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, &address,
	    MHD_OPTION_THREAD_POOL_SIZE, (unsigned int)N_THREADS,
	    MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_END);
	if (!daemon || write_port(daemon, argv[1]) != 0)
		return 1;
	for (;;)
		pause();
}
