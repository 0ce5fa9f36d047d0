/* SPDX-License-Identifier: MIT */
/*
 * queue-destination DIRECTORY: where the tests of local-queue have messages
 * delivered.  It listens on a free port of 127.0.0.1, written to
 * DIRECTORY/port, and appends a JSON line to DIRECTORY/log for each request
 * when it ends: path, method, at_ms, in_flight (of that path, itself
 * included), headers, body.  The query of a request says how to answer it:
 *
 *	status=503   with that status (200)
 *	fail=2       so only the first 2 requests of the path
 *	sleep=300    after so many milliseconds
 *	header=A:b   with that header, percent-encoded
 *
 * Runs until it is killed.
 */
#include "config.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json_out.h"

#define MAX_BODY  (4u << 20)
#define MAX_PATHS 1000

/* What is known of one path. */
struct path {
	char *name;
	int n_requests;
	int in_flight;
};

struct request {
	struct dl_buf body;
	struct path *path;
	int64_t at_ms;
	int in_flight;
	int number; /* of the path's requests, from 1 */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct path paths[MAX_PATHS];
static const char *directory;

static struct path *
find_path(const char *name)
{
	size_t i = 0;

	while (i < MAX_PATHS - 1 && paths[i].name &&
	       strcmp(paths[i].name, name) != 0)
		i++;
	if (!paths[i].name)
		paths[i].name = strdup(name);
	return &paths[i];
}

static struct request *
begin(const char *url)
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request)
		abort();
	dl_buf_init(&request->body, NULL, MAX_BODY);
	request->at_ms = dl_clock_now_ms();
	pthread_mutex_lock(&lock);
	request->path = find_path(url);
	request->in_flight = ++request->path->in_flight;
	request->number = ++request->path->n_requests;
	pthread_mutex_unlock(&lock);
	return request;
}

static enum MHD_Result
write_header(void *ctx, enum MHD_ValueKind kind, const char *name,
	     const char *value)
{
	(void)kind;
	dl_json_member_text(ctx, name, value ? value : "");
	return MHD_YES;
}

static void
write_line(struct MHD_Connection *connection, const struct request *request,
	   const char *method, FILE *log)
{
	struct dl_json_out out;
	struct dl_buf line;

	dl_buf_init(&line, NULL, 8 * MAX_BODY);
	dl_json_begin(&out, &line);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "path", request->path->name);
	dl_json_member_text(&out, "method", method);
	dl_json_member_int(&out, "at_ms", request->at_ms);
	dl_json_member_int(&out, "in_flight", request->in_flight);
	dl_json_key(&out, "headers");
	dl_json_object_begin(&out);
	MHD_get_connection_values(connection, MHD_HEADER_KIND, write_header,
				  &out);
	dl_json_object_end(&out);
	dl_json_member_str(&out, "body", dl_buf_str(&request->body));
	dl_json_object_end(&out);
	dl_buf_append_c(&line, '\n');
	fwrite(line.ptr, 1, line.len, log);
	dl_buf_clear(&line);
}

static void
record(struct MHD_Connection *connection, struct request *request,
       const char *method)
{
	char name[512];
	FILE *log;

	snprintf(name, sizeof(name), "%s/log", directory);
	pthread_mutex_lock(&lock);
	request->path->in_flight--;
	log = fopen(name, "ae");
	if (log) {
		write_line(connection, request, method, log);
		fclose(log);
	}
	pthread_mutex_unlock(&lock);
}

static int
number(struct MHD_Connection *connection, const char *name, int fallback)
{
	const char *text = MHD_lookup_connection_value(
	    connection, MHD_GET_ARGUMENT_KIND, name);
	int64_t value;

	return dl_str_to_int64(dl_str(text), &value) ? (int)value : fallback;
}

static void
add_header(struct MHD_Connection *connection, struct MHD_Response *response)
{
	const char *header = MHD_lookup_connection_value(
	    connection, MHD_GET_ARGUMENT_KIND, "header");
	struct dl_str value = dl_str(header);
	struct dl_str name = dl_str_cut(&value, ':');
	char copy[100];

	if (!value.ptr)
		return;
	snprintf(copy, sizeof(copy), "%.*s", (int)name.len, name.ptr);
	MHD_add_response_header(response, copy, value.ptr);
}

static enum MHD_Result
answer(struct MHD_Connection *connection, const struct request *request)
{
	int status = number(connection, "status", 200);
	int failures = number(connection, "fail", -1);
	struct MHD_Response *response;
	char body[32] = "said no";
	enum MHD_Result rc;

	if (failures >= 0 && request->number > failures)
		status = 200;
	response = MHD_create_response_from_buffer(strlen(body), body,
						   MHD_RESPMEM_MUST_COPY);
	add_header(connection, response);
	rc = MHD_queue_response(connection, (unsigned int)status, response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result
handle(void *ctx, struct MHD_Connection *connection, const char *url,
       const char *method, const char *version, const char *data,
       size_t *data_len, void **state)
{
	struct request *request = *state;

	(void)ctx;
	(void)version;
	if (!request) {
		*state = begin(url);
		return MHD_YES;
	}
	if (*data_len) {
		dl_buf_append(&request->body, data, *data_len);
		*data_len = 0;
		return MHD_YES;
	}
	dl_clock_sleep_ms(number(connection, "sleep", 0));
	record(connection, request, method);
	return answer(connection, request);
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
write_port(struct MHD_Daemon *daemon)
{
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	char name[512];
	FILE *file;

	snprintf(name, sizeof(name), "%s/port", directory);
	file = fopen(name, "we");
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
		fputs("usage: queue-destination DIRECTORY\n", stderr);
		return 64;
	}
	directory = argv[1];
	daemon = MHD_start_daemon(
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0,
	    NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, &address,
	    MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_END);
	if (!daemon || write_port(daemon) != 0)
		return 1;
	for (;;)
		pause();
}
