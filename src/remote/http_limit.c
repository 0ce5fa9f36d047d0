/* SPDX-License-Identifier: MIT */
/* Whether a server takes a body of a given length, without sending one. */
#include "config.h"

#include <curl/curl.h>

#include "remote/http_internal.h"

#define EXPECT_MS  5000L
#define TIMEOUT_MS 10000L

/* Asked for the body's first piece: the server has said 100. */
static size_t
begin_body(char *to, size_t size, size_t n, void *ctx)
{
	bool *has_begun = ctx;

	(void)to;
	(void)size;
	(void)n;
	*has_begun = true;
	return CURL_READFUNC_ABORT;
}

static size_t
ignore(char *bytes, size_t size, size_t n, void *ctx)
{
	(void)bytes;
	(void)ctx;
	return size * n;
}

static CURLcode
set_up(CURL *easy, const char *url, int64_t length, struct curl_slist *headers,
       bool *has_begun)
{
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_URL, url);

	if (rc == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_POST, 1L);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				      (curl_off_t)length);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_READFUNCTION, begin_body);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_READDATA, has_begun);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_EXPECT_100_TIMEOUT_MS,
				      EXPECT_MS);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	return rc;
}

enum dl_code
dl_http_takes_body(const char *url, int64_t length, bool *takes,
		   struct dl_error *err)
{
	struct curl_slist *headers =
	    curl_slist_append(NULL, "Expect: 100-continue");
	CURL *easy = dl_http_easy_create();
	long status = 0;
	CURLcode rc;

	*takes = false;
	dl_http_set_policy(easy);
	rc = set_up(easy, url, length, headers, takes);
	if (rc == CURLE_OK)
		rc = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(easy);
	curl_slist_free_all(headers);
	if (*takes || status == 413)
		return DL_OK;
	return dl_fail(err, DL_TRY_LATER, "http.limit", "%s, HTTP %ld",
		       curl_easy_strerror(rc), status);
}
