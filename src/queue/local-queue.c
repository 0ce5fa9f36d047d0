/* SPDX-License-Identifier: MIT */
/*
 * local-queue: QStash's HTTP API on one machine, its messages in PostgreSQL.
 * A FastCGI program for the API and a dispatcher that delivers.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "queue/api.h"
#include "queue/dispatcher.h"
#include "remote/http.h"
#include "web/program.h"

/* As client_max_body_size in nginx/local-queue.conf. */
#define MAX_BODY (32 * 1024 * 1024)
/* A batch in its several forms: JSON, bodies in hexadecimal, items. */
#define ARENA_CAP (512 * 1024 * 1024)
/* A page of the dead-letter queue. */
#define MAX_ANSWER (64 * 1024 * 1024)
/* Below what a supervisor waits; leases are longer still. */
#define STOP_PATIENCE_MS 8000

static enum dl_code
open_queue(const struct dl_settings *settings, struct dl_queue *queue,
	   struct dl_error *err)
{
	enum dl_code code;

	queue->settings = settings;
	queue->pool = dl_db_pool_create(settings, "local-queue");
	code = dl_queue_credentials_open(&queue->credentials, settings,
					 queue->pool, err);
	if (code != DL_OK)
		dl_db_pool_destroy(queue->pool);
	return code;
}

static void
close_queue(struct dl_queue *queue)
{
	dl_queue_credentials_clear(&queue->credentials);
	dl_db_pool_destroy(queue->pool);
}

static enum dl_code
start(const struct dl_settings *settings, struct dl_server *server,
      struct dl_error *err)
{
	struct dl_queue *queue = calloc(1, sizeof(*queue));
	enum dl_code code;

	if (!queue)
		return dl_fail(err, DL_INTERNAL, "queue.start",
			       "out of memory");
	dl_http_global_init();
	code = open_queue(settings, queue, err);
	if (code != DL_OK) {
		free(queue);
		return code;
	}
	code = dl_queue_dispatcher_create(queue, &queue->dispatcher, err);
	if (code != DL_OK)
		return code;
	server->app = queue;
	server->handle = dl_queue_handle;
	server->answer_failure = dl_queue_answer_failure;
	server->max_body = MAX_BODY;
	server->arena_cap = ARENA_CAP;
	server->max_answer = MAX_ANSWER;
	return DL_OK;
}

static void
stop(void *app)
{
	struct dl_queue *queue = app;

	if (!dl_queue_dispatcher_stop(queue->dispatcher, STOP_PATIENCE_MS)) {
		dl_log_raw(DL_LOG_NOTICE, "queue.stop",
			   "deliveries under way are cut off; they are made "
			   "again when their leases end");
		_exit(EX_OK);
	}
	close_queue(queue);
	free(queue);
}

static void
print(const char *name, struct dl_str value)
{
	printf("%s=%.*s\n", name, (int)value.len, value.ptr);
}

/* As lines of a settings file. */
static int
print_credentials(void)
{
	struct dl_settings settings;
	struct dl_error err = {0};
	struct dl_queue queue;

	dl_log_open("local-queue", DL_LOG_NOTICE);
	if (dl_settings_load(&settings, DL_QUEUE, stderr) != DL_OK) {
		dl_settings_clear(&settings);
		return DL_EXIT_CONFIG;
	}
	if (open_queue(&settings, &queue, &err) != DL_OK) {
		dl_log_error(&err);
		dl_settings_clear(&settings);
		return EX_UNAVAILABLE;
	}
	print("QSTASH_TOKEN", queue.credentials.token);
	print("QSTASH_CURRENT_SIGNING_KEY", queue.credentials.current_key);
	print("QSTASH_NEXT_SIGNING_KEY", queue.credentials.next_key);
	/* For whoever looks only; no program of ours reads it. */
	print("#QSTASH_READ_TOKEN", queue.credentials.read_token);
	close_queue(&queue);
	dl_settings_clear(&settings);
	return EX_OK;
}

int
main(int argc, char **argv)
{
	static const struct dl_program_info info = {
	    .name = "local-queue",
	    .summary = "a fila embutida: a API do QStash sobre o PostgreSQL\n"
		       "(--print-credentials mostra o token e as chaves)",
	    .settings = DL_QUEUE,
	    .start = start,
	    .stop = stop,
	};

	if (argc == 2 && strcmp(argv[1], "--print-credentials") == 0)
		return print_credentials();
	return dl_program_main(&info, argc, argv);
}
