/* SPDX-License-Identifier: MIT */
/*
 * Memory with the lifetime of one request: bump allocation in blocks, a hard
 * cap, and clean-ups of things that are not memory (a PGresult, a json_object)
 * run in reverse order at reset, so that an early return leaks nothing.
 *
 * Not thread-safe: an arena belongs to one thread.
 */
#ifndef DL_BASE_ARENA_H
#define DL_BASE_ARENA_H

#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

struct dl_arena;

/*
 * A new arena that gives out at most cap bytes between two resets.  Never
 * NULL: a failed malloc aborts (state is in PostgreSQL and delivery is
 * idempotent, so a restart is safer than an untested branch).
 */
struct dl_arena *dl_arena_create(size_t cap);

/* Resets and frees the arena; NULL is no error. */
void dl_arena_destroy(struct dl_arena *arena);

/*
 * Runs the clean-ups, newest first, and takes back all memory but one block.
 * Every pointer into the arena is dead afterwards.
 */
void dl_arena_reset(struct dl_arena *arena);

/*
 * size bytes, zeroed, aligned for any type, valid until reset; or NULL when
 * the cap would be passed, which is the input's fault: DL_TOO_LARGE.
 * size 0 gives a pointer that must not be read.
 */
void *dl_arena_alloc(struct dl_arena *arena, size_t size)
    __attribute__((malloc, alloc_size(2)));

/* An array of n elements; NULL also when n * size overflows. */
void *dl_arena_array(struct dl_arena *arena, size_t n, size_t size);

/* A NUL-terminated copy; NULL at the cap. */
char *dl_arena_strdup(struct dl_arena *arena, const char *s);
char *dl_arena_strndup(struct dl_arena *arena, const char *s, size_t len);

/* A copy of s, with a NUL behind it that is not counted; ptr NULL at the cap.
 */
struct dl_str dl_arena_str(struct dl_arena *arena, struct dl_str s);

/* Formatted text, valid until reset; NULL at the cap. */
char *dl_arena_printf(struct dl_arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Calls fn(ptr) at reset, before any memory goes. */
void dl_arena_defer(struct dl_arena *arena, void (*fn)(void *), void *ptr);

/* Bytes given out since the last reset. */
size_t dl_arena_used(const struct dl_arena *arena);

#endif
