/* SPDX-License-Identifier: MIT */
/* What qstash.c and qstash_publish.c share. */
#ifndef DL_REMOTE_QSTASH_INTERNAL_H
#define DL_REMOTE_QSTASH_INTERNAL_H

#include "remote/qstash.h"

/* TLS to another continent takes well under a second. */
#define DL_QSTASH_CONNECT_TIMEOUT_MS 5000
/* A batch of 100 is stored in tens of milliseconds; this is a sick queue. */
#define DL_QSTASH_TIMEOUT_MS 10000

/* QSTASH_URL with rest behind it; NULL at the arena's cap. */
const char *dl_qstash_url(const struct dl_qstash *q, struct dl_arena *arena,
			  const char *rest);

/* The header's line; NULL at the arena's cap. */
const char *dl_qstash_authorization(const struct dl_qstash *q,
				    struct dl_arena *arena);

/* A name or id that needs no escape in a URL and can't widen a filter. */
bool dl_qstash_is_plain(const char *text);

/* One call below QSTASH_URL; body is JSON, or empty for none. */
enum dl_code dl_qstash_call(const struct dl_qstash *q, struct dl_arena *arena,
			    enum dl_http_method method, const char *rest,
			    struct dl_str body, struct dl_http_answer *answer,
			    struct dl_error *err) DL_MUST_CHECK;

#endif
