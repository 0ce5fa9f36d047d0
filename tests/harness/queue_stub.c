/* SPDX-License-Identifier: MIT */
/*
 * A queue that only takes: POST /v2/batch as QStash answers it, each message
 * a line of a journal, nothing ever delivered; DELETE /v2/messages?label=, a
 * line {"cancelled": label} each.  How it behaves is read from a
 * file at each request, so that a test changes it by writing one word there:
 *
 *	ok           (or no file) everything is accepted
 *	status N     N, with no body
 *	refuse TEXT  400 for a batch that holds TEXT
 *	slot TEXT    an error in the slot of a message that holds TEXT
 *	slow N       accepts after N milliseconds
 *	hang         reads the request and never answers
 *
 * usage: queue-stub PORT-FILE JOURNAL MODE-FILE
 */
#include "config.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "base/json_out.h"

#define MAX_BODY (4 * 1024 * 1024)

static struct {
	const char *mode_file;
	FILE *journal;
	pthread_mutex_t lock;
} stub = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct mode {
	char word[16];
	char rest[200];
};

static struct mode
read_mode(void)
{
	struct mode mode = {"ok", ""};
	char line[240] = "";
	FILE *file = fopen(stub.mode_file, "r");
	char *blank;

	if (!file)
		return mode;
	if (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		blank = strchr(line, ' ');
		if (blank) {
			*blank = '\0';
			snprintf(mode.rest, sizeof(mode.rest), "%s", blank + 1);
		}
		snprintf(mode.word, sizeof(mode.word), "%.15s", line);
	}
	fclose(file);
	return mode;
}

static void
write_slot(json_object *message, const struct mode *mode,
	   struct dl_json_out *out)
{
	const char *text = json_object_to_json_string_ext(
	    message, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	struct dl_str id = dl_json_get_str(dl_json_get(message, "headers"),
					   "Upstash-Deduplication-Id");
	char queue_id[128];

	dl_json_object_begin(out);
	if (strcmp(mode->word, "slot") == 0 && strstr(text, mode->rest)) {
		dl_json_member_text(out, "error", "quota exceeded");
	} else {
		snprintf(queue_id, sizeof(queue_id), "msg_%.*s", (int)id.len,
			 id.ptr ? id.ptr : "");
		dl_json_member_text(out, "messageId", queue_id);
		fprintf(stub.journal, "%s\n", text);
	}
	dl_json_object_end(out);
}

static unsigned int
answer_batch(struct dl_arena *arena, struct dl_str body,
	     const struct mode *mode, struct dl_buf *answer)
{
	struct dl_json_out out;
	json_object *batch = NULL;

	if (strcmp(mode->word, "status") == 0)
		return (unsigned int)strtoul(mode->rest, NULL, 10);
	if (strcmp(mode->word, "refuse") == 0 &&
	    dl_str_contains(body, dl_str(mode->rest)))
		return 400;
	if (dl_json_parse(arena, body, &batch) != DL_JSON_OK ||
	    !json_object_is_type(batch, json_type_array))
		return 400;
	dl_json_begin(&out, answer);
	dl_json_array_begin(&out);
	pthread_mutex_lock(&stub.lock);
	for (size_t i = 0; i < json_object_array_length(batch); i++)
		write_slot(json_object_array_get_idx(batch, i), mode, &out);
	fflush(stub.journal);
	pthread_mutex_unlock(&stub.lock);
	dl_json_array_end(&out);
	return 200;
}

/* Cancels a label, as far as the journal goes. */
static unsigned int
answer_cancel(struct MHD_Connection *connection, const struct mode *mode,
	      struct dl_buf *answer)
{
	const char *label = MHD_lookup_connection_value(
	    connection, MHD_GET_ARGUMENT_KIND, "label");

	if (strcmp(mode->word, "status") == 0)
		return (unsigned int)strtoul(mode->rest, NULL, 10);
	if (!label)
		return 400;
	pthread_mutex_lock(&stub.lock);
	fprintf(stub.journal, "{\"cancelled\":\"%s\"}\n", label);
	fflush(stub.journal);
	pthread_mutex_unlock(&stub.lock);
	dl_buf_puts(answer, "{\"cancelled\":1}");
	return 200;
}

static enum MHD_Result
respond(struct MHD_Connection *connection, const char *url, struct dl_str body)
{
	struct dl_arena *arena = dl_arena_create(64 * 1024 * 1024);
	struct dl_buf *answer = dl_buf_create(arena, MAX_BODY);
	struct mode mode = read_mode();
	struct MHD_Response *response;
	unsigned int status = 404;
	enum MHD_Result result;

	if (strcmp(mode.word, "slow") == 0)
		dl_clock_sleep_ms(strtol(mode.rest, NULL, 10));
	if (strcmp(mode.word, "hang") == 0)
		dl_clock_sleep_ms(600000);
	if (strcmp(url, "/v2/batch") == 0)
		status = answer_batch(arena, body, &mode, answer);
	if (strcmp(url, "/v2/messages") == 0)
		status = answer_cancel(connection, &mode, answer);
	response = MHD_create_response_from_buffer(
	    answer->len, answer->ptr ? answer->ptr : (char[1]){0},
	    MHD_RESPMEM_MUST_COPY);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	dl_arena_destroy(arena);
	return result;
}

static enum MHD_Result
handle(void *ctx, struct MHD_Connection *connection, const char *url,
       const char *method, const char *version, const char *data, size_t *len,
       void **state)
{
	struct dl_buf *body = *state;

	(void)ctx;
	(void)method;
	(void)version;
	if (!body) {
		body = calloc(1, sizeof(*body));
		if (!body)
			abort();
		dl_buf_init(body, NULL, MAX_BODY);
		*state = body;
		return MHD_YES;
	}
	if (*len) {
		dl_buf_append(body, data, *len);
		*len = 0;
		return MHD_YES;
	}
	return respond(connection, url, dl_buf_str(body));
}

static void
forget(void *ctx, struct MHD_Connection *connection, void **state,
       enum MHD_RequestTerminationCode why)
{
	struct dl_buf *body = *state;

	(void)ctx;
	(void)connection;
	(void)why;
	if (body)
		dl_buf_clear(body);
	free(body);
}

static void
write_port(const char *path, struct MHD_Daemon *daemon)
{
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	FILE *file = fopen(path, "w");

	if (!file || !info)
		abort();
	fprintf(file, "%u\n", info->port);
	fclose(file);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	struct MHD_Daemon *daemon;
	sigset_t ends;
	int sig;

	if (argc != 4) {
		fputs("usage: queue-stub PORT-FILE JOURNAL MODE-FILE\n",
		      stderr);
		return 64;
	}
	stub.mode_file = argv[3];
	stub.journal = fopen(argv[2], "a");
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	daemon = MHD_start_daemon(
	    MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0,
	    NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, &addr,
	    MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_END);
	if (!daemon || !stub.journal)
		return 1;
	write_port(argv[1], daemon);
	sigwait(&ends, &sig);
	/* A request that hangs by order would hold MHD_stop_daemon. */
	_exit(0);
}
