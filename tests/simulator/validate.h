/* SPDX-License-Identifier: MIT */
/*
 * The schemas of the send calls (src/validate/message.schema.ts of 2.3.6) and
 * the texts that its validator makes of a violation.  Pure.
 */
#ifndef SIM_VALIDATE_H
#define SIM_VALIDATE_H

#include <json-c/json.h>
#include <stdbool.h>

enum sim_schema { SIM_SCHEMA_TEXT, SIM_SCHEMA_MEDIA, SIM_SCHEMA_AUDIO };

/* The texts of all violations, an empty array where there is none; the
 * caller's to put. */
json_object *sim_validate(enum sim_schema schema, json_object *body);

/* class-validator's isURL() with its defaults: a dot and a top-level domain,
 * or an IPv4 address. */
bool sim_is_url(const char *s);

/* class-validator's isBase64(): the length is a multiple of four. */
bool sim_is_base64(const char *s);

#endif
