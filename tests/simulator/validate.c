/* SPDX-License-Identifier: MIT */
/* Validation as Evolution's. */
#include "config.h"

#include "validate.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum kind { KIND_STRING, KIND_INTEGER, KIND_BOOLEAN, KIND_ARRAY, KIND_ANY };

static const char *const kind_names[] = {"string", "integer", "boolean",
					 "array", ""};

struct field {
	const char *name;
	enum kind kind;
	const char *description; /* said instead of the validator's words */
	const char *values;      /* an enumeration, comma-separated */
};

#define NUMBER                                                                 \
	{                                                                      \
		"number", KIND_STRING, "Invalid format", NULL                  \
	}
#define COMMON                                                                 \
	{"delay", KIND_INTEGER, "Enter a value in milliseconds", NULL},        \
	    {"quoted", KIND_ANY, NULL, NULL},                                  \
	    {"everyOne", KIND_BOOLEAN, NULL, NULL},                            \
	    {"mentioned", KIND_ARRAY, NULL, NULL},                             \
	{                                                                      \
		NULL, KIND_ANY, NULL, NULL                                     \
	}

static const struct field text_fields[] = {
    NUMBER,
    {"text", KIND_STRING, NULL, NULL},
    {"linkPreview", KIND_BOOLEAN, NULL, NULL},
    COMMON,
};

static const struct field media_fields[] = {
    NUMBER,
    {"mediatype", KIND_STRING, NULL, "image,document,video,audio"},
    {"mimetype", KIND_STRING, NULL, NULL},
    {"media", KIND_STRING, NULL, NULL},
    {"fileName", KIND_STRING, NULL, NULL},
    {"caption", KIND_STRING, NULL, NULL},
    COMMON,
};

static const struct field audio_fields[] = {
    NUMBER,
    {"audio", KIND_STRING, NULL, NULL},
    COMMON,
};

static const struct {
	const struct field *fields;
	const char *required[2];
} schemas[] = {
    [SIM_SCHEMA_TEXT] = {text_fields, {"number", "text"}},
    [SIM_SCHEMA_MEDIA] = {media_fields, {"number", "mediatype"}},
    [SIM_SCHEMA_AUDIO] = {audio_fields, {"number", NULL}},
};

static bool
is_of_kind(json_object *value, enum kind kind)
{
	double number;

	switch (kind) {
	case KIND_STRING:
		return json_object_is_type(value, json_type_string);
	case KIND_INTEGER:
		if (!json_object_is_type(value, json_type_double))
			return json_object_is_type(value, json_type_int);
		number = json_object_get_double(value);
		return floor(number) >= number;
	case KIND_BOOLEAN:
		return json_object_is_type(value, json_type_boolean);
	case KIND_ARRAY:
		return json_object_is_type(value, json_type_array);
	default:
		return true;
	}
}

/* Whether value is one of the comma-separated words of values. */
static bool
is_listed(json_object *value, const char *values)
{
	const char *text = json_object_get_string(value);
	size_t len = text ? strlen(text) : 0;

	while (*values) {
		size_t n = strcspn(values, ",");

		if (n == len && strncmp(values, text, n) == 0)
			return true;
		values += n + (values[n] == ',');
	}
	return false;
}

static void
add(json_object *errors, const struct field *field, const char *what,
    const char *argument)
{
	char text[256];

	snprintf(text, sizeof(text), "%s %s%s", field->name, what, argument);
	json_object_array_add(
	    errors, json_object_new_string(
			field->description ? field->description : text));
}

static void
check_field(const struct field *field, json_object *body, json_object *errors)
{
	json_object *value;

	if (!json_object_object_get_ex(body, field->name, &value))
		return;
	if (!is_of_kind(value, field->kind))
		add(errors, field, "is not of a type(s) ",
		    kind_names[field->kind]);
	if (field->values && !is_listed(value, field->values))
		add(errors, field,
		    "is not one of enum values: ", field->values);
}

json_object *
sim_validate(enum sim_schema schema, json_object *body)
{
	json_object *errors = json_object_new_array();
	char text[128];

	if (!json_object_is_type(body, json_type_object)) {
		json_object_array_add(
		    errors,
		    json_object_new_string("instance is not of a type(s) "
					   "object"));
		return errors;
	}
	for (const struct field *f = schemas[schema].fields; f->name; f++)
		check_field(f, body, errors);
	for (int i = 0; i < 2 && schemas[schema].required[i]; i++) {
		const char *name = schemas[schema].required[i];

		if (json_object_object_get_ex(body, name, NULL))
			continue;
		snprintf(text, sizeof(text),
			 "instance requires property \"%s\"", name);
		json_object_array_add(errors, json_object_new_string(text));
	}
	return errors;
}

static bool
is_host(const char *host, size_t len)
{
	char text[254];
	struct in_addr address;
	const char *dot;

	if (!len || len >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)len, host);
	if (inet_pton(AF_INET, text, &address) == 1)
		return true;
	dot = strrchr(text, '.');
	if (!dot || dot == text || strlen(dot + 1) < 2)
		return false;
	for (const char *p = dot + 1; *p; p++)
		if (!isalpha((unsigned char)*p))
			return false;
	return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
			    "YZ0123456789-.") == strlen(text);
}

bool
sim_is_url(const char *s)
{
	const char *scheme = strstr(s, "://");
	size_t len;

	if (!*s || strpbrk(s, " \t\r\n<>"))
		return false;
	if (scheme) {
		len = (size_t)(scheme - s);
		if (strncmp(s, "http", len) != 0 &&
		    strncmp(s, "https", len) != 0 &&
		    strncmp(s, "ftp", len) != 0)
			return false;
		s = scheme + 3;
	}
	return is_host(s, strcspn(s, ":/?#"));
}

bool
sim_is_base64(const char *s)
{
	size_t len = strlen(s);
	size_t body = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
				"uvwxyz0123456789+/");

	return len && len % 4 == 0 && len - body <= 2 &&
	       strspn(s + body, "=") == len - body;
}
