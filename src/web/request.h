/* SPDX-License-Identifier: MIT */
/*
 * What a handler sees of an HTTP request.  Made by fcgi_server.c from the
 * FastCGI parameters and by tests from nothing; it never touches libfcgi.
 * Everything in it lives in the request's arena and dies with it.
 */
#ifndef DL_WEB_REQUEST_H
#define DL_WEB_REQUEST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "base/uuid.h"

struct dl_header {
	struct dl_str name; /* lower case, words joined by '-' */
	struct dl_str value;
};

struct dl_request {
	struct dl_arena *arena;
	struct dl_str method; /* "POST" */
	struct dl_str uri;    /* raw REQUEST_URI: path and query as sent */
	struct dl_str path;   /* the uri's part before '?', not decoded */
	struct dl_str query;  /* the part behind '?', not decoded */
	struct dl_str body;   /* whole, within the program's limit */
	struct dl_str client_ip;
	const char *request_id; /* nginx's $request_id, or one of our own */
	struct dl_header *headers;
	size_t n_headers;
};

/*
 * Fills *request from CGI parameters ("NAME=value", NULL at the end), all
 * copied into the arena; the body stays empty.  DL_TOO_LARGE at the arena's
 * cap, DL_BAD_REQUEST where there is no method or path.
 */
enum dl_code dl_request_init(struct dl_request *request, struct dl_arena *arena,
			     char *const *params,
			     struct dl_error *err) DL_MUST_CHECK;

/* The header's value, {NULL, 0} where absent; name in lower case. */
struct dl_str dl_request_header(const struct dl_request *request,
				const char *name);

/* The token of "Authorization: Bearer <token>", the scheme in any case;
 * {NULL, 0} for others. */
struct dl_str dl_request_bearer(const struct dl_request *request);

/* Whether Content-Type is application/json, with parameters or without. */
bool dl_request_is_json(const struct dl_request *request);

/*
 * The first query parameter of that name, percent-decoded ('+' is a blank)
 * into the arena.  False where absent or its escapes are malformed.
 */
bool dl_request_query(const struct dl_request *request, const char *name,
		      struct dl_str *value);

/* What a query string says of one parameter. */
enum dl_query_param {
	DL_QUERY_ABSENT,
	DL_QUERY_GIVEN,  /* once, *value is it */
	DL_QUERY_UNCLEAR /* more than once, or a malformed escape anywhere */
};

/*
 * A parameter on which so much depends that no doubt may be left: names are
 * percent-decoded too, and what can't be read is never taken for absent.
 * value as for dl_request_query().
 */
enum dl_query_param dl_request_query_once(const struct dl_request *request,
					  const char *name,
					  struct dl_str *value);

/*
 * Undoes percent-encoding into the arena; with plus_is_blank '+' as well, as
 * in a query.  False for a malformed escape and at the arena's cap.
 */
bool dl_url_decode(struct dl_arena *arena, struct dl_str raw,
		   bool plus_is_blank, struct dl_str *out);

#endif
