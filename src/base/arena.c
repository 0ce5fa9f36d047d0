/* SPDX-License-Identifier: MIT */
/*
 * The request arena.  With DL_ARENA_MALLOC each allocation is a block of its
 * own, so that AddressSanitizer sees an overrun of any of them.
 */
#include "config.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#ifdef DL_ARENA_MALLOC
#define BLOCK_SIZE 0
#else
/* Holds the whole of an ordinary request; larger ones get blocks their size. */
#define BLOCK_SIZE 16384
#endif

struct block {
	struct block *next;
	size_t size; /* bytes in data */
	size_t used;
	_Alignas(max_align_t) char data[];
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *);
	void *ptr;
};

struct dl_arena {
	size_t cap;
	size_t used;
	struct block *blocks; /* the newest first; only it is filled */
	struct deferred *deferred;
};

static void *
checked_malloc(size_t size)
{
	void *p = malloc(size);

	if (!p) {
		dl_log_raw(DL_LOG_CRIT, "arena", "out of memory");
		abort();
	}
	return p;
}

struct dl_arena *
dl_arena_create(size_t cap)
{
	struct dl_arena *arena = checked_malloc(sizeof(*arena));

	*arena = (struct dl_arena){.cap = cap};
	return arena;
}

static void
run_deferred(struct dl_arena *arena)
{
	while (arena->deferred) {
		struct deferred *d = arena->deferred;

		arena->deferred = d->next;
		d->fn(d->ptr);
		free(d);
	}
}

void
dl_arena_reset(struct dl_arena *arena)
{
	struct block *keep = NULL;

	run_deferred(arena);
	while (arena->blocks) {
		struct block *b = arena->blocks;

		arena->blocks = b->next;
		if (BLOCK_SIZE && !keep && b->size == BLOCK_SIZE)
			keep = b;
		else
			free(b);
	}
	if (keep) {
		keep->next = NULL;
		keep->used = 0;
	}
	arena->blocks = keep;
	arena->used = 0;
}

void
dl_arena_destroy(struct dl_arena *arena)
{
	if (!arena)
		return;
	dl_arena_reset(arena);
	free(arena->blocks);
	free(arena);
}

static struct block *
add_block(struct dl_arena *arena, size_t size)
{
	size_t capacity = size > BLOCK_SIZE ? size : BLOCK_SIZE;
	struct block *b = checked_malloc(sizeof(*b) + capacity);

	b->size = capacity;
	b->used = 0;
	b->next = arena->blocks;
	arena->blocks = b;
	return b;
}

void *
dl_arena_alloc(struct dl_arena *arena, size_t size)
{
	size_t align = sizeof(max_align_t);
	size_t rounded;
	struct block *b = arena->blocks;
	void *p;

	if (size > arena->cap - arena->used ||
	    __builtin_add_overflow(size, align - 1, &rounded))
		return NULL;
	rounded -= rounded % align;
#ifdef DL_ARENA_MALLOC
	b = add_block(arena, size);
	b->size = rounded;
#else
	if (!b || b->size - b->used < rounded)
		b = add_block(arena, rounded);
#endif
	p = b->data + b->used;
	b->used += rounded;
	/* Rounding may pass the cap by a little; it never wraps below. */
	arena->used = arena->used + rounded > arena->cap
			  ? arena->cap
			  : arena->used + rounded;
	return memset(p, 0, size);
}

void *
dl_arena_array(struct dl_arena *arena, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return dl_arena_alloc(arena, bytes);
}

char *
dl_arena_strndup(struct dl_arena *arena, const char *s, size_t len)
{
	char *copy = dl_arena_alloc(arena, len + 1);

	if (copy && len)
		memcpy(copy, s, len);
	return copy;
}

char *
dl_arena_strdup(struct dl_arena *arena, const char *s)
{
	return dl_arena_strndup(arena, s, strlen(s));
}

struct dl_str
dl_arena_str(struct dl_arena *arena, struct dl_str s)
{
	char *copy = dl_arena_strndup(arena, s.ptr, s.len);

	return (struct dl_str){copy, copy ? s.len : 0};
}

char *
dl_arena_printf(struct dl_arena *arena, const char *fmt, ...)
{
	va_list ap;
	int len;
	char *text;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return NULL;
	text = dl_arena_alloc(arena, (size_t)len + 1);
	if (!text)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}

void
dl_arena_defer(struct dl_arena *arena, void (*fn)(void *), void *ptr)
{
	struct deferred *d = checked_malloc(sizeof(*d));

	*d = (struct deferred){arena->deferred, fn, ptr};
	arena->deferred = d;
}

size_t
dl_arena_used(const struct dl_arena *arena)
{
	return arena->used;
}
