/* SPDX-License-Identifier: MIT */
/*
 * HTTP to other services, behind one small struct so that whoever speaks to
 * them can be tested with a fake.  It carries bytes and says what a failure
 * of the transport means; it knows no service, follows no redirect and uses
 * no proxy.
 */
#ifndef DL_REMOTE_HTTP_H
#define DL_REMOTE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum dl_http_method {
	DL_HTTP_GET,
	DL_HTTP_POST,
	DL_HTTP_PUT,
	DL_HTTP_PATCH,
	DL_HTTP_DELETE
};

/*
 * Response headers beyond this are dropped: nothing that we read comes after
 * 16 KiB of others, and a server must not fill our memory with them.
 */
#define DL_HTTP_MAX_HEADERS (16 * 1024)

struct dl_http_request {
	enum dl_http_method method;
	const char *url;            /* http or https; sent as it is written */
	const char *const *headers; /* "Name: value" each */
	size_t n_headers;
	struct dl_str body;         /* none is sent where empty, but by POST */
	int64_t connect_timeout_ms; /* name, TCP and TLS; above 0 */
	int64_t timeout_ms;         /* the whole call; above 0 */
	size_t max_answer;          /* bytes of the body that are kept */
	/*
	 * Asked once, when the connection stands and before the first byte of
	 * the request is written: false calls the whole thing off.  elapsed_ms
	 * counts from the call's begin.  NULL: always go.
	 */
	bool (*may_start)(void *ctx, int64_t elapsed_ms);
	void *may_start_ctx;
	/*
	 * Asked before each connection, which is then used for this request
	 * alone: false, and that address is not called.  NULL: any address.
	 */
	bool (*may_connect)(const struct sockaddr *address);
	/*
	 * Takes the body of an answer with a status of 2xx piece by piece, of
	 * whatever length, and none of it is kept; false calls the rest off.
	 * NULL: the body is kept, up to max_answer.
	 */
	bool (*take)(void *ctx, struct dl_str bytes);
	void *take_ctx;
};

/* In the arena of the call. */
struct dl_http_answer {
	long status;            /* 0 where there was no status line */
	struct dl_buf *headers; /* the lines, CRLF behind each */
	struct dl_buf *body;
	bool is_truncated; /* the body was longer than max_answer */
	bool was_vetoed;   /* may_start said no: nothing was written */
};

/* Requests of one run of send_many, and where their answers go. */
struct dl_http_source {
	size_t arena_cap; /* bytes that one request and its answer may take */
	/*
	 * Makes the next request in arena, which lives until done() for the
	 * same token returns.  False: none now (it is asked again after each
	 * done()).
	 */
	bool (*next)(void *ctx, struct dl_arena *arena,
		     struct dl_http_request *request, void **token);
	/* Called once a request, with what send() would have given. */
	void (*done)(void *ctx, void *token, enum dl_code code,
		     const struct dl_http_answer *answer,
		     const struct dl_error *err);
	void *ctx;
};

struct dl_http_transport {
	/*
	 * DL_OK: there is an answer, whatever its status.  DL_TRY_LATER: there
	 * is none; err->uncertain tells whether the request had begun to go
	 * out, so that it may have been obeyed.  A veto is DL_TRY_LATER with
	 * answer->was_vetoed.  DL_INTERNAL: the URL is none, or curl can't.
	 * *answer is filled in every case.
	 */
	enum dl_code (*send)(void *ctx, struct dl_arena *arena,
			     const struct dl_http_request *request,
			     struct dl_http_answer *answer,
			     struct dl_error *err);
	/*
	 * Sends what source gives until it has no more and all is done, at
	 * most max_in_flight at a time, each on a connection of its own that
	 * is used again.  NULL in a fake whose user needs none.
	 */
	void (*send_many)(void *ctx, const struct dl_http_source *source,
			  int max_in_flight);
	void *ctx;
};

/*
 * The transport that really sends, by libcurl: each thread that uses it keeps
 * one handle and its connections.  Thread-safe.  curl_global_init() must have
 * been called (dl_http_global_init).
 */
const struct dl_http_transport *dl_http_curl(void);

/* Call once from main, before any thread; aborts where libcurl is unusable. */
void dl_http_global_init(void);

/*
 * Whether url takes a POST with a body of length bytes, as its server says
 * before any of it is sent (Expect: 100-continue, else 413).  DL_TRY_LATER:
 * it says neither.
 */
enum dl_code dl_http_takes_body(const char *url, int64_t length, bool *takes,
				struct dl_error *err) DL_MUST_CHECK;

/* A header of the answer, name in any case; {NULL, 0} where absent. */
struct dl_str dl_http_header(const struct dl_http_answer *answer,
			     const char *name);

/* Empty, with its buffers in arena: what a fake starts from. */
void dl_http_answer_init(struct dl_http_answer *answer, struct dl_arena *arena,
			 size_t max_answer);

#endif
