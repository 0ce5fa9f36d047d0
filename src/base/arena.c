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

#include "base/die.h"

#ifdef DL_ARENA_MALLOC
#define BLOCK_SIZE 0
#else
/* Holds the whole of an ordinary request; larger ones get blocks their size. */
#define BLOCK_SIZE 16384
#endif

#define ALIGNMENT sizeof(max_align_t)

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

struct dl_arena *
dl_arena_create(size_t cap)
{
	struct dl_arena *arena = dl_must(malloc(sizeof(*arena)));

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
	struct block *b = dl_must(malloc(sizeof(*b) + capacity));

	b->size = capacity;
	b->used = 0;
	b->next = arena->blocks;
	arena->blocks = b;
	return b;
}

static size_t
rounded(size_t size)
{
	return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* size bytes, whatever the cap; not zeroed. */
static void *
take(struct dl_arena *arena, size_t size)
{
	struct block *b = arena->blocks;
	void *p;

#ifdef DL_ARENA_MALLOC
	b = add_block(arena, size);
	b->size = rounded(size);
#else
	if (!b || b->size - b->used < rounded(size))
		b = add_block(arena, rounded(size));
#endif
	p = b->data + b->used;
	b->used += rounded(size);
	return p;
}

/* The same below the cap, NULL beyond it. */
static void *
give(struct dl_arena *arena, size_t size)
{
	size_t left = arena->cap - arena->used;

	if (size > left || size > SIZE_MAX - ALIGNMENT)
		return NULL;
	/* Rounding may pass the cap by a little; it never wraps below. */
	arena->used =
	    rounded(size) > left ? arena->cap : arena->used + rounded(size);
	return take(arena, size);
}

void *
dl_arena_alloc(struct dl_arena *arena, size_t size)
{
	void *p = give(arena, size);

	return p ? memset(p, 0, size) : NULL;
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
	char *copy = give(arena, len + 1);

	if (!copy)
		return NULL;
	if (len)
		memcpy(copy, s, len);
	copy[len] = '\0';
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
	/* Beside the cap: a clean-up must not fail. */
	struct deferred *d = take(arena, sizeof(*d));

	*d = (struct deferred){arena->deferred, fn, ptr};
	arena->deferred = d;
}

size_t
dl_arena_used(const struct dl_arena *arena)
{
	return arena->used;
}
