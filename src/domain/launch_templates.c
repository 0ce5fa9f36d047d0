/* SPDX-License-Identifier: MIT */
/* The templates of a launch. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "domain/launch_internal.h"
#include "domain/media_url.h"

#define FILE_NAME_MAX_POINTS 255

/* A template being read, and what it is called in messages. */
struct reading {
	struct dl_launch_reader *r;
	json_object *value;
	size_t index;
	struct dl_launch_template *out;
};

static void
add(const struct reading *t, enum dl_problem_code code, const char *member)
{
	char path[64];

	snprintf(path, sizeof(path), "templates[%zu]%s%s", t->index,
		 member ? "." : "", member ? member : "");
	dl_problem_list_add(t->r->problems, t->r->arena, code, path, -1, NULL);
}

static struct dl_str
get_text(const struct reading *t, const char *member)
{
	char path[64];

	snprintf(path, sizeof(path), "templates[%zu].%s", t->index, member);
	return dl_launch_get_text(t->r, t->value, member, path);
}

static void
refuse_unknown_keys(const struct reading *t)
{
	json_object_object_foreach(t->value, key, member)
	{
		(void)member;
		if (strcmp(key, "type") && strcmp(key, "text") &&
		    strcmp(key, "mediaUrl") && strcmp(key, "fileName"))
			dl_problem_list_add(
			    t->r->problems, t->r->arena, DL_P_UNKNOWN_FIELD,
			    dl_arena_printf(t->r->arena, "templates[%zu].%.64s",
					    t->index, key),
			    -1, NULL);
	}
}

/* False when the type is missing or unknown, which is reported. */
static bool
read_type(const struct reading *t)
{
	size_t faults = t->r->problems->total;
	struct dl_str name = get_text(t, "type");

	if (t->r->problems->total != faults)
		return false;
	for (int i = 0; i < DL_MESSAGE__COUNT; i++) {
		t->out->type = (enum dl_message_type)i;
		if (dl_str_eq(name, dl_str(dl_message_type_name(t->out->type))))
			return true;
	}
	add(t, name.len ? DL_P_UNKNOWN_TEMPLATE_TYPE : DL_P_MISSING_FIELD,
	    "type");
	return false;
}

/* A voice note has no caption: its text would never be seen. */
static void
read_text(const struct reading *t)
{
	bool is_text = t->out->type == DL_MESSAGE_TEXTO;
	size_t faults = t->r->problems->total;
	struct dl_str text = get_text(t, "text");
	size_t max = is_text ? DL_TEMPLATE_TEXT_MAX : DL_TEMPLATE_CAPTION_MAX;

	if (t->r->problems->total != faults)
		return;
	if (is_text && dl_template_is_blank(text))
		add(t, DL_P_MISSING_FIELD, "text");
	if (t->out->type == DL_MESSAGE_AUDIO)
		return;
	if (dl_template_code_points(text) > max)
		add(t, DL_P_TEXT_TOO_LONG, "text");
	else
		t->out->text = text;
}

static void
read_media(const struct reading *t)
{
	static const char *const extensions[DL_MESSAGE__COUNT] = {
	    [DL_MESSAGE_IMAGEM] = ".jpg",
	    [DL_MESSAGE_VIDEO] = ".mp4",
	    [DL_MESSAGE_AUDIO] = ".mp3",
	    [DL_MESSAGE_DOCUMENTO] = ".pdf"};
	size_t faults = t->r->problems->total;
	struct dl_str url = get_text(t, "mediaUrl");
	struct dl_str file_name = get_text(t, "fileName");

	if (t->out->type == DL_MESSAGE_TEXTO || t->r->problems->total != faults)
		return;
	if (!url.len) {
		add(t, DL_P_MISSING_MEDIA, "mediaUrl");
	} else if (!dl_media_url_is_valid(url,
					  t->r->limits->media_allowed_hosts)) {
		add(t, DL_P_INVALID_MEDIA_URL, "mediaUrl");
	} else if (dl_template_code_points(file_name) > FILE_NAME_MAX_POINTS) {
		add(t, DL_P_TOO_LONG, "fileName");
	} else {
		t->out->file_name = dl_media_file_name(
		    t->r->arena, file_name, url, extensions[t->out->type]);
		/* A name is never empty: the arena's cap. */
		t->r->is_full = t->r->is_full || !t->out->file_name.len;
	}
	t->out->media_url = url;
}

static void
read_template(const struct reading *t)
{
	if (!json_object_is_type(t->value, json_type_object)) {
		add(t, DL_P_WRONG_TYPE, NULL);
		return;
	}
	refuse_unknown_keys(t);
	if (!read_type(t))
		return;
	read_text(t);
	read_media(t);
	t->out->compiled = dl_template_compile(
	    t->r->arena, t->r->names, t->out->text, t->r->out->placeholders);
	if (!t->out->compiled)
		dl_problem_list_add(
		    t->r->problems, t->r->arena, DL_P_TOO_MANY_ITEMS,
		    "templates", -1,
		    "Os textos têm mais de %d variáveis diferentes.",
		    DL_TEMPLATE_NAMES_MAX);
}

enum dl_problem_code
dl_launch_template_read(struct dl_arena *arena,
			const struct dl_launch_limits *limits,
			enum dl_template_mode mode,
			struct dl_template_names *names, json_object *value,
			size_t index, struct dl_launch_template *out,
			struct dl_problem_list *problems)
{
	struct dl_launch_request request = {.placeholders = mode};
	struct dl_launch_reader r = {.arena = arena,
				     .limits = limits,
				     .out = &request,
				     .problems = problems,
				     .names = names};
	struct reading t = {&r, value, index, out};

	memset(out, 0, sizeof(*out));
	memset(problems, 0, sizeof(*problems));
	read_template(&t);
	if (r.is_full)
		return DL_P_BODY_TOO_LARGE;
	return problems->total ? problems->items[0].code : DL_P_OK;
}

enum dl_problem_code
dl_launch_text_check(const struct dl_launch_template *t,
		     const struct dl_str *values, enum dl_missing_policy policy,
		     struct dl_str *missing)
{
	bool is_text = t->type == DL_MESSAGE_TEXTO;
	struct dl_template_check check;

	dl_template_check(t->compiled, values, &check);
	*missing = check.missing;
	if (check.missing.ptr && policy != DL_MISSING_BLANK)
		return DL_P_MISSING_VARIABLE;
	*missing = (struct dl_str){NULL, 0};
	/* A template without a text is a fault of its own. */
	if (is_text && check.is_blank && !dl_template_is_blank(t->text))
		return DL_P_MISSING_VARIABLE;
	return check.code_points > (is_text ? DL_TEMPLATE_TEXT_MAX
					    : DL_TEMPLATE_CAPTION_MAX)
		   ? DL_P_TEXT_TOO_LONG
		   : DL_P_OK;
}

/* The number of templates; 0, reported, where there is no usable list. */
static size_t
check_list(struct dl_launch_reader *r, json_object *list)
{
	size_t n;

	if (list && !json_object_is_type(list, json_type_array)) {
		dl_problem_list_add(r->problems, r->arena, DL_P_WRONG_TYPE,
				    "templates", -1,
				    "templates deve ser uma lista de objetos.");
		return 0;
	}
	n = list ? json_object_array_length(list) : 0;
	if (n == 0)
		dl_problem_list_add(r->problems, r->arena, DL_P_MISSING_FIELD,
				    "templates", -1,
				    "Escreva ao menos um modelo (templates).");
	if (n > (size_t)r->limits->max_templates) {
		dl_problem_list_add(r->problems, r->arena, DL_P_TOO_MANY_ITEMS,
				    "templates", -1,
				    "São %zu modelos; o limite é %lld.", n,
				    (long long)r->limits->max_templates);
		return 0;
	}
	return n;
}

enum dl_problem_code
dl_launch_read_templates(struct dl_launch_reader *r, json_object *body)
{
	json_object *list = dl_json_get(body, "templates");
	size_t n = check_list(r, list);
	struct dl_launch_template *templates =
	    dl_arena_array(r->arena, n, sizeof(*templates));

	if (!templates)
		return DL_P_BODY_TOO_LARGE;
	for (size_t i = 0; i < n; i++) {
		struct reading t = {r, json_object_array_get_idx(list, i), i,
				    &templates[i]};

		read_template(&t);
	}
	r->out->templates = templates;
	r->out->n_templates = n;
	return DL_P_OK;
}
