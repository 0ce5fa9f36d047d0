/* SPDX-License-Identifier: MIT */
/*
 * A new text or media of a template: read by the code that reads a launch's
 * templates, then personalised again from each row's stored contact.  A row
 * that it does not fit is told, and nothing is changed.
 */
#include "config.h"

#include "base/json_in.h"
#include "programs/control.h"
#include "web/problem.h"

/* Rows of one statement: each brings a contact and takes a text. */
#define CHUNK_ROWS 1000
/* The template as JSON, every byte escaped. */
#define TEMPLATE_MAX (1024 * 1024)
/* A chunk's texts and ids as arrays. */
#define TEXTS_MAX (40 * 1024 * 1024)
#define IDS_MAX   (64 * 1024)
/* One text: 4,096 characters. */
#define TEXT_MAX (32 * 1024)

struct editing {
	struct control_job *job;
	struct dl_template_names *names;
	struct dl_launch_template new; /* as it is to be */
	struct dl_problem_list *problems;
	int64_t rewritten;
};

static enum dl_code
full(struct dl_error *err)
{
	return dl_fail(err, DL_TOO_LARGE, "control", "the arena is full");
}

/* ---------------------------------------------------------------- template */

/* A member that was given, else as it was. */
static void
put(struct dl_json_out *out, const char *member, struct dl_str given,
    struct dl_str old)
{
	struct dl_str value = given.ptr ? given : old;

	if (value.len)
		dl_json_member_str(out, member, value);
}

/*
 * The template as a launch would bring it.  With a new address the old file
 * name goes, which was made of the old one.
 */
static json_object *
merge(struct control_job *job, const PGresult *old)
{
	const struct dl_control_request *request = &job->request;
	struct dl_buf *text = dl_buf_create(job->arena, TEMPLATE_MAX);
	struct dl_str old_name = request->media_url.ptr
				     ? (struct dl_str){NULL, 0}
				     : dl_db_text(old, 0, "file_name");
	struct dl_json_out out;
	json_object *tree;

	dl_json_begin(&out, text);
	dl_json_object_begin(&out);
	dl_json_member_str(&out, "type", dl_db_text(old, 0, "type"));
	put(&out, "text", request->text, dl_db_text(old, 0, "text"));
	put(&out, "mediaUrl", request->media_url,
	    dl_db_text(old, 0, "media_url"));
	put(&out, "fileName", request->file_name, old_name);
	dl_json_object_end(&out);
	return dl_json_parse(job->arena, dl_buf_str(text), &tree) == DL_JSON_OK
		   ? tree
		   : NULL;
}

/* Reads the merged template; answers with its faults. */
static enum dl_code
read_template(struct editing *e, const PGresult *old, struct dl_error *err)
{
	struct control_job *job = e->job;
	json_object *tree = merge(job, old);
	enum dl_problem_code code;

	if (!tree)
		return full(err);
	code = dl_launch_template_read(
	    job->arena, &job->app->limits, job->campaign.placeholders, e->names,
	    tree, (size_t)job->request.template_index, &e->new, e->problems);
	if (code == DL_P_OK)
		return DL_OK;
	job->is_answered = true;
	dl_problem_with_list(job->response, code, e->problems, NULL);
	return DL_OK;
}

static const char *
text_or_null(struct control_job *job, struct dl_str s)
{
	return s.len ? dl_arena_strndup(job->arena, s.ptr, s.len) : NULL;
}

/* Stores it; job->is_changed: it differs from what stood there. */
static enum dl_code
store_template(struct editing *e, struct dl_error *err)
{
	struct control_job *job = e->job;
	const char *params[] = {
	    control_tenant(job),
	    job->request.campaign_id.text,
	    dl_db_from_int(job->arena, job->request.template_index),
	    text_or_null(job, e->new.text),
	    text_or_null(job, e->new.media_url),
	    text_or_null(job, e->new.file_name)};
	PGresult *row;
	enum dl_code code =
	    dl_db_exec(job->db, job->arena, DL_SQL_CONTROL_EDIT_TEMPLATE,
		       params, &row, err);

	if (code == DL_OK)
		job->is_changed = dl_db_bool(row, 0, "is_changed");
	return code;
}

static enum dl_code
change_template(struct editing *e, struct dl_error *err)
{
	struct control_job *job = e->job;
	const char *params[] = {
	    control_tenant(job), job->request.campaign_id.text,
	    dl_db_from_int(job->arena, job->request.template_index)};
	PGresult *old;
	enum dl_code code = dl_db_exec(
	    job->db, job->arena, DL_SQL_CONTROL_TEMPLATE, params, &old, err);

	if (code != DL_OK)
		return code;
	if (PQntuples(old) == 0) {
		control_refuse_field(job, DL_P_INVALID_VALUE, "template_index",
				     "A campanha não tem este modelo.");
		return DL_OK;
	}
	code = read_template(e, old, err);
	return code == DL_OK && !job->is_answered ? store_template(e, err)
						  : code;
}

/* -------------------------------------------------------------------- rows */

static void
tell(struct editing *e, const char *id, enum dl_problem_code code,
     struct dl_str missing)
{
	int len = (int)(missing.len < 100 ? missing.len : 100);

	if (missing.ptr)
		dl_problem_list_add(e->problems, e->job->arena, code, id, -1,
				    "Falta o valor de {%.*s} nesta mensagem.",
				    len, missing.ptr);
	else
		dl_problem_list_add(
		    e->problems, e->job->arena, code, id, -1,
		    code == DL_P_TEXT_TOO_LONG
			? "Com os valores deste contato o texto passa do "
			  "limite."
			: "A mensagem ficaria em branco.");
}

/* Appends the row's new text; one that does not fit is told. */
static enum dl_code
append_text(struct editing *e, const PGresult *rows, int row,
	    struct dl_buf *text, struct dl_db_array *texts,
	    struct dl_error *err)
{
	struct dl_arena *scratch = e->job->scratch;
	const struct dl_str *values;
	struct dl_str missing;
	json_object *contact;
	enum dl_problem_code code;

	if (dl_json_parse(scratch, dl_db_text(rows, row, "contact"),
			  &contact) != DL_JSON_OK ||
	    dl_template_names_bind(e->names, scratch, contact, &values) !=
		DL_TEMPLATE_BOUND)
		return dl_fail(err, DL_INTERNAL, "control.edit",
			       "a stored contact can't be read");
	code = dl_launch_text_check(&e->new, values,
				    e->job->campaign.on_missing, &missing);
	dl_buf_reset(text);
	if (code == DL_P_OK)
		dl_template_render(e->new.compiled, values, text);
	else
		tell(e, dl_db_cstr(rows, row, "id"), code, missing);
	dl_db_array_str(texts, (struct dl_str){dl_buf_cstr(text), text->len});
	e->rewritten++;
	return DL_OK;
}

static enum dl_code
rewrite(struct editing *e, const char *ids, const char *texts,
	struct dl_error *err)
{
	struct control_job *job = e->job;
	const char *params[] = {
	    control_tenant(job), job->request.campaign_id.text, ids, texts,
	    dl_db_from_int(job->scratch, job->request.template_index)};
	PGresult *row;
	enum dl_code code;

	if (!ids || !texts)
		return full(err);
	code = dl_db_exec(job->db, job->scratch, DL_SQL_CONTROL_REWRITE, params,
			  &row, err);
	if (code == DL_OK)
		job->moved += dl_db_int(row, 0, "n", 0);
	return code;
}

/* control_take; once a row does not fit, the others are only looked at. */
static enum dl_code
edit_chunk(void *ctx, const PGresult *rows, struct dl_error *err)
{
	struct editing *e = ctx;
	struct dl_arena *scratch = e->job->scratch;
	struct dl_buf *text = dl_buf_create(scratch, TEXT_MAX);
	struct dl_db_array ids, texts;
	enum dl_code code = DL_OK;

	dl_db_array_begin(&ids, scratch, IDS_MAX);
	dl_db_array_begin(&texts, scratch, TEXTS_MAX);
	for (int row = 0; row < PQntuples(rows) && code == DL_OK; row++) {
		dl_db_array_text(&ids, dl_db_cstr(rows, row, "id"));
		if (dl_db_cstr(rows, row, "contact"))
			code = append_text(e, rows, row, text, &texts, err);
		else
			dl_db_array_text(&texts, NULL);
	}
	if (code != DL_OK || e->problems->total)
		return code;
	return rewrite(e, dl_db_array_end(&ids), dl_db_array_end(&texts), err);
}

/* A variable that no row's contact has is a typo, and the one thing told. */
static void
answer_faults(struct editing *e)
{
	struct control_job *job = e->job;
	struct dl_str name;
	size_t at = 0;

	if (e->rewritten && dl_template_unknown(e->new.compiled, &at, &name)) {
		control_refuse_field(
		    job, DL_P_UNKNOWN_VARIABLE, "text",
		    dl_arena_printf(
			job->arena, "Nenhum contato tem a variável {%.*s}.",
			(int)(name.len < 100 ? name.len : 100), name.ptr));
	} else if (e->problems->total) {
		job->is_answered = true;
		dl_problem_with_list(
		    job->response, e->problems->items[0].code, e->problems,
		    "O novo texto não serve para todas as mensagens que ainda "
		    "não saíram; nada foi mudado. Veja \"errors\".");
	}
}

enum dl_code
control_edit(struct control_job *job, struct dl_json_out *facts,
	     struct dl_error *err)
{
	const char *index =
	    dl_db_from_int(job->arena, job->request.template_index);
	const struct control_source source = {.next = DL_SQL_CONTROL_EDITABLE,
					      .more = &index,
					      .n_more = 1,
					      .chunk_rows = CHUNK_ROWS};
	struct editing e = {
	    .job = job,
	    .names = dl_template_names_create(job->arena),
	    .problems = dl_arena_alloc(job->arena, sizeof(*e.problems)),
	};
	enum dl_code code;

	if (!e.names || !e.problems)
		return full(err);
	code = change_template(&e, err);
	if (code != DL_OK || job->is_answered || !job->is_changed)
		return code;
	code = control_walk(job, &source, edit_chunk, &e, err);
	if (code != DL_OK)
		return code;
	answer_faults(&e);
	dl_json_member_int(facts, "template_index",
			   job->request.template_index);
	dl_json_member_int(facts, "rewritten", e.rewritten);
	dl_json_member_int(facts, "returned", job->moved);
	return DL_OK;
}
