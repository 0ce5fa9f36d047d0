/* SPDX-License-Identifier: MIT */
/*
 * bench-sink PORT-FILE: what benchmarks have messages delivered to. It answers
 * every request with 200 at once and counts. A request whose path is
 * /at/<unix milliseconds> was due then: how late it came is kept.
 *
 *	GET  /_stats   {"requests":n,"first_ms":t,"last_ms":t,
 *	               "late_ms":{"count":n,"min":t,"p50":t,"p99":t,"max":t}}
 *	POST /_reset   all figures from 0
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

static struct {
	pthread_mutex_t lock;
	int64_t requests;
	int64_t first_ms, last_ms;
	int32_t *late_ms; /* of MAX_LATE */
	size_t n_late;
} stats = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Not NULL where the request's head was seen already. */
static char seen;

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

static enum MHD_Result
answer(struct MHD_Connection *connection, struct dl_buf *body)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    body->len, body->ptr, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result rc = MHD_queue_response(connection, 200, response);

	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result
handle(void *ctx, struct MHD_Connection *connection, const char *url,
       const char *method, const char *version, const char *data,
       size_t *data_len, void **state)
{
	struct dl_buf body;
	enum MHD_Result rc;

	(void)ctx;
	(void)version;
	(void)data;
	if (!*state || *data_len) {
		*state = &seen;
		*data_len = 0;
		return MHD_YES;
	}
	dl_buf_init(&body, NULL, 4096);
	if (strcmp(url, "/_stats") == 0)
		write_stats(&body);
	else if (strcmp(url, "/_reset") == 0 && strcmp(method, "POST") == 0)
		reset();
	else
		count(url);
	rc = answer(connection, &body);
	dl_buf_clear(&body);
	return rc;
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

int
main(int argc, char **argv)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct MHD_Daemon *daemon;

	if (argc != 2) {
		fputs("usage: bench-sink PORT-FILE\n", stderr);
		return 64;
	}
	stats.late_ms = calloc(MAX_LATE, sizeof(*stats.late_ms));
	if (!stats.late_ms)
		return 1;
	daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
				  handle, NULL, MHD_OPTION_SOCK_ADDR, &address,
				  MHD_OPTION_THREAD_POOL_SIZE,
				  (unsigned int)N_THREADS, MHD_OPTION_END);
	if (!daemon || write_port(daemon, argv[1]) != 0)
		return 1;
	for (;;)
		pause();
}
