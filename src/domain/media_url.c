/* SPDX-License-Identifier: MIT */
/* libcurl reads the URL, as it will when the file is fetched. */
#include "config.h"

#include "domain/media_url.h"

#include <curl/curl.h>
#include <string.h>

/* ---- the address ---- */

/* A part of a URL; "" where there is none; freed by curl_free(). */
static char *
part_of(CURLU *handle, CURLUPart part, unsigned int flags)
{
	char *text = NULL;

	if (curl_url_get(handle, part, &text, flags) != CURLUE_OK)
		return NULL;
	return text;
}

/* libcurl writes 0x7f.1 and 2130706433 as 127.0.0.1. */
static bool
is_ip_literal(struct dl_str host)
{
	if (host.ptr[0] == '[' || memchr(host.ptr, ':', host.len))
		return true;
	for (size_t i = 0; i < host.len; i++)
		if (host.ptr[i] != '.' &&
		    (host.ptr[i] < '0' || host.ptr[i] > '9'))
			return false;
	return true;
}

static bool
ends_with(struct dl_str s, struct dl_str suffix)
{
	return s.len > suffix.len &&
	       dl_str_eq_nocase(
		   (struct dl_str){s.ptr + s.len - suffix.len, suffix.len},
		   suffix);
}

static bool
is_public_name(struct dl_str host)
{
	if (host.ptr[host.len - 1] == '.')
		host.len--;
	return host.len && host.ptr[0] != '.' &&
	       memchr(host.ptr, '.', host.len) &&
	       !ends_with(host, DL_STR(".local")) &&
	       !ends_with(host, DL_STR(".localhost")) &&
	       !ends_with(host, DL_STR(".internal"));
}

static bool
is_listed(struct dl_str host, struct dl_str hosts)
{
	while (hosts.len)
		if (dl_str_eq_nocase(dl_str_trim(dl_str_cut(&hosts, ',')),
				     host))
			return true;
	return false;
}

static bool
is_host_allowed(const char *text, struct dl_str allowed_hosts)
{
	struct dl_str host = dl_str(text);

	if (!host.len || is_ip_literal(host))
		return false;
	return allowed_hosts.len ? is_listed(host, allowed_hosts)
				 : is_public_name(host);
}

/* libcurl also takes one slash and three. */
static bool
is_https(struct dl_str url)
{
	static const struct dl_str prefix = {"https://", 8};

	return url.len > prefix.len && url.ptr[prefix.len] != '/' &&
	       dl_str_eq_nocase((struct dl_str){url.ptr, prefix.len}, prefix);
}

bool
dl_media_url_is_valid(struct dl_str url, struct dl_str allowed_hosts)
{
	char text[DL_MEDIA_URL_MAX + 1];
	CURLU *handle;
	char *host, *port;
	bool is_valid = false;

	if (!is_https(url) || url.len > DL_MEDIA_URL_MAX ||
	    memchr(url.ptr, '\0', url.len) || memchr(url.ptr, '\\', url.len))
		return false;
	memcpy(text, url.ptr, url.len);
	text[url.len] = '\0';
	handle = curl_url();
	if (curl_url_set(handle, CURLUPART_URL, text, CURLU_DISALLOW_USER) ==
	    CURLUE_OK) {
		host = part_of(handle, CURLUPART_HOST, 0);
		port = part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
		is_valid = port && strcmp(port, "443") == 0 && host &&
			   is_host_allowed(host, allowed_hosts);
		curl_free(host);
		curl_free(port);
	}
	curl_url_cleanup(handle);
	return is_valid;
}

/* ---- the file's name ---- */

/* The last part of a path, whichever way its slashes lean. */
static struct dl_str
base_name(struct dl_str path)
{
	size_t from = path.len;

	if (!from)
		return path;
	while (from > 0 && path.ptr[from - 1] != '/' &&
	       path.ptr[from - 1] != '\\')
		from--;
	return (struct dl_str){path.ptr + from, path.len - from};
}

/* The url's last path part, percent-decoded, in the arena. */
static struct dl_str
url_base_name(struct dl_arena *arena, struct dl_str url)
{
	struct dl_str name = {NULL, 0};
	CURLU *handle = curl_url();
	char *text = dl_arena_strndup(arena, url.ptr, url.len);
	char *path = NULL;

	if (text && curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK)
		path = part_of(handle, CURLUPART_PATH, CURLU_URLDECODE);
	if (path)
		name = base_name(
		    dl_arena_str(arena, (struct dl_str){path, strlen(path)}));
	curl_free(path);
	curl_url_cleanup(handle);
	return name;
}

/* ".pdf" of "Tabela.PDF"; empty where Evolution would not know it. */
static struct dl_str
known_extension(struct dl_str name)
{
	static const char known[] =
	    " .jpg .jpeg .png .gif .webp .bmp .tiff .svg .heic"
	    " .mp4 .3gp .mov .m4v .mkv .avi .webm .mpeg"
	    " .mp3 .ogg .oga .opus .m4a .aac .amr .wav .flac"
	    " .pdf .doc .docx .xls .xlsx .ppt .pptx .odt .ods .odp .rtf"
	    " .txt .csv .xml .json .html .htm .md .ics .vcf .epub"
	    " .zip .rar .7z .gz .tar .apk .psd .ai .bin ";
	char padded[16] = " ";
	size_t n = 0;

	while (n < name.len && n < 8 && name.ptr[name.len - 1 - n] != '.')
		n++;
	if (!n || n == 8 || n >= name.len - 1)
		return (struct dl_str){NULL, 0};
	for (size_t i = 0; i <= n; i++) {
		char c = name.ptr[name.len - 1 - n + i];

		padded[1 + i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	padded[n + 2] = ' ';
	if (!strstr(known, padded))
		return (struct dl_str){NULL, 0};
	return (struct dl_str){name.ptr + name.len - 1 - n, n + 1};
}

struct dl_str
dl_media_file_name(struct dl_arena *arena, struct dl_str given,
		   struct dl_str url, const char *fallback_extension)
{
	struct dl_str from_url = url_base_name(arena, url);
	struct dl_str name = dl_str_trim(base_name(given));
	struct dl_str extension = known_extension(from_url);
	char *text;

	if (!name.len)
		name = dl_str_trim(from_url);
	if (!name.len)
		name = DL_STR("arquivo");
	if (known_extension(name).len)
		return dl_arena_str(arena, name);
	if (!extension.len)
		extension = dl_str(fallback_extension);
	text = dl_arena_printf(arena, "%.*s%.*s", (int)name.len, name.ptr,
			       (int)extension.len, extension.ptr);
	return dl_str(text);
}
