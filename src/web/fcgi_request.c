/* SPDX-License-Identifier: MIT */
/*
 * One FastCGI request: parameters and body in, the handler, the answer out,
 * one access line.  The line never holds the query, which may carry phones.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "web/fcgi_internal.h"
#include "web/problem.h"

/* The path is the client's; a log line needs no more of it, bytes. */
#define LOGGED_PATH_MAX 256
/* Status line and headers, bytes. */
#define HEAD_MAX 8192

/* Where an answer goes. */
struct sink {
	FCGX_Request *fcgi;
	int64_t sent; /* bytes, the head included */
};

static enum dl_code
write_bytes(struct dl_response *response, struct dl_str bytes,
	    struct dl_error *err)
{
	struct sink *sink = response->write_ctx;
	FCGX_Stream *out = sink->fcgi->out;

	while (bytes.len) {
		int n = bytes.len < INT_MAX ? (int)bytes.len : INT_MAX;

		if (FCGX_PutStr(bytes.ptr, n, out) != n)
			return dl_fail(err, DL_TRY_LATER, "http.write",
				       "the client is gone");
		sink->sent += n;
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return DL_OK;
}

/* False where the client sent less than it announced, or the arena is full. */
static bool
read_bytes(struct dl_request *request, FCGX_Stream *in, size_t len)
{
	char *body = dl_arena_alloc(request->arena, len + 1);
	size_t done = 0;

	while (body && done < len) {
		size_t rest = len - done;
		int n = FCGX_GetStr(body + done,
				    rest < INT_MAX ? (int)rest : INT_MAX, in);

		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	request->body = (struct dl_str){body, body ? len : 0};
	return body != NULL;
}

/* nginx names the length of every body; without one there is none. */
static enum dl_code
read_body(const struct dl_server *server, struct dl_request *request,
	  FCGX_Stream *in, struct dl_error *err)
{
	struct dl_str header = dl_request_header(request, "content-length");
	int64_t len = 0;

	if (header.len && (!dl_str_to_int64(header, &len) || len < 0))
		return dl_fail(err, DL_BAD_REQUEST, "http.body",
			       "Content-Length is no length");
	if ((uint64_t)len > server->max_body)
		return dl_fail(err, DL_TOO_LARGE, "http.body",
			       "%lld bytes announced", (long long)len);
	if (len && !read_bytes(request, in, (size_t)len))
		return dl_fail(err, DL_BAD_REQUEST, "http.body",
			       "the body ended early");
	return DL_OK;
}

/* Runs the handler; false where it failed with the answer half sent. */
static bool
answer(const struct dl_server *server, struct dl_request *request,
       struct dl_response *response, FCGX_Request *fcgi)
{
	struct dl_error err = {.code = DL_OK};
	enum dl_code code =
	    dl_request_init(request, request->arena, fcgi->envp, &err);

	response->request_id = request->request_id;
	response->is_head = dl_str_eq(request->method, DL_STR("HEAD"));
	dl_log_set_request_id(request->request_id);
	if (code == DL_OK)
		code = read_body(server, request, fcgi->in, &err);
	if (code == DL_OK)
		code = server->handle(server->app, request, response, &err);
	if (code == DL_OK && dl_buf_failed(response->body))
		code = dl_fail(&err, DL_INTERNAL, "http.response",
			       "the answer is too long");
	if (code == DL_OK)
		return true;
	dl_log_error(&err);
	if (response->is_streaming)
		return false;
	if (server->answer_failure)
		server->answer_failure(response, &err);
	else
		dl_problem_from_error(response, &err);
	return true;
}

static void
send_whole(struct dl_response *response)
{
	struct dl_buf *head = dl_buf_create(response->arena, HEAD_MAX);
	struct dl_error err = {.code = DL_OK};
	enum dl_code code;
	char length[24];

	if (response->content_type && response->body->len) {
		snprintf(length, sizeof(length), "%zu", response->body->len);
		dl_response_header(response, "Content-Length", length);
	}
	dl_response_head(response, head);
	code = write_bytes(response, dl_buf_str(head), &err);
	if (code == DL_OK && response->content_type && !response->is_head)
		code = write_bytes(response, dl_buf_str(response->body), &err);
	if (code != DL_OK)
		dl_log_error(&err);
}

/*
 * What was not read of the body, and its end record.  A unix socket that is
 * closed with bytes unread takes the answer back from the peer.
 */
static void
drain(FCGX_Stream *in)
{
	char bytes[8192];

	while (FCGX_GetStr(bytes, sizeof(bytes), in) > 0)
		continue;
}

/*
 * Ends an answer that failed half-way so that nobody takes it for whole.  For
 * nginx a closed connection can be an ordinary end; on a record of no known
 * version it breaks the client's connection off (measured, 1.22).
 */
static void
cut_off(FCGX_Request *fcgi)
{
	static const char bad_record[8] = {0};

	if (write(fcgi->ipcFd, bad_record, sizeof(bad_record)) < 0)
		dl_log_raw(DL_LOG_INFO, "http.write", "the client is gone");
	FCGX_Free(fcgi, 1);
}

/* The access line, and what /metrics says of it. */
static void
tell_access(const struct dl_request *request, int status, int64_t bytes,
	    int64_t started_ms)
{
	int64_t ms = dl_clock_boot_ms() - started_ms;
	struct dl_str path = request->path;

	if (path.len > LOGGED_PATH_MAX)
		path.len = LOGGED_PATH_MAX;
	dl_log(DL_LOG_INFO, "http.access", "request",
	       DL_F_STR("method", request->method), DL_F_STR("path", path),
	       DL_F_INT("status", status), DL_F_INT("ms", ms),
	       DL_F_INT("bytes", bytes));
	dl_metrics_request(status, ms);
}

void
dl_fcgi_serve(const struct dl_server *server, struct dl_arena *arena,
	      FCGX_Request *fcgi)
{
	int64_t started_ms = dl_clock_boot_ms();
	struct sink sink = {.fcgi = fcgi};
	struct dl_request request = {.arena = arena};
	struct dl_response response = {
	    .arena = arena,
	    .status = 200,
	    .body = dl_buf_create(arena, server->max_answer),
	    .write = write_bytes,
	    .write_ctx = &sink,
	};

	bool is_whole = answer(server, &request, &response, fcgi);

	drain(fcgi->in);
	/* web.reply: all is done, nobody was told. error: nobody will be. */
	if (!is_whole || DL_FAILPOINT("web.reply", NULL))
		cut_off(fcgi);
	else if (!response.is_streaming)
		send_whole(&response);
	FCGX_Finish_r(fcgi);
	tell_access(&request, response.status, sink.sent, started_ms);
	dl_log_set_request_id(NULL);
	dl_arena_reset(arena);
}
