/* SPDX-License-Identifier: MIT */
/*
 * The headers of a message or an answer in the three shapes that they take: a
 * JSON list of pairs as they are stored ([["Name","value"], ...], order and
 * repetition kept), the API's map ({"Name":["value"]}), and lines to send.
 *
 * Not thread-safe beyond its arguments.
 */
#ifndef DL_QUEUE_HEADER_LIST_H
#define DL_QUEUE_HEADER_LIST_H

#include <json-c/json.h>

#include "base/arena.h"
#include "base/json_out.h"
#include "base/str.h"
#include "web/request.h"

/* Writes headers as a list of pairs. */
void dl_header_list_write(struct dl_json_out *out,
			  const struct dl_header *headers, size_t n);

/* Writes the lines of an answer ("Name: value", CRLF) as a list of pairs. */
void dl_header_list_write_lines(struct dl_json_out *out, struct dl_str lines);

/* Writes a list of pairs, as parsed, as the API's map. */
void dl_header_list_write_map(struct dl_json_out *out, json_object *list);

/* How many pairs the list has. */
size_t dl_header_list_count(json_object *list);

/* The i-th pair as a line to send; NULL at the arena's cap. */
const char *dl_header_list_line(struct dl_arena *arena, json_object *list,
				size_t i);

/* Whether the list names that header, in any case. */
bool dl_header_list_has(json_object *list, struct dl_str name);

#endif
