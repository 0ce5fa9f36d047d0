/* SPDX-License-Identifier: MIT */
/* What a launch would do, counted from its plan. */
#include "config.h"

#include "domain/launch_preview.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json_out.h"
#include "domain/duration_words.h"
#include "domain/mask.h"

/* 4,096 code points of a text, at most 4 bytes each. */
#define TEXT_MAX ((size_t)4 * DL_TEMPLATE_TEXT_MAX)

/* One preview being written. */
struct writer {
	const struct dl_launch_preview *preview;
	const struct dl_launch_request *request;
	const struct dl_launch_plan *plan;
	struct dl_arena *arena;
	struct dl_json_out out;
	bool is_refused;
	size_t messages; /* that would go out */
};

static void
put_refusal(struct writer *w)
{
	enum dl_problem_code code = w->preview->refusal;

	dl_json_member_bool(&w->out, "would_launch", !w->is_refused);
	dl_json_key(&w->out, "problem");
	if (!w->is_refused) {
		dl_json_null(&w->out);
		return;
	}
	dl_json_object_begin(&w->out);
	dl_json_member_int(&w->out, "status", dl_problem_http_status(code));
	dl_json_member_text(&w->out, "code", dl_problem_name(code));
	dl_json_member_text(&w->out, "title", dl_problem_title(code));
	dl_json_member_text(&w->out, "detail", dl_problem_detail(code));
	dl_json_object_end(&w->out);
}

static void
put_counts(struct writer *w)
{
	size_t rows = w->is_refused ? 0 : w->plan->n_rows;

	dl_json_key(&w->out, "accepted");
	dl_json_object_begin(&w->out);
	dl_json_member_int(&w->out, "contacts",
			   (int64_t)(w->messages / w->request->n_templates));
	dl_json_member_int(&w->out, "messages", (int64_t)w->messages);
	dl_json_object_end(&w->out);
	dl_json_member_int(&w->out, "total_messages", (int64_t)rows);
}

static void
put_rejected_by_code(struct writer *w)
{
	dl_json_key(&w->out, "rejected_by_code");
	dl_json_object_begin(&w->out);
	for (int code = 0; code < DL_P__COUNT; code++)
		if (w->request->rejected_by_code[code])
			dl_json_member_int(
			    &w->out,
			    dl_problem_name((enum dl_problem_code)code),
			    (int64_t)w->request->rejected_by_code[code]);
	dl_json_object_end(&w->out);
}

/* Opted out: rows as in a launch's answer, and the contacts by index. */
static void
put_suppressed(struct writer *w)
{
	size_t n_templates = w->request->n_templates;
	size_t listed = 0;

	dl_json_member_int(&w->out, "suppressed",
			   (int64_t)w->plan->n_suppressed);
	dl_json_member_int(&w->out, "suppressed_contacts",
			   (int64_t)(w->plan->n_suppressed / n_templates));
	dl_json_key(&w->out, "suppressed_indexes");
	dl_json_array_begin(&w->out);
	for (size_t i = 0; i < w->plan->n_rows && listed < DL_LAUNCH_LIST_MAX;
	     i += n_templates) {
		const struct dl_launch_row *row = &w->plan->rows[i];

		if (!row->is_suppressed)
			continue;
		listed++;
		dl_json_int(&w->out,
			    (int64_t)w->request->contacts[row->contact].index);
	}
	dl_json_array_end(&w->out);
}

static void
put_missing(struct writer *w)
{
	dl_json_key(&w->out, "missing");
	dl_json_array_begin(&w->out);
	for (size_t i = 0; i < w->request->n_missing; i++) {
		const struct dl_launch_missing *row = &w->request->missing[i];

		dl_json_object_begin(&w->out);
		dl_json_member_int(&w->out, "index", (int64_t)row->index);
		dl_json_key(&w->out, "names");
		dl_json_array_begin(&w->out);
		for (size_t n = 0; n < row->n_names; n++)
			dl_json_str(&w->out, row->names[n]);
		dl_json_array_end(&w->out);
		dl_json_object_end(&w->out);
	}
	dl_json_array_end(&w->out);
	dl_json_member_int(&w->out, "missing_total",
			   (int64_t)w->request->missing_total);
}

static void
put_message(struct writer *w, const struct dl_launch_row *row)
{
	const struct dl_launch_contact *contact =
	    &w->request->contacts[row->contact];
	struct dl_buf *text = dl_buf_create(w->arena, TEXT_MAX);

	dl_launch_render(w->request, row->contact, row->template_index, text);
	dl_json_object_begin(&w->out);
	dl_json_member_int(&w->out, "index", (int64_t)contact->index);
	dl_json_member_str(
	    &w->out, "telefone",
	    dl_mask_phone(w->arena, dl_str(contact->phone.digits)));
	dl_json_member_str(&w->out, "text", dl_buf_str(text));
	dl_json_object_end(&w->out);
}

/* The first messages of one template, in the order of contacts. */
static void
put_samples_of(struct writer *w, size_t template_index)
{
	const struct dl_launch_template *t =
	    &w->request->templates[template_index];
	size_t shown = 0;

	dl_json_object_begin(&w->out);
	dl_json_member_int(&w->out, "template_index", (int64_t)template_index);
	dl_json_member_text(&w->out, "type", dl_message_type_name(t->type));
	dl_json_member_str(&w->out, "mediaUrl", t->media_url);
	dl_json_member_str(&w->out, "fileName", t->file_name);
	dl_json_key(&w->out, "messages");
	dl_json_array_begin(&w->out);
	for (size_t i = template_index;
	     i < w->plan->n_rows && shown < DL_PREVIEW_SAMPLES;
	     i += w->request->n_templates)
		if (!w->plan->rows[i].is_suppressed) {
			put_message(w, &w->plan->rows[i]);
			shown++;
		}
	dl_json_array_end(&w->out);
	dl_json_object_end(&w->out);
}

static void
put_samples(struct writer *w)
{
	dl_json_key(&w->out, "samples");
	dl_json_array_begin(&w->out);
	for (size_t t = 0; t < w->request->n_templates; t++)
		put_samples_of(w, t);
	dl_json_array_end(&w->out);
}

/* What one number would send, and from when to when. */
struct lane {
	int64_t messages;
	int64_t first_s, last_s;
};

static void
note_row(struct lane *lane, int64_t slot_s)
{
	if (!lane->messages || slot_s < lane->first_s)
		lane->first_s = slot_s;
	if (slot_s > lane->last_s)
		lane->last_s = slot_s;
	lane->messages++;
}

static void
put_lanes(struct writer *w)
{
	size_t n = w->request->n_instances;
	struct lane *lanes = dl_arena_array(w->arena, n, sizeof(*lanes));

	for (size_t i = 0; lanes && !w->is_refused && i < w->plan->n_rows; i++)
		if (!w->plan->rows[i].is_suppressed)
			note_row(&lanes[w->plan->rows[i].instance],
				 w->plan->rows[i].slot_s);
	dl_json_key(&w->out, "lanes");
	dl_json_array_begin(&w->out);
	for (size_t i = 0; lanes && i < n; i++) {
		bool sends = lanes[i].messages > 0;

		dl_json_object_begin(&w->out);
		dl_json_member_str(&w->out, "instance_name",
				   w->request->instances[i]);
		dl_json_member_int(&w->out, "messages", lanes[i].messages);
		dl_launch_answer_time(&w->out, "first_at", sends,
				      lanes[i].first_s);
		dl_launch_answer_time(&w->out, "last_at", sends,
				      lanes[i].last_s);
		dl_json_object_end(&w->out);
	}
	dl_json_array_end(&w->out);
}

/* From the first message to the last. */
static void
put_times(struct writer *w)
{
	int64_t seconds = w->plan->last_s - w->plan->first_s;
	bool sends = w->messages > 0;
	char words[DL_DURATION_WORDS_MAX];

	dl_launch_answer_time(&w->out, "first_at", sends, w->plan->first_s);
	dl_launch_answer_time(&w->out, "last_at", sends, w->plan->last_s);
	dl_json_member_int(&w->out, "duration_s", sends ? seconds : 0);
	dl_json_member_text(&w->out, "duration",
			    sends ? dl_duration_words(seconds, words) : NULL);
}

static void
put_sentence(struct writer *w)
{
	char words[DL_DURATION_WORDS_MAX];
	char text[200];

	if (w->is_refused)
		snprintf(text, sizeof(text),
			 "O envio seria recusado. Nada foi gravado nem "
			 "enviado.");
	else if (!w->messages)
		snprintf(text, sizeof(text),
			 "Nada a enviar: todos os contatos pediram para não "
			 "receber mensagens. Nada foi gravado.");
	else
		snprintf(text, sizeof(text),
			 "%zu mensage%s em %s. Nada foi gravado nem enviado.",
			 w->messages, w->messages == 1 ? "m" : "ns",
			 dl_duration_words(w->plan->last_s - w->plan->first_s,
					   words));
	dl_json_member_text(&w->out, "message", text);
}

void
dl_launch_preview_write(const struct dl_launch_preview *preview,
			struct dl_arena *arena, struct dl_buf *out)
{
	struct writer w = {
	    .preview = preview,
	    .request = preview->request,
	    .plan = preview->plan,
	    .arena = arena,
	    .is_refused = preview->refusal != DL_P_OK,
	};

	if (!w.is_refused)
		w.messages = w.plan->n_rows - w.plan->n_suppressed;
	dl_json_begin(&w.out, out);
	dl_json_object_begin(&w.out);
	dl_json_member_bool(&w.out, "success", true);
	dl_json_member_bool(&w.out, "dry_run", true);
	put_refusal(&w);
	put_counts(&w);
	dl_launch_answer_left_out(&w.out, w.request);
	put_rejected_by_code(&w);
	put_suppressed(&w);
	put_missing(&w);
	put_samples(&w);
	put_lanes(&w);
	dl_launch_answer_warnings(&w.out, preview->warnings,
				  preview->n_warnings);
	put_times(&w);
	put_sentence(&w);
	dl_json_object_end(&w.out);
}
