/* SPDX-License-Identifier: MIT */
/*
 * Problems as answers: application/problem+json (RFC 9457) with the stable
 * code, a Portuguese detail that says what to do, and the request's id.  The
 * codes and their words stand in domain/problem_codes.h.
 *
 * Not thread-safe, as the response that they fill.
 */
#ifndef DL_WEB_PROBLEM_H
#define DL_WEB_PROBLEM_H

#include "base/error.h"
#include "domain/calendar.h"
#include "domain/problem_codes.h"
#include "web/response.h"

/*
 * Makes response this problem, whatever body it held; headers stay.  The
 * formatted detail is for the user; fmt NULL takes the code's own.
 */
void dl_problem(struct dl_response *response, enum dl_problem_code code,
		const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * The same with a member "errors" ({code, field, index, message}) for what
 * the list holds, and "errors_more", how many more there were.
 */
void dl_problem_with_list(struct dl_response *response,
			  enum dl_problem_code code,
			  const struct dl_problem_list *list, const char *fmt,
			  ...) __attribute__((format(printf, 4, 5)));

/* The same with a member "allowed": what may be done instead. */
void dl_problem_with_allowed(struct dl_response *response,
			     enum dl_problem_code code,
			     const char *const *allowed, size_t n_allowed,
			     const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* The slots of a campaign do not fit into its calendar: why. */
void dl_problem_schedule(struct dl_response *response,
			 const struct dl_calendar *calendar);

/* 405 with Allow; methods is static: "GET, HEAD". */
void dl_problem_method(struct dl_response *response, const char *methods);

/* Adds Retry-After; seconds from 1. */
void dl_problem_retry_after(struct dl_response *response, int64_t seconds);

/*
 * The problem of a failure that a handler passed on: what it was stays in
 * the log, the client learns what to do.  503 has Retry-After.
 */
void dl_problem_from_error(struct dl_response *response,
			   const struct dl_error *err);

#endif
