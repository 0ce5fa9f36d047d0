/* SPDX-License-Identifier: MIT */
/* What becomes of the media of a call. */
#include "config.h"

#include "media.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "message.h"
#include "validate.h"

/* The last part of an address's path, without a query. */
static void
last_part(const char *url, char out[256])
{
	size_t len = strcspn(url, "?#");
	size_t at = len;

	while (at && url[at - 1] != '/')
		at--;
	snprintf(out, 256, "%.*s", (int)(len - at), url + at);
}

static bool
begins(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* "http://host:9/x" -> "host:9". */
static void
authority(const char *url, char out[256])
{
	const char *start = strstr(url, "://");

	start = start ? start + 3 : url;
	snprintf(out, 256, "%.*s", (int)strcspn(start, "/?#"), start);
}

/* Audio goes through axios and passes the host's own status on. */
static void
refuse_audio(const char *part, const char *host, struct sim_answer *answer)
{
	char text[512];
	int status = (int)strtol(part, NULL, 10);

	if (status >= 400)
		snprintf(text, sizeof(text),
			 "Request failed with status code %d", status);
	else if (begins(part, "dns"))
		snprintf(text, sizeof(text), "getaddrinfo ENOTFOUND %s", host);
	else
		snprintf(text, sizeof(text), "connect ECONNREFUSED %s", host);
	sim_refuse_bare(answer, status >= 400 ? status : 500,
			"Internal Server Error", text);
}

static void
refuse_image(const char *part, const char *host, struct sim_answer *answer)
{
	int status = (int)strtol(part, NULL, 10);

	if (status >= 400)
		sim_refuse(answer, 500,
			   "AxiosError: Request failed with status code %d",
			   status);
	else if (begins(part, "dns"))
		sim_refuse(answer, 500, "Error: getaddrinfo ENOTFOUND %s",
			   host);
	else
		sim_refuse(answer, 500, "Error: connect ECONNREFUSED %s", host);
}

static void
refuse_stream(const char *part, const char *url, struct sim_answer *answer)
{
	if (strtol(part, NULL, 10) >= 400)
		sim_refuse(answer, 500, "Error: Failed to fetch stream from %s",
			   url);
	else
		sim_refuse(answer, 500, "TypeError: fetch failed");
}

/* False where the address would not have given the file. */
static bool
fetch(const char *mediatype, bool is_voice, const char *url,
      struct sim_answer *answer)
{
	char part[256];
	char host[256];
	long status;

	last_part(url, part);
	authority(url, host);
	status = strtol(part, NULL, 10);
	if (!(status >= 400 && status <= 599) && !begins(part, "refused.") &&
	    !begins(part, "dns."))
		return true;
	if (begins(part, "dns."))
		host[strcspn(host, ":")] = '\0';
	if (is_voice)
		refuse_audio(part, host, answer);
	else if (strcmp(mediatype, "image") == 0)
		refuse_image(part, host, answer);
	else
		refuse_stream(part, url, answer);
	return false;
}

/* False for a file that can't be used as what it should be. */
static bool
convert(const char *mediatype, const char *url, struct sim_answer *answer)
{
	char part[256];

	last_part(url, part);
	if (begins(part, "upload-failed.")) {
		sim_refuse(answer, 500,
			   "Error: Media upload failed on all hosts");
		return false;
	}
	if (strcmp(mediatype, "image") != 0)
		return true;
	if (begins(part, "not-an-image."))
		sim_refuse(answer, 500,
			   "Error: Input buffer contains unsupported image "
			   "format");
	else if (begins(part, "empty."))
		sim_refuse(answer, 500, "Error: Input Buffer is empty");
	else
		return true;
	return false;
}

/* Between the last '/' that stands before a dot, and the first dot after. */
static char *
name_from_url(const char *url)
{
	char name[256];
	const char *at = url + strlen(url);

	while (at > url) {
		at--;
		if (*at == '/' && strlen(at) > 2 && strchr(at + 2, '.')) {
			snprintf(name, sizeof(name), "%.*s",
				 (int)(strchr(at + 2, '.') - at - 1), at + 1);
			return sim_strdup(name);
		}
	}
	return sim_strdup("file");
}

static char *
choose_file_name(const struct sim_request *request, const char *mediatype,
		 const char *media)
{
	const char *given = sim_body_text(request->body, "fileName");

	if (given)
		return sim_strdup(given);
	if (request->file_name)
		return sim_strdup(request->file_name);
	if (strcmp(mediatype, "document") == 0)
		return name_from_url(media);
	return sim_strdup(strcmp(mediatype, "image") == 0 ? "image.jpg"
							  : "video.mp4");
}

/* An invented length for an address, the true one otherwise. */
static int64_t
length_of(const struct sim_request *request, const char *media, bool is_url)
{
	char part[256];
	uint8_t hash[DL_SHA256_LEN];
	size_t len = media ? strlen(media) : 0;

	if (request->file_name)
		return request->file_length;
	if (!is_url)
		return (int64_t)(len / 4 * 3) - (media[len - 1] == '=') -
		       (media[len - 2] == '=');
	last_part(media, part);
	if (begins(part, "corrupt."))
		return 0;
	dl_sha256(dl_str(media), hash);
	return 1000 + hash[0] * 256 + hash[1];
}

static void
describe(const struct sim_request *request, const char *mediatype,
	 bool is_voice, const char *media, bool is_url, struct sim_send *send)
{
	char type[32];

	snprintf(type, sizeof(type), "%sMessage", mediatype);
	send->type = sim_strdup(type);
	send->media = sim_strdup(request->file_name ? "file"
				 : is_url           ? media
						    : "base64");
	send->file_length = length_of(request, media, is_url);
	if (is_voice || strcmp(mediatype, "audio") == 0) {
		send->mimetype = sim_strdup("audio/ogg; codecs=opus");
		return;
	}
	send->file_name = choose_file_name(request, mediatype, media);
	/* An image is made a JPEG whatever it was. */
	send->mimetype = sim_strdup(strcmp(mediatype, "image") == 0
					? "image/jpeg"
					: sim_mimetype_of(send->file_name));
}

bool
sim_media_take(const struct sim_request *request, const char *mediatype,
	       const char *media, struct sim_send *send,
	       struct sim_answer *answer)
{
	bool is_voice = strcmp(mediatype, "voice") == 0;
	bool is_url = media && sim_is_url(media);

	if (is_url && !request->file_name &&
	    (!fetch(mediatype, is_voice, media, answer) ||
	     !convert(mediatype, media, answer)))
		return false;
	describe(request, is_voice ? "audio" : mediatype, is_voice, media,
		 is_url, send);
	return true;
}
