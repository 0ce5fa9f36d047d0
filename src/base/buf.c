/* SPDX-License-Identifier: MIT */
/* The bounded buffer. */
#include "config.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"

static void
clear_deferred(void *b)
{
	dl_buf_clear(b);
}

void
dl_buf_init(struct dl_buf *b, struct dl_arena *arena, size_t max)
{
	*b = (struct dl_buf){.max = max};
	if (arena)
		dl_arena_defer(arena, clear_deferred, b);
}

static void
free_deferred(void *b)
{
	dl_buf_clear(b);
	free(b);
}

struct dl_buf *
dl_buf_create(struct dl_arena *arena, size_t max)
{
	struct dl_buf *b = dl_must(malloc(sizeof(*b)));

	dl_buf_init(b, NULL, max);
	dl_arena_defer(arena, free_deferred, b);
	return b;
}

void
dl_buf_clear(struct dl_buf *b)
{
	free(b->ptr);
	*b = (struct dl_buf){.max = b->max};
}

void
dl_buf_reset(struct dl_buf *b)
{
	b->len = 0;
	b->is_failed = false;
	if (b->ptr)
		b->ptr[0] = '\0';
}

static void
grow(struct dl_buf *b, size_t extra)
{
	size_t size = b->size ? b->size : 128;

	while (size <= b->len + extra)
		size *= 2;
	b->ptr = dl_must(realloc(b->ptr, size));
	b->size = size;
}

/* Room for extra more bytes and the NUL; false at the ceiling. */
static inline bool
reserve(struct dl_buf *b, size_t extra)
{
	if (b->is_failed || extra > b->max - b->len) {
		b->is_failed = true;
		return false;
	}
	if (b->len + extra >= b->size)
		grow(b, extra);
	return true;
}

void
dl_buf_append(struct dl_buf *b, const void *bytes, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len)
		memcpy(b->ptr + b->len, bytes, len);
	b->len += len;
	b->ptr[b->len] = '\0';
}

void
dl_buf_append_str(struct dl_buf *b, struct dl_str s)
{
	dl_buf_append(b, s.ptr, s.len);
}

void
dl_buf_append_c(struct dl_buf *b, char c)
{
	if (!reserve(b, 1))
		return;
	b->ptr[b->len++] = c;
	b->ptr[b->len] = '\0';
}

void
dl_buf_puts(struct dl_buf *b, const char *s)
{
	dl_buf_append(b, s, strlen(s));
}

void
dl_buf_append_int(struct dl_buf *b, int64_t n)
{
	char text[20]; /* a sign and 19 digits */
	size_t at = sizeof(text);
	uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do {
		text[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (n < 0)
		text[--at] = '-';
	dl_buf_append(b, text + at, sizeof(text) - at);
}

void
dl_buf_appendf(struct dl_buf *b, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0) {
		b->is_failed = true;
		return;
	}
	if (!reserve(b, (size_t)len))
		return;
	va_start(ap, fmt);
	vsnprintf(b->ptr + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
}
