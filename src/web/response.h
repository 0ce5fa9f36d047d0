/* SPDX-License-Identifier: MIT */
/*
 * What a handler answers.  Either the whole body stands in response->body, or
 * the handler hands its head over and streams (dl_response_stream), as the
 * CSV export of a large campaign does.
 */
#ifndef DL_WEB_RESPONSE_H
#define DL_WEB_RESPONSE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

#define DL_RESPONSE_MAX_HEADERS 24

struct dl_response {
	struct dl_arena *arena;
	int status;               /* 200 unless set */
	const char *content_type; /* static; NULL: no body, no header */
	struct dl_buf *body;      /* empty at first; ceiling of the program */
	size_t n_headers;
	struct {
		const char *name; /* static, as it goes out */
		const char *value;
	} headers[DL_RESPONSE_MAX_HEADERS];
	/* Set by the server: writes bytes to the client after the head. */
	enum dl_code (*write)(struct dl_response *response, struct dl_str bytes,
			      struct dl_error *err);
	void *write_ctx;
	bool is_streaming;
	bool is_head;           /* answers HEAD: no body goes out */
	const char *request_id; /* the request's; X-Request-Id and problems */
};

/*
 * Adds a header.  name is static; value is copied into the arena, control
 * bytes in it are dropped.
 */
void dl_response_header(struct dl_response *response, const char *name,
			const char *value);

/* "Content-Type: application/json; charset=utf-8" and the status. */
void dl_response_json(struct dl_response *response, int status);

/*
 * Appends the head as CGI wants it: Status, Content-Type, X-Request-Id, the
 * headers, an empty line.
 */
void dl_response_head(const struct dl_response *response, struct dl_buf *head);

/*
 * Sends status and headers now and bytes behind them; called again it sends
 * more bytes.  DL_TRY_LATER when the client is gone.
 */
enum dl_code dl_response_stream(struct dl_response *response,
				struct dl_str bytes,
				struct dl_error *err) DL_MUST_CHECK;

#endif
