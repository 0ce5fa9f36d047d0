/* SPDX-License-Identifier: MIT */
/*
 * The HTTP client against a server of this process that misbehaves on
 * purpose: a connection that dies when it is used again, silence, a redirect,
 * an endless body.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "remote/http.h"

#define MAX_REQUEST 4096

static struct {
	int listener;
	char base[64];        /* http://127.0.0.1:port */
	_Atomic int requests; /* whole requests that arrived */
	_Atomic int connections;
} server;

static void
answer(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		perror("write");
}

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"

/* False: the connection ends. */
static bool
serve(int fd, const char *request, int nth)
{
	if (strstr(request, " /dies-second ") && nth > 1)
		return false;
	if (strstr(request, " /silent "))
		return recv(fd, (char[1]){0}, 1, 0) > 0;
	if (strstr(request, " /redirect "))
		answer(fd, "HTTP/1.1 302 Found\r\nLocation: /ok\r\n"
			   "Content-Length: 0\r\n\r\n");
	else if (strstr(request, " /large "))
		answer(fd, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"
			   "0123456789");
	else if (strstr(request, " /a/../b//c "))
		answer(fd, "HTTP/1.1 201 Created\r\nContent-Length: 3\r\n"
			   "Retry-After:  7 \r\n\r\nraw");
	else
		answer(fd, OK_HEAD "\r\nok");
	return true;
}

/* One request: its head, and no body is ever longer than the head's read. */
static bool
read_request(int fd, char out[MAX_REQUEST])
{
	size_t len = 0;

	while (len < MAX_REQUEST - 1) {
		ssize_t n = recv(fd, out + len, MAX_REQUEST - 1 - len, 0);

		if (n <= 0)
			return false;
		len += (size_t)n;
		out[len] = '\0';
		if (strstr(out, "\r\n\r\n"))
			return true;
	}
	return false;
}

static void *
connection_main(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char request[MAX_REQUEST];

	for (int nth = 1; read_request(fd, request); nth++) {
		server.requests++;
		if (!serve(fd, request, nth))
			break;
	}
	close(fd);
	return NULL;
}

static void *
server_main(void *arg)
{
	int fd;

	(void)arg;
	while ((fd = accept(server.listener, NULL, NULL)) >= 0) {
		pthread_t thread;

		server.connections++;
		pthread_create(&thread, NULL, connection_main,
			       (void *)(intptr_t)fd);
		pthread_detach(thread);
	}
	return NULL;
}

static void
start_server(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);
	pthread_t thread;

	if (server.listener)
		return;
	dl_http_global_init();
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(server.listener, (struct sockaddr *)&addr, len) != 0 ||
	    listen(server.listener, 64) != 0)
		abort();
	getsockname(server.listener, (struct sockaddr *)&addr, &len);
	snprintf(server.base, sizeof(server.base), "http://127.0.0.1:%d",
		 ntohs(addr.sin_port));
	pthread_create(&thread, NULL, server_main, NULL);
	pthread_detach(thread);
}

static struct dl_http_request
request_for(struct dl_arena *arena, const char *path)
{
	return (struct dl_http_request){
	    .method = DL_HTTP_POST,
	    .url = dl_arena_printf(arena, "%s%s", server.base, path),
	    .body = DL_STR("x"),
	    .connect_timeout_ms = 1000,
	    .timeout_ms = 2000,
	    .max_answer = 100,
	};
}

static enum dl_code
send_one(struct dl_arena *arena, const struct dl_http_request *request,
	 struct dl_http_answer *out, struct dl_error *err)
{
	dl_error_clear(err);
	return dl_http_curl()->send(dl_http_curl()->ctx, arena, request, out,
				    err);
}

static void
answers(void)
{
	static const struct {
		const char *path;
		long status;
		const char *body;
		bool is_truncated;
	} rows[] = {
	    {"/ok", 200, "ok", false},
	    {"/redirect", 302, "", false},
	    {"/a/../b//c", 201, "raw", false},
	    {"/large", 200, "01234", true},
	};
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_http_answer got;
	struct dl_error err = {0};

	start_server();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dl_http_request request =
		    request_for(arena, rows[i].path);

		request.max_answer = 5;
		CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_OK);
		CU_ASSERT_EQUAL(got.status, rows[i].status);
		CU_ASSERT_STRING_EQUAL(dl_buf_cstr(got.body), rows[i].body);
		CU_ASSERT_EQUAL(got.is_truncated, rows[i].is_truncated);
		CU_ASSERT_FALSE(got.was_vetoed);
	}
	dl_arena_destroy(arena);
}

static void
headers(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_http_answer got;
	struct dl_http_request request;
	struct dl_error err = {0};

	start_server();
	request = request_for(arena, "/a/../b//c");
	CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_OK);
	DL_ASSERT_STR(dl_http_header(&got, "retry-after"), DL_STR("7"));
	DL_ASSERT_STR(dl_http_header(&got, "CONTENT-length"), DL_STR("3"));
	CU_ASSERT_PTR_NULL(dl_http_header(&got, "retry").ptr);
	dl_arena_destroy(arena);
}

/*
 * libcurl alone would send this POST a second time, on a new connection.  Runs
 * first: the server counts the requests of a connection.
 */
static void
dead_reused_connection(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_http_answer got;
	struct dl_http_request request;
	struct dl_error err = {0};
	int before;

	start_server();
	request = request_for(arena, "/dies-second");
	CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_OK);
	before = server.requests;
	CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_TRY_LATER);
	CU_ASSERT_TRUE(err.uncertain);
	CU_ASSERT_FALSE(got.was_vetoed);
	CU_ASSERT_EQUAL(server.requests, before + 1);
	dl_arena_destroy(arena);
}

/* Evolution closes at 5 s: near that no connection is used again. */
static void
idle_connection(void)
{
	static const struct {
		int64_t pause_ms;
		int more;
	} rows[] = {{0, 0}, {4100, 1}};
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_http_answer got;
	struct dl_http_request request;
	struct dl_error err = {0};

	start_server();
	request = request_for(arena, "/ok");
	CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int before = server.connections;

		dl_clock_sleep_ms(rows[i].pause_ms);
		CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_OK);
		CU_ASSERT_EQUAL(server.connections, before + rows[i].more);
	}
	dl_arena_destroy(arena);
}

static void
no_answer(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_http_answer got;
	struct dl_http_request request;
	struct dl_error err = {0};

	start_server();
	request = request_for(arena, "/silent");
	request.timeout_ms = 100;
	CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_TRY_LATER);
	CU_ASSERT_TRUE(err.uncertain);
	/* A port that nobody listens on: nothing was written. */
	request.url = "http://127.0.0.1:1/";
	CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_TRY_LATER);
	CU_ASSERT_FALSE(err.uncertain);
	request.url = "ftp://127.0.0.1/";
	CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_INTERNAL);
	CU_ASSERT_FALSE(err.uncertain);
	dl_arena_destroy(arena);
}

static bool
say_no(void *ctx, int64_t elapsed_ms)
{
	CU_ASSERT_TRUE(elapsed_ms >= 0 && elapsed_ms < 5000);
	(*(int *)ctx)++;
	return false;
}

static void
veto(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_http_answer got;
	struct dl_http_request request;
	struct dl_error err = {0};
	int asked = 0, before;

	start_server();
	before = server.requests;
	request = request_for(arena, "/ok");
	request.may_start = say_no;
	request.may_start_ctx = &asked;
	CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_TRY_LATER);
	CU_ASSERT_TRUE(got.was_vetoed);
	CU_ASSERT_FALSE(err.uncertain);
	CU_ASSERT_EQUAL(asked, 1);
	CU_ASSERT_EQUAL(server.requests, before);
	dl_arena_destroy(arena);
}

struct sink {
	struct dl_buf *buf;
	bool has_room;
};

static bool
sink_take(void *ctx, struct dl_str bytes)
{
	struct sink *sink = ctx;

	dl_buf_append_str(sink->buf, bytes);
	return sink->has_room;
}

/* The body of a good answer goes past us, another's stays. */
static void
taken(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct sink sink = {dl_buf_create(arena, 1000), true};
	struct dl_http_answer got;
	struct dl_http_request request;
	struct dl_error err = {0};

	start_server();
	request = request_for(arena, "/a/../b//c");
	request.take = sink_take;
	request.take_ctx = &sink;
	request.max_answer = 1;
	CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_OK);
	CU_ASSERT_EQUAL(got.status, 201);
	DL_ASSERT_STR(dl_buf_str(sink.buf), DL_STR("raw"));
	CU_ASSERT_EQUAL(got.body->len, 0);
	CU_ASSERT_FALSE(got.is_truncated);
	request.url = request_for(arena, "/redirect").url;
	CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_OK);
	CU_ASSERT_EQUAL(sink.buf->len, 3);
	sink.has_room = false;
	request.url = request_for(arena, "/ok").url;
	CU_ASSERT_EQUAL(send_one(arena, &request, &got, &err), DL_TRY_LATER);
	dl_arena_destroy(arena);
}

struct plan {
	int to_send, sent, answered, bad;
};

static bool
plan_next(void *ctx, struct dl_arena *arena, struct dl_http_request *request,
	  void **token)
{
	struct plan *plan = ctx;

	if (plan->sent == plan->to_send)
		return false;
	*request = request_for(arena, "/ok");
	*token = (void *)(intptr_t)++plan->sent;
	return true;
}

static void
plan_done(void *ctx, void *token, enum dl_code code,
	  const struct dl_http_answer *got, const struct dl_error *err)
{
	struct plan *plan = ctx;

	(void)err;
	plan->answered++;
	if (code != DL_OK || got->status != 200 || !token)
		plan->bad++;
	if (plan->answered == 50)
		plan->to_send += 5; /* what is split comes later */
}

static void
many(void)
{
	struct plan plan = {.to_send = 100};
	const struct dl_http_source source = {
	    .arena_cap = 1 << 20,
	    .next = plan_next,
	    .done = plan_done,
	    .ctx = &plan,
	};
	int before;

	start_server();
	before = server.connections;
	dl_http_curl()->send_many(dl_http_curl()->ctx, &source, 4);
	CU_ASSERT_EQUAL(plan.answered, 105);
	CU_ASSERT_EQUAL(plan.bad, 0);
	/* Used again: 4 or fewer, and some of the tests before, late. */
	CU_ASSERT_TRUE(server.connections <= before + 20);
}

static const struct unit_test tests[] = {
    {"dead reused connection", dead_reused_connection},
    {"answers", answers},
    {"idle connection", idle_connection},
    {"headers", headers},
    {"no answer", no_answer},
    {"veto", veto},
    {"taken", taken},
    {"many", many},
};

UNIT_MAIN("http", tests)
