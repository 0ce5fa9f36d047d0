/* SPDX-License-Identifier: MIT */
/* Answers and their envelopes. */
#include "config.h"

#include "answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define JSON_TYPE "application/json; charset=utf-8"

const char *
sim_json_text(json_object *value)
{
	return json_object_to_json_string_ext(
	    value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

void
sim_put(json_object *obj, const char *name, json_object *value)
{
	json_object_object_add(obj, name, value);
}

void
sim_put_text(json_object *obj, const char *name, const char *value)
{
	sim_put(obj, name, value ? json_object_new_string(value) : NULL);
}

void
sim_put_int(json_object *obj, const char *name, int64_t value)
{
	sim_put(obj, name, json_object_new_int64(value));
}

void
sim_put_bool(json_object *obj, const char *name, bool value)
{
	sim_put(obj, name, json_object_new_boolean(value));
}

void
sim_answer_clear(struct sim_answer *answer)
{
	free(answer->text);
	*answer = (struct sim_answer){0};
}

void
sim_answer_json(struct sim_answer *answer, int status, json_object *body)
{
	sim_answer_clear(answer);
	answer->status = status;
	answer->type = JSON_TYPE;
	answer->text = sim_strdup(sim_json_text(body));
	json_object_put(body);
}

void
sim_answer_error(struct sim_answer *answer, int status, const char *error,
		 json_object *message)
{
	json_object *body = json_object_new_object();
	json_object *response = json_object_new_object();

	sim_put_int(body, "status", status);
	sim_put_text(body, "error", error);
	sim_put(response, "message", message);
	sim_put(body, "response", response);
	sim_answer_json(answer, status, body);
}

void
sim_refuse(struct sim_answer *answer, int status, const char *fmt, ...)
{
	json_object *message = json_object_new_array();
	char *text;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();
	va_end(args);
	json_object_array_add(message, json_object_new_string(text));
	free(text);
	sim_answer_error(answer, status, sim_status_text(status), message);
}

void
sim_refuse_bare(struct sim_answer *answer, int status, const char *error,
		const char *text)
{
	sim_answer_error(answer, status, error, json_object_new_string(text));
}

void
sim_answer_html(struct sim_answer *answer, int status, const char *title)
{
	char page[512];

	snprintf(page, sizeof(page),
		 "<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n"
		 "<center><h1>%d %s</h1></center>\r\n"
		 "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
		 status, title, status, title);
	sim_answer_clear(answer);
	answer->status = status;
	answer->type = "text/html";
	answer->text = sim_strdup(page);
}

const char *
sim_status_text(int status)
{
	switch (status) {
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	default:
		return "Internal Server Error";
	}
}
