/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON into a dl_buf, with commas and nesting kept by the writer (the
 * idea of kcgi's kjson).  A misuse (a key in an array, an end that fits no
 * begin) is a programmer's error and asserts.  Text is expected to be UTF-8:
 * what is not comes out as U+FFFD, so that the output always is.
 *
 * Not thread-safe: a writer belongs to one thread.
 */
#ifndef DL_BASE_JSON_OUT_H
#define DL_BASE_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define DL_JSON_OUT_DEPTH 16

struct dl_json_out {
	struct dl_buf *buf;
	int depth;
	bool has_key; /* a key was written and waits for its value */
	struct {
		bool is_object;
		bool is_empty;
	} scope[DL_JSON_OUT_DEPTH];
};

/* Makes out a writer into buf, which it does not own and appends to. */
void dl_json_begin(struct dl_json_out *out, struct dl_buf *buf);

void dl_json_object_begin(struct dl_json_out *out);
void dl_json_object_end(struct dl_json_out *out);
void dl_json_array_begin(struct dl_json_out *out);
void dl_json_array_end(struct dl_json_out *out);

/* The name of the member whose value comes next; NUL-terminated. */
void dl_json_key(struct dl_json_out *out, const char *name);

void dl_json_str(struct dl_json_out *out, struct dl_str value);
void dl_json_text(struct dl_json_out *out, const char *value);
void dl_json_int(struct dl_json_out *out, int64_t value);
/* With at most decimals digits behind the point. */
void dl_json_double(struct dl_json_out *out, double value, int decimals);
void dl_json_bool(struct dl_json_out *out, bool value);
void dl_json_null(struct dl_json_out *out);
/* value is JSON already (a JSONB column, say) and goes out as it is. */
void dl_json_raw(struct dl_json_out *out, struct dl_str value);

/* Key and value at once; a NULL text is written as null. */
void dl_json_member_text(struct dl_json_out *out, const char *name,
			 const char *value);
void dl_json_member_str(struct dl_json_out *out, const char *name,
			struct dl_str value);
void dl_json_member_int(struct dl_json_out *out, const char *name,
			int64_t value);
void dl_json_member_bool(struct dl_json_out *out, const char *name, bool value);

/* Appends s to buf as a JSON string, quotes included. */
void dl_json_quote(struct dl_buf *buf, struct dl_str s);

#endif
