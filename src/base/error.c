/* SPDX-License-Identifier: MIT */
/* The error codes' table and how an error is filled. */
#include "config.h"

#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

static const struct {
	const char *name;
	int http_status;
	bool is_retryable;
	int log_level;
} codes[] = {
#define X(id, name, http, retry, level) [id] = {name, http, retry, level},
    DL_CODES(X)
#undef X
};

void
dl_error_clear(struct dl_error *err)
{
	memset(err, 0, sizeof(*err));
}

enum dl_code
dl_fail_as(struct dl_error *err, enum dl_code code,
	   const struct dl_error *failure)
{
	if (code != DL_OK && err && err->code == DL_OK)
		*err = *failure;
	return code;
}

enum dl_code
dl_fail(struct dl_error *err, enum dl_code code, const char *op,
	const char *fmt, ...)
{
	va_list ap;

	if (!err || err->code != DL_OK)
		return code;
	err->code = code;
	err->op = op;
	va_start(ap, fmt);
	vsnprintf(err->detail, sizeof(err->detail), fmt, ap);
	va_end(ap);
	for (char *p = err->detail; *p; p++)
		if (*p == '\r' || *p == '\n')
			*p = ' ';
	return code;
}

const char *
dl_code_name(enum dl_code code)
{
	assert(code < DL__COUNT);
	return codes[code].name;
}

int
dl_code_http_status(enum dl_code code)
{
	assert(code < DL__COUNT);
	return codes[code].http_status;
}

bool
dl_code_is_retryable(enum dl_code code)
{
	assert(code < DL__COUNT);
	return codes[code].is_retryable;
}

int
dl_code_log_level(enum dl_code code)
{
	assert(code < DL__COUNT);
	return codes[code].log_level;
}
