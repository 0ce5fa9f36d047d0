/* SPDX-License-Identifier: MIT */
/* Destinations: taken out of a path, held against the policy. */
#include "config.h"

#include "queue/destination.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdint.h>

#include "base/buf.h"

/* A longer one would not fit into the signature's token. */
#define MAX_URL 4096

static bool
has_scheme(struct dl_str url)
{
	return dl_str_starts_with(url, DL_STR("http://")) ||
	       dl_str_starts_with(url, DL_STR("https://"));
}

/* ------------------------------------------------------- out of the path */

/* Whether the pair is an option of ours and not the destination's. */
static bool
is_ours(struct dl_str name)
{
	return dl_str_eq(name, DL_STR("qstash_token")) ||
	       dl_str_starts_with(name, DL_STR("upstash-"));
}

static size_t
count_pairs(struct dl_str query)
{
	size_t n = 0;

	while (query.ptr) {
		dl_str_cut(&query, '&');
		n++;
	}
	return n;
}

static bool
sort_pair(struct dl_arena *arena, struct dl_destination *d, struct dl_str pair,
	  struct dl_buf *url, char *separator)
{
	struct dl_str value = pair;
	struct dl_str name = dl_str_cut(&value, '=');

	if (is_ours(name)) {
		struct dl_header *option = &d->options[d->n_options++];

		option->name = name;
		return dl_url_decode(arena, value, true, &option->value);
	}
	dl_buf_append_c(url, *separator);
	dl_buf_append_str(url, pair);
	*separator = '&';
	return true;
}

bool
dl_destination_from_uri(struct dl_arena *arena, struct dl_str uri,
			struct dl_str prefix, struct dl_destination *d)
{
	struct dl_str query = {uri.ptr + prefix.len, uri.len - prefix.len};
	struct dl_str path = dl_str_cut(&query, '?');
	struct dl_buf *url = dl_buf_create(arena, uri.len);
	char separator = '?';

	*d = (struct dl_destination){
	    .options =
		dl_arena_array(arena, count_pairs(query), sizeof(*d->options)),
	};
	if (!d->options)
		return false;
	if (!has_scheme(path) && !dl_url_decode(arena, path, false, &path))
		return false;
	dl_buf_append_str(url, path);
	while (query.ptr)
		if (!sort_pair(arena, d, dl_str_cut(&query, '&'), url,
			       &separator))
			return false;
	d->url = dl_buf_str(url);
	return !dl_buf_failed(url);
}

/* ------------------------------------------------------------- addresses */

static bool
is_in(uint32_t address, uint32_t network, int bits)
{
	return (address ^ network) >> (32 - bits) == 0;
}

static enum dl_address_kind
kind_of_v4(uint32_t a)
{
	if (is_in(a, 0x7f000000, 8) || is_in(a, 0, 8))
		return DL_ADDRESS_LOOPBACK;
	if (is_in(a, 0x0a000000, 8) || is_in(a, 0xac100000, 12) ||
	    is_in(a, 0xc0a80000, 16) || is_in(a, 0xa9fe0000, 16) ||
	    is_in(a, 0x64400000, 10) || is_in(a, 0xe0000000, 3))
		return DL_ADDRESS_PRIVATE;
	return DL_ADDRESS_PUBLIC;
}

static uint32_t
last_32_bits(const struct in6_addr *a)
{
	return (uint32_t)a->s6_addr[12] << 24 | (uint32_t)a->s6_addr[13] << 16 |
	       (uint32_t)a->s6_addr[14] << 8 | a->s6_addr[15];
}

/* Carries an IPv4 address: ::ffff:0:0/96 and 64:ff9b::/96. */
static bool
is_v4_inside(const struct in6_addr *a)
{
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};

	return IN6_IS_ADDR_V4MAPPED(a) || memcmp(a, nat64, sizeof(nat64)) == 0;
}

static enum dl_address_kind
kind_of_v6(const struct in6_addr *a)
{
	if (IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_UNSPECIFIED(a))
		return DL_ADDRESS_LOOPBACK;
	if (is_v4_inside(a))
		return kind_of_v4(last_32_bits(a));
	if ((a->s6_addr[0] & 0xfe) == 0xfc || IN6_IS_ADDR_LINKLOCAL(a) ||
	    IN6_IS_ADDR_SITELOCAL(a) || IN6_IS_ADDR_MULTICAST(a))
		return DL_ADDRESS_PRIVATE;
	return DL_ADDRESS_PUBLIC;
}

enum dl_address_kind
dl_address_kind_of(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&v4, address, sizeof(v4));
		return kind_of_v4(ntohl(v4.sin_addr.s_addr));
	case AF_INET6:
		memcpy(&v6, address, sizeof(v6));
		return kind_of_v6(&v6.sin6_addr);
	default:
		return DL_ADDRESS_PRIVATE;
	}
}

/* The kind of a host as written in a URL; a name counts as public. */
static enum dl_address_kind
kind_of_host(const char *host)
{
	struct dl_str name = dl_str(host);
	struct in_addr v4;
	struct in6_addr v6;
	char text[64];

	if (dl_str_eq_nocase(name, DL_STR("localhost")) ||
	    (name.len > 10 &&
	     dl_str_eq_nocase((struct dl_str){name.ptr + name.len - 10, 10},
			      DL_STR(".localhost"))))
		return DL_ADDRESS_LOOPBACK;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return kind_of_v4(ntohl(v4.s_addr));
	if (host[0] != '[' || name.len - 2 >= sizeof(text))
		return DL_ADDRESS_PUBLIC;
	memcpy(text, host + 1, name.len - 2);
	text[name.len - 2] = '\0';
	return inet_pton(AF_INET6, text, &v6) == 1 ? kind_of_v6(&v6)
						   : DL_ADDRESS_PUBLIC;
}

/* ----------------------------------------------------------------- policy */

/* Below base: equal, or going on with a path or a query. */
static bool
is_below(struct dl_str url, struct dl_str base)
{
	if (!base.len || !dl_str_starts_with(url, base))
		return false;
	return url.len == base.len || strchr("/?#", url.ptr[base.len]);
}

/* A path that climbs may leave the base. */
static bool
climbs(struct dl_str url)
{
	return dl_str_contains(url, DL_STR("/..")) ||
	       dl_str_contains(url, DL_STR("%2e")) ||
	       dl_str_contains(url, DL_STR("%2E"));
}

bool
dl_destination_is_own(const struct dl_settings *settings, struct dl_str url)
{
	struct dl_str rest = settings->local_queue_allowed_urls;

	if (climbs(url))
		return false;
	if (is_below(url, settings->public_url) ||
	    is_below(url, settings->public_url_previous))
		return true;
	while (rest.ptr)
		if (is_below(url, dl_str_trim(dl_str_cut(&rest, ','))))
			return true;
	return false;
}

/* The host as libcurl reads it, to be freed by curl_free(); NULL for none. */
static char *
host_of(const char *url)
{
	CURLU *parsed = curl_url();
	char *host = NULL;

	if (!parsed)
		return NULL;
	if (curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		host = NULL;
	curl_url_cleanup(parsed);
	return host;
}

static bool
has_odd_byte(struct dl_str url)
{
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.ptr[i] <= ' ' || url.ptr[i] == 0x7f)
			return true;
	return false;
}

bool
dl_destination_check(struct dl_arena *arena, const struct dl_settings *settings,
		     struct dl_str url, const char **fault)
{
	const char *text = dl_arena_strndup(arena, url.ptr, url.len);
	enum dl_address_kind kind;
	char *host;
	bool is_own;

	*fault = "invalid destination url: endpoint has invalid scheme, add "
		 "http:// or https://";
	if (!text || !has_scheme(url))
		return false;
	*fault = "invalid destination url: endpoint is not a valid url";
	if (url.len > MAX_URL || has_odd_byte(url))
		return false;
	host = host_of(text);
	if (!host)
		return false;
	is_own = dl_destination_is_own(settings, url);
	kind = is_own ? DL_ADDRESS_PUBLIC : kind_of_host(host);
	if (kind != DL_ADDRESS_PUBLIC)
		*fault = dl_arena_printf(
		    arena,
		    "invalid destination url: endpoint resolves to a %s "
		    "address: %s",
		    kind == DL_ADDRESS_LOOPBACK ? "loopback" : "private", host);
	curl_free(host);
	if (kind != DL_ADDRESS_PUBLIC)
		return false;
	*fault = "invalid destination url: local-queue delivers below "
		 "PUBLIC_URL and LOCAL_QUEUE_ALLOWED_URLS only, unless "
		 "LOCAL_QUEUE_ALLOW_PUBLIC=on";
	return is_own || settings->local_queue_allow_public;
}
