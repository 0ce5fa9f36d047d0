/* SPDX-License-Identifier: MIT */
/* The text of a file whose encoding nobody wrote down. */
#include "config.h"

#include <string.h>
#include <utf8proc.h>

#include "cli/contacts.h"

/* Windows-1252's 0x80 to 0x9f; 0 where it has nothing. */
static const uint16_t windows[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
    0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static bool
is_utf8(struct dl_str text)
{
	size_t at = 0;

	while (at < text.len) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n =
		    utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at,
				     (utf8proc_ssize_t)(text.len - at), &c);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static struct dl_str
from_windows(struct dl_arena *arena, struct dl_str bytes)
{
	/* A byte becomes three at most. */
	struct dl_buf *out = dl_buf_create(arena, 3 * bytes.len + 1);

	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t byte = (uint8_t)bytes.ptr[i];
		utf8proc_uint8_t encoded[4];
		utf8proc_int32_t c = byte;

		if (byte >= 0x80 && byte < 0xa0)
			c = windows[byte - 0x80] ? windows[byte - 0x80] : ' ';
		dl_buf_append(out, encoded,
			      (size_t)utf8proc_encode_char(c, encoded));
	}
	return dl_buf_str(out);
}

const char *
cli_decode(struct dl_arena *arena, struct dl_str bytes, struct dl_str *text)
{
	*text = bytes;
	if (dl_str_starts_with(bytes, DL_STR("\xff\xfe")) ||
	    dl_str_starts_with(bytes, DL_STR("\xfe\xff")))
		return "o arquivo está em UTF-16; salve-o como CSV UTF-8";
	if (bytes.len >= 4 && memcmp(bytes.ptr, "PK\3\4", 4) == 0)
		return "o arquivo é uma planilha (XLSX); salve-o como CSV";
	if (bytes.len && memchr(bytes.ptr, '\0', bytes.len))
		return "o arquivo tem bytes nulos; não é um CSV";
	if (dl_str_starts_with(bytes, DL_STR("\xef\xbb\xbf"))) {
		text->ptr += 3;
		text->len -= 3;
	}
	if (!is_utf8(*text))
		*text = from_windows(arena, *text);
	return NULL;
}
