/* SPDX-License-Identifier: MIT */
/* The file name that Evolution takes the MIME type from. */
#include "config.h"

#include <string.h>

#include "remote/evolution.h"

/* Long enough for any name that a phone shows. */
#define NAME_MAX_BYTES 200

/* Extensions that the mime-types package knows, of what people send. */
static const char *const known[] = {
    "jpg",  "jpeg", "png", "gif",  "webp", "bmp",  "heic", "svg",   "tif",
    "tiff", "mp4",  "m4v", "mov",  "3gp",  "avi",  "mkv",  "webm",  "mpeg",
    "mpg",  "mp3",  "ogg", "oga",  "opus", "m4a",  "aac",  "wav",   "amr",
    "flac", "pdf",  "doc", "docx", "xls",  "xlsx", "ppt",  "pptx",  "odt",
    "ods",  "odp",  "txt", "csv",  "rtf",  "xml",  "json", "html",  "zip",
    "rar",  "7z",   "gz",  "apk",  "epub", "ics",  "vcf",  "pkpass"};

/* What follows the last '.', empty where none of it is known. */
static struct dl_str
known_extension(struct dl_str name)
{
	size_t at = name.len;

	while (at && name.ptr[at - 1] != '.')
		at--;
	struct dl_str end = {name.ptr ? name.ptr + at : NULL, name.len - at};

	for (size_t i = 0; at && i < sizeof(known) / sizeof(known[0]); i++)
		if (dl_str_eq_nocase(end, dl_str(known[i])))
			return end;
	return DL_STR("");
}

/* The last part of the path of a URL. */
static struct dl_str
url_name(struct dl_str url)
{
	struct dl_str path = url;
	struct dl_str part;

	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] == '?' || path.ptr[i] == '#')
			path.len = i;
	/* Behind "https://" the first part is the host. */
	for (int i = 0; i < 3 && path.ptr; i++)
		dl_str_cut(&path, '/');
	for (part = DL_STR(""); path.ptr;)
		part = dl_str_cut(&path, '/');
	return part;
}

static const char *
default_extension(struct dl_str type)
{
	if (dl_str_eq(type, DL_STR("imagem")))
		return "jpg";
	return dl_str_eq(type, DL_STR("video")) ? "mp4" : "pdf";
}

/* A path part written plainly: escapes and separators become '_'. */
static char *
plain(struct dl_arena *arena, struct dl_str name)
{
	char *out;

	if (name.len > NAME_MAX_BYTES) {
		name.len = NAME_MAX_BYTES;
		/* Not in the middle of a character. */
		while (name.len &&
		       ((unsigned char)name.ptr[name.len] & 0xc0) == 0x80)
			name.len--;
	}
	out = dl_arena_strndup(arena, name.ptr ? name.ptr : "", name.len);
	for (char *c = out; c && *c; c++)
		if (strchr("%/\\\"<>:|?*", *c) || (unsigned char)*c < 0x20)
			*c = '_';
	return out;
}

const char *
dl_evolution_file_name(struct dl_arena *arena, struct dl_str type,
		       struct dl_str file_name, struct dl_str media_url)
{
	struct dl_str from_url = url_name(media_url);
	struct dl_str base = file_name.len ? file_name : from_url;
	struct dl_str extension = known_extension(base);
	const char *name = plain(arena, base);

	if (extension.len && base.len <= NAME_MAX_BYTES)
		return name;
	if (!extension.len)
		extension = known_extension(from_url);
	if (!extension.len)
		extension = dl_str(default_extension(type));
	return dl_arena_printf(arena, "%s.%.*s", *name ? name : "arquivo",
			       (int)extension.len, extension.ptr);
}
