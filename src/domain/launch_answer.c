/* SPDX-License-Identifier: MIT */
/* The answer to a launch, and its sentence for people. */
#include "config.h"

#include "domain/launch_answer.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"

static void
put_duplicates(struct dl_json_out *out, const struct dl_launch_request *request)
{
	size_t n = request ? request->n_duplicates : 0;

	dl_json_key(out, "duplicates");
	dl_json_array_begin(out);
	for (size_t i = 0; i < n; i++) {
		const struct dl_launch_duplicate *d = &request->duplicates[i];

		dl_json_object_begin(out);
		dl_json_member_int(out, "index", (int64_t)d->index);
		dl_json_member_int(out, "first_index", (int64_t)d->first_index);
		dl_json_member_str(out, "telefone", d->telefone);
		dl_json_object_end(out);
	}
	dl_json_array_end(out);
	dl_json_member_int(out, "duplicates_total",
			   request ? (int64_t)request->duplicates_total : 0);
}

static void
put_rejected(struct dl_json_out *out, const struct dl_launch_request *request)
{
	size_t n = request ? request->n_rejected : 0;

	dl_json_key(out, "rejected");
	dl_json_array_begin(out);
	for (size_t i = 0; i < n; i++) {
		const struct dl_launch_rejected *r = &request->rejected[i];

		dl_json_object_begin(out);
		dl_json_member_int(out, "index", (int64_t)r->index);
		dl_json_member_str(out, "telefone", r->telefone);
		dl_json_member_text(out, "code", dl_problem_name(r->code));
		dl_json_member_text(out, "message", r->message);
		dl_json_object_end(out);
	}
	dl_json_array_end(out);
	dl_json_member_int(out, "rejected_total",
			   request ? (int64_t)request->rejected_total : 0);
}

/* A sentence about an instance, whose name has 255 characters at most. */
#define WARNING_MAX (4 * 255 + 128)

void
dl_launch_answer_warnings(struct dl_json_out *out,
			  const struct dl_launch_warning *warnings, size_t n)
{
	dl_json_key(out, "warnings");
	dl_json_array_begin(out);
	for (size_t i = 0; i < n; i++) {
		const struct dl_launch_warning *w = &warnings[i];
		char message[WARNING_MAX];

		snprintf(message, sizeof(message),
			 "O número %.*s não está conectado; as mensagens dele "
			 "esperam até ele abrir.",
			 (int)w->instance_name.len, w->instance_name.ptr);
		dl_json_object_begin(out);
		dl_json_member_text(out, "code", "instance_not_open");
		dl_json_member_str(out, "instance_name", w->instance_name);
		dl_json_member_str(out, "state", w->state);
		dl_json_member_text(out, "message", message);
		dl_json_object_end(out);
	}
	dl_json_array_end(out);
}

void
dl_launch_answer_time(struct dl_json_out *out, const char *name, bool is_known,
		      int64_t at_s)
{
	char text[DL_RFC3339_MAX];

	dl_json_member_text(
	    out, name, is_known ? dl_clock_format(at_s * 1000, text) : NULL);
}

void
dl_launch_answer_left_out(struct dl_json_out *out,
			  const struct dl_launch_request *request)
{
	put_duplicates(out, request);
	put_rejected(out, request);
}

static void
put_sentence(struct dl_json_out *out, const struct dl_launch_answer *answer)
{
	int64_t due = answer->total_messages - answer->suppressed;
	char text[160];

	if (!due)
		snprintf(text, sizeof(text),
			 "Nada a enviar: todos os contatos pediram para não "
			 "receber mensagens.");
	else if (answer->queued < due)
		snprintf(text, sizeof(text),
			 "%" PRId64 " de %" PRId64 " mensagens enfileiradas; "
			 "o restante segue sozinho.",
			 answer->queued, due);
	else if (due == 1)
		snprintf(text, sizeof(text), "1 mensagem enfileirada!");
	else
		snprintf(text, sizeof(text),
			 "%" PRId64 " mensagens enfileiradas!", answer->queued);
	dl_json_member_text(out, "message", text);
}

void
dl_launch_answer_write(const struct dl_launch_answer *answer,
		       struct dl_buf *buf)
{
	struct dl_json_out out;

	dl_json_begin(&out, buf);
	dl_json_object_begin(&out);
	dl_json_member_bool(&out, "success", true);
	dl_json_member_str(&out, "campaign_id", answer->campaign_id);
	dl_json_member_str(&out, "status", answer->status);
	dl_json_member_int(&out, "total_messages", answer->total_messages);
	dl_json_member_int(&out, "queued", answer->queued);
	dl_launch_answer_left_out(&out, answer->request);
	dl_json_member_int(&out, "suppressed", answer->suppressed);
	dl_launch_answer_warnings(&out, answer->warnings, answer->n_warnings);
	dl_launch_answer_time(&out, "first_at", answer->has_slots,
			      answer->first_s);
	dl_launch_answer_time(&out, "last_at", answer->has_slots,
			      answer->last_s);
	put_sentence(&out, answer);
	dl_json_object_end(&out);
}
