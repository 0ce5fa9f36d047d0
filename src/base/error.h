/* SPDX-License-Identifier: MIT */
/*
 * The one error type.  Its code says what the caller should do next, not which
 * library failed; the rest is detail for one log line.
 */
#ifndef DL_BASE_ERROR_H
#define DL_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#define DL_MUST_CHECK __attribute__((warn_unused_result))

/* name, HTTP status, worth trying again unchanged, log level */
#define DL_CODES(X)                                                            \
	X(DL_OK, "ok", 200, false, DL_LOG_INFO)                                \
	X(DL_BAD_REQUEST, "bad_request", 400, false, DL_LOG_INFO)              \
	X(DL_UNAUTHENTICATED, "unauthenticated", 401, false, DL_LOG_NOTICE)    \
	X(DL_NOT_FOUND, "not_found", 404, false, DL_LOG_INFO)                  \
	X(DL_CONFLICT, "conflict", 409, false, DL_LOG_INFO)                    \
	X(DL_TOO_LARGE, "too_large", 413, false, DL_LOG_INFO)                  \
	X(DL_TRY_LATER, "try_later", 503, true, DL_LOG_WARNING)                \
	X(DL_REJECTED, "rejected", 422, false, DL_LOG_NOTICE)                  \
	X(DL_INTERNAL, "internal", 500, false, DL_LOG_ERR)

enum dl_code {
#define X(id, name, http, retry, level) id,
	DL_CODES(X)
#undef X
	    DL__COUNT
};

struct dl_error {
	enum dl_code code;
	const char *op;        /* static text: "db.exec", "qstash.batch" */
	int sys;               /* errno, CURLcode; 0 where there is none */
	char sqlstate[6];      /* "" where PostgreSQL said nothing */
	long http_status;      /* 0 where there was no answer */
	int64_t retry_after_s; /* 0 where nobody named a time */
	bool uncertain;        /* the request may have taken effect */
	char detail[256];      /* one line, no CR or LF, no secret */
};

/*
 * Fills *err unless an earlier failure stands in it (the first message wins)
 * and returns code.  err may be NULL.  op is static text.
 */
enum dl_code dl_fail(struct dl_error *err, enum dl_code code, const char *op,
		     const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The same with a failure that is known already; code DL_OK: nothing. */
enum dl_code dl_fail_as(struct dl_error *err, enum dl_code code,
			const struct dl_error *failure);

/* Makes *err empty, so that it can be used again. */
void dl_error_clear(struct dl_error *err);

/* "try_later"; static. */
const char *dl_code_name(enum dl_code code);

/* 503 for DL_TRY_LATER and so on. */
int dl_code_http_status(enum dl_code code);

bool dl_code_is_retryable(enum dl_code code);

/* The level at which a failure with this code is logged (enum dl_log_level). */
int dl_code_log_level(enum dl_code code);

#endif
