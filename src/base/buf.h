/* SPDX-License-Identifier: MIT */
/*
 * A growing buffer with a stated ceiling.  Appending past it, or past a sign
 * of trouble, does nothing; one test of dl_buf_failed() at the end suffices
 * (the habit of libpq's PQExpBuffer).  The bytes are heap memory and always
 * followed by a NUL that is not counted.
 *
 * Not thread-safe.
 */
#ifndef DL_BASE_BUF_H
#define DL_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct dl_buf {
	char *ptr;   /* NULL until the first append */
	size_t len;  /* bytes, without the NUL */
	size_t max;  /* ceiling of len */
	size_t size; /* allocated */
	bool
	    is_failed; /* the ceiling was met; len stands at the last success */
};

/*
 * Makes b an empty buffer of at most max bytes.  With an arena its memory
 * goes at the arena's reset, and b itself must live as long (it may stand in
 * the arena or in the caller's frame when that outlives the reset); without
 * one the caller ends it with dl_buf_clear().
 */
void dl_buf_init(struct dl_buf *b, struct dl_arena *arena, size_t max);

/* A buffer in the arena itself: no lifetime to think about.  Never NULL. */
struct dl_buf *dl_buf_create(struct dl_arena *arena, size_t max);

/* Frees the bytes; b may be used again, with the same ceiling. */
void dl_buf_clear(struct dl_buf *b);

/* Forgets the content and the failure, keeps the memory. */
void dl_buf_reset(struct dl_buf *b);

void dl_buf_append(struct dl_buf *b, const void *bytes, size_t len);
void dl_buf_append_str(struct dl_buf *b, struct dl_str s);
void dl_buf_append_c(struct dl_buf *b, char c);
/* A NUL-terminated string. */
void dl_buf_puts(struct dl_buf *b, const char *s);
/* n in decimal digits, as "%" PRId64 has it. */
void dl_buf_append_int(struct dl_buf *b, int64_t n);
void dl_buf_appendf(struct dl_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static inline bool
dl_buf_failed(const struct dl_buf *b)
{
	return b->is_failed;
}

/* What stands in b, until the next append, clear or reset. */
static inline struct dl_str
dl_buf_str(const struct dl_buf *b)
{
	return (struct dl_str){b->ptr, b->len};
}

/* The same NUL-terminated; "" for an empty buffer. */
static inline const char *
dl_buf_cstr(const struct dl_buf *b)
{
	return b->ptr ? b->ptr : "";
}

#endif
