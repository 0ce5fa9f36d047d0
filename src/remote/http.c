/* SPDX-License-Identifier: MIT */
/*
 * The HTTP client on libcurl: one request on one handle.  The only place that
 * maps curl's results to enum dl_code.  Running several at once is
 * http_many.c's.
 */
#include "config.h"

#include "remote/http.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/failpoint.h"
#include "remote/http_internal.h"

/*
 * Node closes a connection after 5 s without a request: one that is used at
 * that very moment carries a request whose fate nobody knows.
 */
#define MAX_IDLE_S 3

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t easy_key; /* this thread's CURL handle */

void
dl_http_global_init(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		dl_die("http", "libcurl can't be initialised");
}

void
dl_http_answer_init(struct dl_http_answer *answer, struct dl_arena *arena,
		    size_t max_answer)
{
	*answer = (struct dl_http_answer){
	    .headers = dl_buf_create(arena, DL_HTTP_MAX_HEADERS),
	    .body = dl_buf_create(arena, max_answer),
	};
}

struct dl_str
dl_http_header(const struct dl_http_answer *answer, const char *name)
{
	struct dl_str rest = dl_buf_str(answer->headers);

	while (rest.ptr) {
		struct dl_str line = dl_str_cut(&rest, '\n');
		struct dl_str value = line;
		struct dl_str got = dl_str_cut(&value, ':');

		if (value.ptr && dl_str_eq_nocase(got, dl_str(name)))
			return dl_str_trim(value);
	}
	return (struct dl_str){NULL, 0};
}

/* ------------------------------------------------------------ failpoints */

#ifdef DL_FAILPOINTS

/* Whom a request is for, as the steps http.* name it. */
static const char *
whom(const struct dl_http_request *request)
{
	if (strstr(request->url, "/message/send"))
		return "evolution";
	if (strstr(request->url, "/v2/"))
		return "queue";
	if (strstr(request->url, "/process-message"))
		return "delivery";
	return "other";
}

/* http.written.WHOM: the request is written, its answer not yet read. */
static int
on_progress(void *ctx, curl_off_t down_total, curl_off_t down,
	    curl_off_t up_total, curl_off_t up)
{
	struct dl_http_call *call = ctx;

	(void)down_total;
	if (!call->starts || call->was_written || up_total == 0 ||
	    up < up_total || down > 0)
		return 0;
	call->was_written = true;
	return DL_FAILPOINT("http.written", whom(call->request));
}

#endif

/* ----------------------------------------------------------- curl's calls */

static size_t
take_body(char *bytes, size_t one, size_t n, void *ctx)
{
	struct dl_http_call *call = ctx;
	struct dl_buf *body = call->answer->body;
	size_t room = body->max - body->len;

	(void)one;
	if (call->request->take && call->is_success)
		return call->request->take(call->request->take_ctx,
					   (struct dl_str){bytes, n})
			   ? n
			   : 0;
	dl_buf_append(body, bytes, n < room ? n : room);
	if (n <= room)
		return n;
	call->answer->is_truncated = true;
	return 0; /* CURLE_WRITE_ERROR: enough was seen */
}

static size_t
take_header(char *bytes, size_t one, size_t n, void *ctx)
{
	struct dl_http_call *call = ctx;
	struct dl_str line = {bytes, n};
	struct dl_str status = line;

	(void)one;
	if (dl_str_starts_with(line, DL_STR("HTTP/"))) {
		dl_buf_reset(call->answer->headers); /* after a 1xx */
		dl_str_cut(&status, ' ');
		call->is_success = dl_str_starts_with(status, DL_STR("2"));
	} else if (!dl_buf_failed(call->answer->headers))
		dl_buf_append_str(call->answer->headers, line);
	return n;
}

/*
 * libcurl sends a request again by itself when a reused connection turns out
 * dead, a POST too: the second start of one call is therefore its end.
 */
static int
before_request(void *ctx, char *remote_ip, char *local_ip, int remote_port,
	       int local_port)
{
	struct dl_http_call *call = ctx;
	const struct dl_http_request *request = call->request;
	int64_t elapsed_ms = dl_clock_boot_ms() - call->began_ms;

	(void)remote_ip;
	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	if (call->starts)
		return CURL_PREREQFUNC_ABORT;
	if (request->may_start &&
	    !request->may_start(request->may_start_ctx, elapsed_ms)) {
		call->answer->was_vetoed = true;
		return CURL_PREREQFUNC_ABORT;
	}
	if (DL_FAILPOINT("http.before", whom(request)))
		return CURL_PREREQFUNC_ABORT;
	call->starts = 1;
	return CURL_PREREQFUNC_OK;
}

static curl_socket_t
open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	const struct dl_http_call *call = ctx;

	(void)purpose;
	if (!call->request->may_connect(&address->addr))
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
		      address->protocol);
}

/* --------------------------------------------------------------- one call */

CURL *
dl_http_easy_create(void)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		dl_die("http", "curl_easy_init failed");
	return easy;
}

/* No memory is the one failure of the options that stand below. */
#define SET(easy, option, value)                                               \
	do {                                                                   \
		if (curl_easy_setopt((easy), (option), (value)) != CURLE_OK)   \
			dl_die("http", "curl_easy_setopt failed: " #option);   \
	} while (0)

void
dl_http_set_policy(CURL *easy)
{
	SET(easy, CURLOPT_NOSIGNAL, 1L);
	SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
	SET(easy, CURLOPT_MAXAGE_CONN, (long)MAX_IDLE_S);
	SET(easy, CURLOPT_PROXY, "");
	SET(easy, CURLOPT_PATH_AS_IS, 1L);
	SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(easy, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
}

static void
set_method(CURL *easy, const struct dl_http_request *request)
{
	static const char *const names[] = {[DL_HTTP_GET] = "GET",
					    [DL_HTTP_POST] = "POST",
					    [DL_HTTP_PUT] = "PUT",
					    [DL_HTTP_PATCH] = "PATCH",
					    [DL_HTTP_DELETE] = "DELETE"};

	if (request->method != DL_HTTP_POST)
		SET(easy, CURLOPT_CUSTOMREQUEST, names[request->method]);
	if (request->method != DL_HTTP_POST && !request->body.len)
		return;
	SET(easy, CURLOPT_POST, 1L);
	SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
	SET(easy, CURLOPT_POSTFIELDS,
	    request->body.ptr ? request->body.ptr : "");
}

static void
add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (!longer)
		dl_die("http", "curl_slist_append failed");
	*list = longer;
}

static void
set_headers(CURL *easy, struct dl_http_call *call)
{
	/* A body is never held back until the server says 100. */
	add_header(&call->headers, "Expect:");
	for (size_t i = 0; i < call->request->n_headers; i++)
		add_header(&call->headers, call->request->headers[i]);
	SET(easy, CURLOPT_HTTPHEADER, call->headers);
}

static void
set_callbacks(CURL *easy, struct dl_http_call *call)
{
	SET(easy, CURLOPT_WRITEFUNCTION, take_body);
	SET(easy, CURLOPT_WRITEDATA, call);
	SET(easy, CURLOPT_HEADERFUNCTION, take_header);
	SET(easy, CURLOPT_HEADERDATA, call);
	SET(easy, CURLOPT_PREREQFUNCTION, before_request);
	SET(easy, CURLOPT_PREREQDATA, call);
	SET(easy, CURLOPT_ERRORBUFFER, call->error);
#ifdef DL_FAILPOINTS
	SET(easy, CURLOPT_NOPROGRESS, 0L);
	SET(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(easy, CURLOPT_XFERINFODATA, call);
#endif
}

/* A kept connection was perhaps allowed for another URL of the same host. */
static void
set_guard(CURL *easy, struct dl_http_call *call)
{
	SET(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(easy, CURLOPT_OPENSOCKETDATA, call);
	SET(easy, CURLOPT_FRESH_CONNECT, 1L);
	SET(easy, CURLOPT_FORBID_REUSE, 1L);
}

void
dl_http_call_begin(CURL *easy, struct dl_http_call *call,
		   const struct dl_http_request *request,
		   struct dl_http_answer *answer)
{
	assert(request->connect_timeout_ms > 0 && request->timeout_ms > 0);
	*call = (struct dl_http_call){
	    .request = request,
	    .answer = answer,
	    .began_ms = dl_clock_boot_ms(),
	};
	curl_easy_reset(easy);
	dl_http_set_policy(easy);
	set_method(easy, request);
	set_headers(easy, call);
	set_callbacks(easy, call);
	if (request->may_connect)
		set_guard(easy, call);
	SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
	SET(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
	SET(easy, CURLOPT_URL, request->url);
}

/* The request itself is at fault, today and tomorrow. */
static bool
is_our_fault(CURLcode rc)
{
	return rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL ||
	       rc == CURLE_BAD_FUNCTION_ARGUMENT || rc == CURLE_NOT_BUILT_IN;
}

static enum dl_code
explain(CURLcode rc, const struct dl_http_call *call, struct dl_error *err)
{
	const char *text =
	    call->error[0] ? call->error : curl_easy_strerror(rc);
	enum dl_code code = is_our_fault(rc) ? DL_INTERNAL : DL_TRY_LATER;

	if (call->answer->was_vetoed)
		text = "called off before the first byte";
	dl_fail(err, code, "http.send", "%s", text);
	if (err) {
		err->sys = (int)rc;
		err->http_status = call->answer->status;
		err->uncertain = call->starts > 0;
	}
	return code;
}

enum dl_code
dl_http_call_end(CURL *easy, CURLcode rc, struct dl_http_call *call,
		 struct dl_error *err)
{
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &call->answer->status);
	/* Nothing in the handle may point into what dies with the call. */
	curl_easy_reset(easy);
	curl_slist_free_all(call->headers);
	call->headers = NULL;
	/* http.done.WHOM: the answer was read. error: it was lost. */
	if (DL_FAILPOINT("http.done", whom(call->request)))
		rc = CURLE_RECV_ERROR;
	if (rc == CURLE_OK ||
	    (rc == CURLE_WRITE_ERROR && call->answer->is_truncated))
		return DL_OK;
	return explain(rc, call, err);
}

/* ---------------------------------------------------------- the transport */

static void
make_key(void)
{
	if (pthread_key_create(&easy_key, curl_easy_cleanup) != 0)
		dl_die("http", "pthread_key_create failed");
}

static CURL *
easy_of_thread(void)
{
	CURL *easy;

	pthread_once(&key_once, make_key);
	easy = pthread_getspecific(easy_key);
	if (!easy) {
		easy = dl_http_easy_create();
		if (pthread_setspecific(easy_key, easy) != 0)
			dl_die("http", "pthread_setspecific failed");
	}
	return easy;
}

static enum dl_code
curl_send(void *ctx, struct dl_arena *arena,
	  const struct dl_http_request *request, struct dl_http_answer *answer,
	  struct dl_error *err)
{
	CURL *easy = easy_of_thread();
	struct dl_http_call call;

	(void)ctx;
	dl_http_answer_init(answer, arena, request->max_answer);
	dl_http_call_begin(easy, &call, request, answer);
	return dl_http_call_end(easy, curl_easy_perform(easy), &call, err);
}

const struct dl_http_transport *
dl_http_curl(void)
{
	static const struct dl_http_transport transport = {
	    .send = curl_send,
	    .send_many = dl_http_curl_send_many,
	    .ctx = NULL,
	};

	return &transport;
}
