/* SPDX-License-Identifier: MIT */
/* Bodies that the queue brings. */
#include "config.h"

#include "domain/delivery_request.h"

#include "base/crypto.h"
#include "base/json_in.h"

static bool
read_int(json_object *tree, const char *name, int64_t min, int64_t *out)
{
	json_object *value = dl_json_get(tree, name);

	if (!json_object_is_type(value, json_type_int))
		return false;
	*out = json_object_get_int64(value);
	return *out >= min && *out <= INT32_MAX;
}

/* Absent, or text. */
static bool
is_text_if_any(json_object *tree, const char *name)
{
	json_object *value = dl_json_get(tree, name);

	return !value || json_object_is_type(value, json_type_string);
}

bool
dl_delivery_read(struct dl_arena *arena, struct dl_str body,
		 struct dl_delivery_ref *ref)
{
	json_object *tree;

	return dl_json_parse(arena, body, &tree) == DL_JSON_OK &&
	       dl_uuid_parse(dl_json_get_str(tree, "message_id"),
			     &ref->message_id) &&
	       dl_uuid_parse(dl_json_get_str(tree, "campaign_id"),
			     &ref->campaign_id) &&
	       read_int(tree, "generation", 1, &ref->generation) &&
	       is_text_if_any(tree, "phone_number") &&
	       is_text_if_any(tree, "message_content") &&
	       is_text_if_any(tree, "instance_name");
}

bool
dl_delivery_read_failure(struct dl_arena *arena, struct dl_str body,
			 struct dl_delivery_ref *ref, int64_t *status)
{
	json_object *tree = dl_json_parse_lenient(arena, body);
	struct dl_str source;

	if (!read_int(tree, "status", 0, status))
		*status = 0;
	return dl_base64_decode(arena, dl_json_get_str(tree, "sourceBody"),
				&source) &&
	       dl_delivery_read(arena, source, ref);
}
