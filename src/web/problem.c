/* SPDX-License-Identifier: MIT */
/* Problem documents. */
#include "config.h"

#include "web/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json_out.h"

/* A sentence or two; longer ones are cut. */
#define DETAIL_MAX 1024
/* What a client waits after a failure that named no time, seconds. */
#define DEFAULT_RETRY_S 5

static void
put_item(struct dl_json_out *out, const struct dl_problem_item *item)
{
	dl_json_object_begin(out);
	dl_json_member_text(out, "code", dl_problem_name(item->code));
	if (item->field)
		dl_json_member_text(out, "field", item->field);
	if (item->index >= 0)
		dl_json_member_int(out, "index", item->index);
	dl_json_member_text(out, "message", item->message);
	dl_json_object_end(out);
}

static void
put_list(struct dl_json_out *out, const struct dl_problem_list *list)
{
	dl_json_key(out, "errors");
	dl_json_array_begin(out);
	for (size_t i = 0; i < list->n; i++)
		put_item(out, &list->items[i]);
	dl_json_array_end(out);
	dl_json_member_int(out, "errors_more",
			   (int64_t)(list->total - list->n));
}

/* What a problem has beside the members that all have. */
struct extras {
	const struct dl_problem_list *list; /* NULL: none */
	const char *const *allowed;         /* NULL: none */
	size_t n_allowed;
};

static void
put_allowed(struct dl_json_out *out, const struct extras *extras)
{
	dl_json_key(out, "allowed");
	dl_json_array_begin(out);
	for (size_t i = 0; i < extras->n_allowed; i++)
		dl_json_text(out, extras->allowed[i]);
	dl_json_array_end(out);
}

static void
put_problem(struct dl_response *response, enum dl_problem_code code,
	    const char *detail, const struct extras *extras)
{
	struct dl_json_out out;

	response->status = dl_problem_http_status(code);
	response->content_type = "application/problem+json";
	dl_buf_reset(response->body);
	dl_json_begin(&out, response->body);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "type", "about:blank");
	dl_json_member_text(&out, "title", dl_problem_title(code));
	dl_json_member_int(&out, "status", response->status);
	dl_json_member_text(&out, "code", dl_problem_name(code));
	dl_json_member_text(&out, "detail", detail);
	dl_json_member_text(&out, "request_id", response->request_id);
	if (extras->list)
		put_list(&out, extras->list);
	if (extras->allowed)
		put_allowed(&out, extras);
	dl_json_object_end(&out);
}

/* The same with a formatted detail; fmt NULL takes the code's own. */
__attribute__((format(printf, 4, 0))) static void
format_problem(struct dl_response *response, enum dl_problem_code code,
	       const struct extras *extras, const char *fmt, va_list ap)
{
	char detail[DETAIL_MAX];

	if (fmt)
		vsnprintf(detail, sizeof(detail), fmt, ap);
	put_problem(response, code, fmt ? detail : dl_problem_detail(code),
		    extras);
}

void
dl_problem(struct dl_response *response, enum dl_problem_code code,
	   const char *fmt, ...)
{
	static const struct extras none = {0};
	va_list ap;

	va_start(ap, fmt);
	format_problem(response, code, &none, fmt, ap);
	va_end(ap);
}

void
dl_problem_with_list(struct dl_response *response, enum dl_problem_code code,
		     const struct dl_problem_list *list, const char *fmt, ...)
{
	const struct extras extras = {.list = list};
	va_list ap;

	va_start(ap, fmt);
	format_problem(response, code, &extras, fmt, ap);
	va_end(ap);
}

void
dl_problem_with_allowed(struct dl_response *response, enum dl_problem_code code,
			const char *const *allowed, size_t n_allowed,
			const char *fmt, ...)
{
	const struct extras extras = {.allowed = allowed,
				      .n_allowed = n_allowed};
	va_list ap;

	va_start(ap, fmt);
	format_problem(response, code, &extras, fmt, ap);
	va_end(ap);
}

void
dl_problem_schedule(struct dl_response *response,
		    const struct dl_calendar *calendar)
{
	if (calendar->n_places && !calendar->n_open[0])
		dl_problem(response, DL_P_INVALID_WINDOW,
			   "A janela de envio nunca abre junto com a da "
			   "empresa. Escolha dias e horas em que ambas abrem.");
	else
		dl_problem(response, DL_P_SCHEDULE_TOO_LONG, NULL);
}

void
dl_problem_method(struct dl_response *response, const char *methods)
{
	dl_response_header(response, "Allow", methods);
	dl_problem(response, DL_P_METHOD_NOT_ALLOWED, NULL);
}

void
dl_problem_retry_after(struct dl_response *response, int64_t seconds)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld",
		 (long long)(seconds > 0 ? seconds : 1));
	dl_response_header(response, "Retry-After", text);
}

static enum dl_problem_code
code_of(const struct dl_error *err)
{
	switch (err->code) {
	case DL_BAD_REQUEST:
		return DL_P_BAD_REQUEST;
	case DL_UNAUTHENTICATED:
		return DL_P_INVALID_TOKEN;
	case DL_NOT_FOUND:
		return DL_P_NOT_FOUND;
	case DL_CONFLICT:
		return DL_P_CONFLICT;
	case DL_TOO_LARGE:
		return DL_P_BODY_TOO_LARGE;
	case DL_REJECTED:
		return DL_P_UNPROCESSABLE;
	case DL_TRY_LATER:
		return err->op && strncmp(err->op, "db", 2) == 0
			   ? DL_P_DATABASE_UNAVAILABLE
			   : DL_P_UNAVAILABLE;
	case DL_OK:
	case DL_INTERNAL:
	case DL__COUNT:
		break;
	}
	return DL_P_INTERNAL_ERROR;
}

void
dl_problem_from_error(struct dl_response *response, const struct dl_error *err)
{
	if (err->code == DL_TRY_LATER)
		dl_problem_retry_after(response, err->retry_after_s > 0
						     ? err->retry_after_s
						     : DEFAULT_RETRY_S);
	dl_problem(response, code_of(err), NULL);
}
