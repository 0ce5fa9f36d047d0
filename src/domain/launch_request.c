/* SPDX-License-Identifier: MIT */
/* Puts the reading of a launch together; the parts have files of their own. */
#include "config.h"

#include "domain/launch_request.h"

#include <string.h>

#include "domain/launch_internal.h"

const char *
dl_message_type_name(enum dl_message_type type)
{
	static const char *const names[DL_MESSAGE__COUNT] = {
	    [DL_MESSAGE_TEXTO] = "texto",
	    [DL_MESSAGE_IMAGEM] = "imagem",
	    [DL_MESSAGE_VIDEO] = "video",
	    [DL_MESSAGE_AUDIO] = "audio",
	    [DL_MESSAGE_DOCUMENTO] = "documento"};

	return names[type];
}

const char *
dl_missing_policy_name(enum dl_missing_policy policy)
{
	static const char *const names[] = {"reject", "blank", "skip"};

	return names[policy];
}

const char *
dl_template_mode_name(enum dl_template_mode mode)
{
	return mode == DL_TEMPLATE_AT ? "at" : "braces";
}

struct dl_launch_limits
dl_launch_limits_of(const struct dl_settings *settings)
{
	return (struct dl_launch_limits){
	    .max_contacts = settings->max_contacts,
	    .max_messages = settings->max_messages,
	    .max_templates = settings->max_templates,
	    .max_instances = settings->max_instances,
	    .max_contact_keys = settings->max_contact_keys,
	    .max_delay_s = settings->max_delay_s,
	    .country_code = (int)settings->default_country_code,
	    .media_allowed_hosts = settings->media_allowed_hosts};
}

enum dl_problem_code
dl_launch_json_problem(enum dl_json_fault fault)
{
	static const enum dl_problem_code codes[] = {
	    [DL_JSON_OK] = DL_P_OK,
	    [DL_JSON_INVALID] = DL_P_INVALID_JSON,
	    [DL_JSON_DUPLICATE_KEY] = DL_P_DUPLICATE_KEY,
	    [DL_JSON_TOO_DEEP] = DL_P_TOO_DEEP,
	    [DL_JSON_INVALID_UTF8] = DL_P_INVALID_UTF8,
	    [DL_JSON_NUL_CHARACTER] = DL_P_NUL_CHARACTER};

	return codes[fault];
}

struct dl_str
dl_launch_keep(struct dl_launch_reader *r, struct dl_str s)
{
	struct dl_str copy = dl_arena_str(r->arena, s);

	if (copy.ptr)
		return copy;
	r->is_full = true;
	return (struct dl_str){NULL, 0};
}

/* Why the list of contacts can't be read at all; DL_P_OK where it can. */
static void
check_contact_list(struct dl_launch_reader *r, json_object *rest,
		   const struct dl_launch_body *body)
{
	json_object *value = dl_json_get(rest, "contatos");

	if (!value)
		dl_problem_list_add(r->problems, r->arena, DL_P_MISSING_FIELD,
				    "contatos", -1,
				    "Falta a lista de contatos (contatos).");
	else if (!body->is_split)
		dl_problem_list_add(r->problems, r->arena, DL_P_WRONG_TYPE,
				    "contatos", -1,
				    "contatos deve ser uma lista de objetos.");
	else if (body->n_contacts == 0)
		dl_problem_list_add(r->problems, r->arena,
				    DL_P_NO_VALID_CONTACT, "contatos", -1,
				    "A lista de contatos está vazia.");
	else if (body->n_contacts > (size_t)r->limits->max_contacts)
		dl_problem_list_add(
		    r->problems, r->arena, DL_P_TOO_MANY_CONTACTS, "contatos",
		    -1, "A lista tem %zu contatos; o limite é %lld.",
		    body->n_contacts, (long long)r->limits->max_contacts);
}

/* Each of these leaves its faults in r->problems; the first names the code. */
static enum dl_problem_code
read_parts(struct dl_launch_reader *r, json_object *rest,
	   const struct dl_launch_body *body)
{
	enum dl_problem_code code;

	dl_launch_read_fields(r, rest);
	code = dl_launch_read_templates(r, rest);
	if (code != DL_P_OK)
		return code;
	check_contact_list(r, rest, body);
	if (body->is_split && body->n_contacts &&
	    body->n_contacts <= (size_t)r->limits->max_contacts)
		code = dl_launch_read_contacts(r, body);
	if (code == DL_P_OK && r->is_full)
		code = DL_P_BODY_TOO_LARGE;
	if (code != DL_P_OK)
		return code;
	return r->problems->total ? r->problems->items[0].code : DL_P_OK;
}

enum dl_problem_code
dl_launch_request_read(struct dl_arena *arena, struct dl_str body,
		       const struct dl_launch_limits *limits, int64_t now_ms,
		       struct dl_launch_request *out,
		       struct dl_problem_list *problems)
{
	struct dl_launch_reader r = {.arena = arena,
				     .limits = limits,
				     .now_ms = now_ms,
				     .out = out,
				     .problems = problems};
	struct dl_launch_body parts;
	enum dl_problem_code code;
	json_object *rest;

	memset(out, 0, sizeof(*out));
	memset(problems, 0, sizeof(*problems));
	code = dl_launch_body_split(arena, body, (size_t)limits->max_contacts,
				    &parts);
	if (code != DL_P_OK)
		return code;
	code = dl_launch_json_problem(dl_json_parse(arena, parts.rest, &rest));
	if (code != DL_P_OK)
		return code;
	if (!json_object_is_type(rest, json_type_object))
		return DL_P_WRONG_TYPE;
	r.names = dl_template_names_create(arena);
	return r.names ? read_parts(&r, rest, &parts) : DL_P_BODY_TOO_LARGE;
}

void
dl_launch_render(const struct dl_launch_request *request, size_t contact,
		 size_t template_index, struct dl_buf *text)
{
	dl_template_render(request->templates[template_index].compiled,
			   request->contacts[contact].values, text);
}
