/* SPDX-License-Identifier: MIT */
/* UUIDs: reading, and versions 4 and 7. */
#include "config.h"

#include "base/uuid.h"

#include <ctype.h>

#include "base/crypto.h"

#define UUID_BYTES 16

static bool
is_dash_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

bool
dl_uuid_parse(struct dl_str s, struct dl_uuid *out)
{
	if (s.len != DL_UUID_MAX - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (is_dash_place(i) ? c != '-' : !isxdigit(c))
			return false;
		out->text[i] = (char)tolower(c);
	}
	out->text[s.len] = '\0';
	return true;
}

static void
write_text(const uint8_t raw[UUID_BYTES], struct dl_uuid *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < UUID_BYTES; i++) {
		if (is_dash_place(at))
			out->text[at++] = '-';
		out->text[at++] = digits[raw[i] >> 4];
		out->text[at++] = digits[raw[i] & 15];
	}
	out->text[at] = '\0';
}

/* Version and variant bits over 16 bytes (RFC 9562, 4.1 and 4.2). */
static void
stamp(uint8_t raw[UUID_BYTES], uint8_t version)
{
	raw[6] = (uint8_t)((raw[6] & 0x0f) | version << 4);
	raw[8] = (uint8_t)((raw[8] & 0x3f) | 0x80);
}

void
dl_uuid_v7(int64_t at_ms, unsigned int sequence, struct dl_uuid *out)
{
	uint8_t raw[UUID_BYTES];

	dl_random_bytes(raw, sizeof(raw));
	for (int i = 0; i < 6; i++)
		raw[i] = (uint8_t)((uint64_t)at_ms >> (40 - 8 * i));
	raw[6] = (uint8_t)(sequence >> 8);
	raw[7] = (uint8_t)sequence;
	stamp(raw, 7);
	write_text(raw, out);
}

void
dl_uuid_v4(struct dl_uuid *out)
{
	uint8_t raw[UUID_BYTES];

	dl_random_bytes(raw, sizeof(raw));
	stamp(raw, 4);
	write_text(raw, out);
}
