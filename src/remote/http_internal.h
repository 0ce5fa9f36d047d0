/* SPDX-License-Identifier: MIT */
/*
 * What http.c and http_many.c share: one request on one curl handle, from its
 * options to the meaning of its result.
 */
#ifndef DL_REMOTE_HTTP_INTERNAL_H
#define DL_REMOTE_HTTP_INTERNAL_H

#include <curl/curl.h>

#include "remote/http.h"

/* Stands still (its address is curl's) from begin to end. */
struct dl_http_call {
	const struct dl_http_request *request;
	struct dl_http_answer *answer;
	struct curl_slist *headers;
	int64_t began_ms; /* since boot */
	int starts;       /* times that curl was about to write the request */
	bool is_success;  /* the status line that came last is a 2xx */
	bool was_written; /* for the fault tests */
	char error[CURL_ERROR_SIZE];
};

/* A handle with nothing set; aborts where curl has no memory. */
CURL *dl_http_easy_create(void);

/* Sets every option; the handle keeps its connections. */
void dl_http_call_begin(CURL *easy, struct dl_http_call *call,
			const struct dl_http_request *request,
			struct dl_http_answer *answer);

/* Frees the call's list and says what rc means. */
enum dl_code dl_http_call_end(CURL *easy, CURLcode rc,
			      struct dl_http_call *call,
			      struct dl_error *err) DL_MUST_CHECK;

/* dl_http_transport.send_many of the real transport. */
void dl_http_curl_send_many(void *ctx, const struct dl_http_source *source,
			    int max_in_flight);

/* No redirect, no proxy, no signal: for every handle. */
void dl_http_set_policy(CURL *easy);

#endif
