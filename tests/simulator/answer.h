/* SPDX-License-Identifier: MIT */
/*
 * One call's answer, and the envelopes that Evolution puts around an error.
 */
#ifndef SIM_ANSWER_H
#define SIM_ANSWER_H

#include <json-c/json.h>
#include <stdbool.h>

struct sim_answer {
	int status;
	const char *type; /* static: "application/json; charset=utf-8" */
	char *text;       /* heap */
	bool is_reset;    /* cut the connection instead of answering */
};

void sim_answer_clear(struct sim_answer *answer);

/* Answers with body, which goes to the answer. */
void sim_answer_json(struct sim_answer *answer, int status, json_object *body);

/* The common envelope; message goes to the answer. */
void sim_answer_error(struct sim_answer *answer, int status, const char *error,
		      json_object *message);

/* An exception of the API's own: {"message":["text"]}. */
void sim_refuse(struct sim_answer *answer, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Any other exception: {"message":"text"}, error as given. */
void sim_refuse_bare(struct sim_answer *answer, int status, const char *error,
		     const char *text);

/* What nginx in front of the API says: an HTML page. */
void sim_answer_html(struct sim_answer *answer, int status, const char *title);

/* "Bad Request" and so on. */
const char *sim_status_text(int status);

/* The text of value as Node writes JSON; valid while value is. */
const char *sim_json_text(json_object *value);

/* Adds a member without looking for an older one of that name. */
void sim_put(json_object *obj, const char *name, json_object *value);
void sim_put_text(json_object *obj, const char *name, const char *value);
void sim_put_int(json_object *obj, const char *name, int64_t value);
void sim_put_bool(json_object *obj, const char *name, bool value);

#endif
