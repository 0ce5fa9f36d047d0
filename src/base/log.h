/* SPDX-License-Identifier: MIT */
/*
 * Log lines: one write(2) of one JSON object to standard error each, so that
 * threads do not interleave.  Under systemd (JOURNAL_STREAM set) the line has
 * a "<N>" in front, from which journald takes the priority.
 *
 * Never give a secret, a message's text or a whole phone number to these
 * functions; dl_log_phone() masks one.
 *
 * Thread-safe once dl_log_open() has returned.
 */
#ifndef DL_BASE_LOG_H
#define DL_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

/* syslog's levels (RFC 5424, 6.2.1) */
enum dl_log_level {
	DL_LOG_CRIT = 2,
	DL_LOG_ERR = 3,
	DL_LOG_WARNING = 4,
	DL_LOG_NOTICE = 5,
	DL_LOG_INFO = 6,
	DL_LOG_DEBUG = 7
};

/* One further member of a line.  The value is copied while it is written. */
struct dl_log_field {
	const char *name;
	enum { DL_LOG_TEXT, DL_LOG_NUMBER } kind;
	struct dl_str text;
	int64_t number;
};

#define DL_F_STR(n, s)                                                         \
	{                                                                      \
		(n), DL_LOG_TEXT, (s), 0                                       \
	}
#define DL_F_TEXT(n, s)                                                        \
	{                                                                      \
		(n), DL_LOG_TEXT, dl_str(s), 0                                 \
	}
#define DL_F_INT(n, v)                                                         \
	{                                                                      \
		(n), DL_LOG_NUMBER, {NULL, 0}, (int64_t)(v)                    \
	}

/*
 * program is static text, the "program" of every line.  Lines of a level
 * above max_level are dropped.  Call once, before any thread.
 */
void dl_log_open(const char *program, enum dl_log_level max_level);

/* The request that this thread works on, NULL for none; kept until changed. */
void dl_log_set_request_id(const char *request_id);

/* A line: ts, level, program, request_id, op, message, then the fields. */
void dl_log_fields(enum dl_log_level level, const char *op, const char *message,
		   const struct dl_log_field *fields, size_t n);

#define dl_log(level, op, message, ...)                                        \
	dl_log_fields((level), (op), (message),                                \
		      (const struct dl_log_field[]){__VA_ARGS__},              \
		      sizeof((const struct dl_log_field[]){__VA_ARGS__}) /     \
			  sizeof(struct dl_log_field))

/* A line without further fields. */
void dl_log_raw(enum dl_log_level level, const char *op, const char *message);

/* A line of a failure, at its code's level: code, sqlstate, http_status... */
void dl_log_error(const struct dl_error *err);

#define DL_MASKED_PHONE_MAX 40
/* "5511912345678" -> "55119****5678" into out; short ones are all stars. */
const char *dl_log_phone(struct dl_str phone, char out[DL_MASKED_PHONE_MAX]);

#endif
