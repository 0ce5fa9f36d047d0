/* SPDX-License-Identifier: MIT */
/* CGI parameters into a request, and what handlers look up in it. */
#include "config.h"

#include "web/request.h"

#include <ctype.h>
#include <string.h>

/* nginx's $request_id has 32 characters, a UUID 36. */
#define REQUEST_ID_MAX 64

static struct dl_str
param(char *const *params, const char *name)
{
	size_t len = strlen(name);

	for (; *params; params++)
		if (strncmp(*params, name, len) == 0 && (*params)[len] == '=')
			return dl_str(*params + len + 1);
	return (struct dl_str){NULL, 0};
}

/* Ours only where nginx gave none: a client must not write into our log. */
static const char *
choose_request_id(struct dl_arena *arena, struct dl_str given)
{
	struct dl_uuid own;
	bool is_good = given.len > 0 && given.len <= REQUEST_ID_MAX;

	for (size_t i = 0; is_good && i < given.len; i++)
		is_good =
		    isalnum((unsigned char)given.ptr[i]) || given.ptr[i] == '-';
	if (is_good)
		return dl_arena_strndup(arena, given.ptr, given.len);
	dl_uuid_v4(&own);
	return dl_arena_strdup(arena, own.text);
}

/*
 * The header that a parameter carries; {NULL, 0} for one that is none, and for
 * the second form in which nginx hands over these two.
 */
static struct dl_str
header_name(struct dl_str param_name)
{
	if (dl_str_eq(param_name, DL_STR("CONTENT_TYPE")) ||
	    dl_str_eq(param_name, DL_STR("CONTENT_LENGTH")))
		return param_name;
	if (dl_str_starts_with(param_name, DL_STR("HTTP_")) &&
	    !dl_str_eq(param_name, DL_STR("HTTP_CONTENT_TYPE")) &&
	    !dl_str_eq(param_name, DL_STR("HTTP_CONTENT_LENGTH")))
		return (struct dl_str){param_name.ptr + 5, param_name.len - 5};
	return (struct dl_str){NULL, 0};
}

static struct dl_str
lower_case(struct dl_arena *arena, struct dl_str name)
{
	char *copy = dl_arena_strndup(arena, name.ptr, name.len);

	if (!copy)
		return (struct dl_str){NULL, 0};
	for (size_t i = 0; i < name.len; i++)
		copy[i] = copy[i] == '_'
			      ? '-'
			      : (char)tolower((unsigned char)copy[i]);
	return (struct dl_str){copy, name.len};
}

static bool
copy_headers(struct dl_request *request, char *const *params)
{
	size_t n = 0;

	while (params[n])
		n++;
	request->headers =
	    dl_arena_array(request->arena, n, sizeof(*request->headers));
	if (!request->headers)
		return false;
	for (; *params; params++) {
		struct dl_str value = dl_str(*params);
		struct dl_str name = header_name(dl_str_cut(&value, '='));
		struct dl_header *h = &request->headers[request->n_headers];

		if (!name.len || !value.ptr)
			continue;
		h->name = lower_case(request->arena, name);
		h->value = dl_arena_str(request->arena, value);
		if (!h->name.ptr || !h->value.ptr)
			return false;
		request->n_headers++;
	}
	return true;
}

enum dl_code
dl_request_init(struct dl_request *request, struct dl_arena *arena,
		char *const *params, struct dl_error *err)
{
	struct dl_str rest;

	*request = (struct dl_request){
	    .arena = arena,
	    .method = dl_arena_str(arena, param(params, "REQUEST_METHOD")),
	    .uri = dl_arena_str(arena, param(params, "REQUEST_URI")),
	    .client_ip = dl_arena_str(arena, param(params, "REMOTE_ADDR")),
	    .request_id = choose_request_id(arena, param(params, "REQUEST_ID")),
	    .body = DL_STR(""),
	};
	rest = request->uri;
	request->path = dl_str_cut(&rest, '?');
	request->query = rest;
	if (!request->request_id || !copy_headers(request, params))
		return dl_fail(err, DL_TOO_LARGE, "http.request",
			       "the headers do not fit");
	if (!request->method.len || !request->path.len)
		return dl_fail(err, DL_BAD_REQUEST, "http.request",
			       "no method or no path");
	return DL_OK;
}

struct dl_str
dl_request_header(const struct dl_request *request, const char *name)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (dl_str_eq(request->headers[i].name, dl_str(name)))
			return request->headers[i].value;
	return (struct dl_str){NULL, 0};
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
dl_url_decode(struct dl_arena *arena, struct dl_str raw, bool plus_is_blank,
	      struct dl_str *out)
{
	char *text = dl_arena_alloc(arena, raw.len + 1);
	size_t len = 0;

	if (!text)
		return false;
	for (size_t i = 0; i < raw.len; i++) {
		char c = raw.ptr[i];

		if (c == '%') {
			int high =
			    i + 2 < raw.len ? hex_digit(raw.ptr[i + 1]) : -1;
			int low = high < 0 ? -1 : hex_digit(raw.ptr[i + 2]);

			if (low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		text[len++] = c;
	}
	*out = (struct dl_str){text, len};
	return true;
}

struct dl_str
dl_request_bearer(const struct dl_request *request)
{
	struct dl_str rest =
	    dl_str_trim(dl_request_header(request, "authorization"));
	struct dl_str scheme = dl_str_cut(&rest, ' ');

	if (!dl_str_eq_nocase(scheme, DL_STR("bearer")))
		return (struct dl_str){NULL, 0};
	return dl_str_trim(rest);
}

bool
dl_request_is_json(const struct dl_request *request)
{
	struct dl_str value = dl_request_header(request, "content-type");
	struct dl_str type = dl_str_trim(dl_str_cut(&value, ';'));

	return dl_str_eq_nocase(type, DL_STR("application/json"));
}

bool
dl_request_query(const struct dl_request *request, const char *name,
		 struct dl_str *value)
{
	struct dl_str rest = request->query;

	while (rest.ptr) {
		struct dl_str pair_value = dl_str_cut(&rest, '&');
		struct dl_str key = dl_str_cut(&pair_value, '=');

		if (dl_str_eq(key, dl_str(name)))
			return dl_url_decode(request->arena, pair_value, true,
					     value);
	}
	return false;
}

enum dl_query_param
dl_request_query_once(const struct dl_request *request, const char *name,
		      struct dl_str *value)
{
	struct dl_str rest = request->query;
	enum dl_query_param found = DL_QUERY_ABSENT;

	while (rest.ptr) {
		struct dl_str raw_value = dl_str_cut(&rest, '&');
		struct dl_str raw_key = dl_str_cut(&raw_value, '=');
		struct dl_str key, decoded;

		if (!dl_url_decode(request->arena, raw_key, true, &key) ||
		    !dl_url_decode(request->arena, raw_value, true, &decoded))
			return DL_QUERY_UNCLEAR;
		if (!dl_str_eq(key, dl_str(name)))
			continue;
		if (found == DL_QUERY_GIVEN)
			return DL_QUERY_UNCLEAR;
		found = DL_QUERY_GIVEN;
		*value = decoded;
	}
	return found;
}
