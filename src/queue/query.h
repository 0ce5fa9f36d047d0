/* SPDX-License-Identifier: MIT */
/*
 * The query of a request that lists or changes many: which messages, how
 * many, from where on.  A name that the route does not know, a value that
 * fits no such name, and a filter without a value are refused: what is
 * ignored there would make "cancel these" into "cancel all".
 *
 * Thread-safe.
 */
#ifndef DL_QUEUE_QUERY_H
#define DL_QUEUE_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "queue/api.h"

struct dl_queue_query {
	const char *filters; /* JSON for local_queue.condition() */
	bool is_filtered;
	const char *cursor; /* NULL: from the beginning */
	int64_t count;      /* 0: not given */
	bool is_earliest_first;
};

/*
 * Reads the request's query.  names: what the route knows, NULL at the end;
 * names that are no filter, cursor, count or order are only let through.
 * qstash_token is always known.  ids_name (NULL: none): the filter that a JSON
 * body {ids_name: [...]} may hold instead; where that filter is given, the
 * others count for nothing.  max_count bounds count.  False with *fault, a
 * sentence for the caller, in the request's arena.
 */
bool dl_queue_query_read(const struct dl_request *request,
			 const char *const *names, const char *ids_name,
			 int64_t max_count, struct dl_queue_query *query,
			 const char **fault);

/*
 * Only that: whether each name of the query is among names and has a value.
 * False: the response says why not.
 */
bool dl_queue_query_check(const struct dl_queue_call *call,
			  const char *const *names);

/* Filters with one value, in the arena. */
const char *dl_queue_filter_one(struct dl_arena *arena, const char *name,
				const char *value);

/*
 * Whether a change of all that fit the query may go on: it names some, or
 * LOCAL_QUEUE_ALLOW_ALL is set.  False: the response says why not.
 */
bool dl_queue_may_change_all(const struct dl_queue_call *call,
			     const struct dl_queue_query *query);

#endif
