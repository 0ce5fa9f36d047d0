/* SPDX-License-Identifier: MIT */
/* Reading a call's parameters. */
#include "config.h"

#include "request.h"

const char *
sim_query(const struct sim_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection,
					   MHD_GET_ARGUMENT_KIND, name);
}

const char *
sim_body_text(json_object *body, const char *name)
{
	json_object *value;

	if (!json_object_is_type(body, json_type_object) ||
	    !json_object_object_get_ex(body, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

int64_t
sim_body_int(json_object *body, const char *name, int64_t fallback)
{
	json_object *value;

	if (!json_object_is_type(body, json_type_object) ||
	    !json_object_object_get_ex(body, name, &value))
		return fallback;
	if (json_object_is_type(value, json_type_double))
		return (int64_t)json_object_get_double(value);
	return json_object_is_type(value, json_type_int)
		   ? json_object_get_int64(value)
		   : fallback;
}
