/* SPDX-License-Identifier: MIT */
/*
 * What a publisher asks for in the Upstash-* headers of a message, checked.
 * An option that this server does not know how to honour is refused, not
 * ignored; an unknown Upstash-* header is ignored, as the vendor does.
 *
 * Pure; thread-safe.  Source: QStash API v2, publish, read 2026-11.
 */
#ifndef DL_QUEUE_PUBLISH_OPTIONS_H
#define DL_QUEUE_PUBLISH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "queue/flow_control.h"
#include "web/request.h"

#define DL_PUBLISH_DEFAULT_RETRIES 3
/* The vendor's limits are 5 to 20 by plan. */
#define DL_PUBLISH_MAX_RETRIES 20
/* The vendor's free plan waits 15 minutes for an answer, milliseconds. */
#define DL_PUBLISH_MAX_TIMEOUT_MS 900000
#define DL_PUBLISH_MAX_LABELS     16
/* Labels, keys and deduplication ids are indexed: bytes. */
#define DL_PUBLISH_MAX_TEXT 512

/* How one request goes out: the message's, or a callback's. */
struct dl_publish_target {
	struct dl_str method;      /* empty: not given */
	int64_t retries;           /* -1: not given */
	struct dl_str retry_delay; /* checked; empty: not given */
	int64_t timeout_ms;        /* 0: not given */
	int64_t delay_s;
	int64_t not_before_s;      /* 0: not given; wins over delay_s */
	struct dl_header *headers; /* names in canonical case */
	size_t n_headers;
};

struct dl_publish_callback {
	struct dl_str url; /* empty: none; not checked yet */
	struct dl_publish_target target;
};

struct dl_publish_options {
	struct dl_publish_target message;
	struct dl_str deduplication_id; /* empty: not given */
	bool is_deduplicated_by_content;
	struct dl_str labels[DL_PUBLISH_MAX_LABELS];
	size_t n_labels;
	struct dl_str flow_key; /* empty: none */
	struct dl_str flow_value;
	struct dl_flow_control limits;
	struct dl_publish_callback callback; /* after each attempt */
	struct dl_publish_callback failure;  /* after the last, in vain */
};

/*
 * Reads n headers (names in lower case) at now_ms.  max_delay_s bounds how far
 * ahead a message may lie.  Text in *options is the headers' or the arena's.
 * False with *fault, a sentence for the publisher, in the arena.  What is not
 * given stays so until dl_publish_options_fill().
 */
bool dl_publish_options_parse(struct dl_arena *arena,
			      const struct dl_header *headers, size_t n,
			      int64_t now_ms, int64_t max_delay_s,
			      struct dl_publish_options *options,
			      const char **fault);

/* Puts the defaults where nothing is given. */
void dl_publish_options_fill(struct dl_publish_options *options);

/* When the target may be delivered, unix milliseconds; 0: at once. */
int64_t dl_publish_not_before_ms(const struct dl_publish_target *target,
				 int64_t now_ms);

#endif
