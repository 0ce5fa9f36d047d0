/* SPDX-License-Identifier: MIT */
/* What doctor says: a line a finding, or JSON at the end. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/json_out.h"
#include "cli/doctor.h"

#define JSON_MAX (4u << 20)

static const char *const words[] = {
    [DOCTOR_OK] = "OK",
    [DOCTOR_WARNING] = "AVISO",
    [DOCTOR_ERROR] = "ERRO",
};

__attribute__((format(printf, 4, 0))) static void
add(struct doctor *d, enum doctor_level level, const char *mend,
    const char *fmt, va_list ap)
{
	struct doctor_finding *f;
	char text[1024];

	if (level > d->worst)
		d->worst = level;
	if (d->n_findings == DOCTOR_MAX_FINDINGS)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	f = &d->findings[d->n_findings++];
	*f = (struct doctor_finding){
	    d->check, level, dl_arena_strdup(d->cli.arena, text),
	    mend ? dl_arena_strdup(d->cli.arena, mend) : NULL};
	if (d->is_json)
		return;
	printf("%-5s  %-13s %s\n", words[level], f->check, f->finding);
	if (f->mend)
		printf("       conserto:     %s\n", f->mend);
	fflush(stdout);
}

void
doctor_ok(struct doctor *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DOCTOR_OK, NULL, fmt, ap);
	va_end(ap);
}

void
doctor_warning(struct doctor *d, const char *mend, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DOCTOR_WARNING, mend, fmt, ap);
	va_end(ap);
}

void
doctor_error(struct doctor *d, const char *mend, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DOCTOR_ERROR, mend, fmt, ap);
	va_end(ap);
}

static int
count(const struct doctor *d, enum doctor_level level)
{
	int n = 0;

	for (size_t i = 0; i < d->n_findings; i++)
		n += d->findings[i].level == level;
	return n;
}

void
doctor_print_summary(const struct doctor *d)
{
	printf("%d OK, %d AVISO, %d ERRO\n", count(d, DOCTOR_OK),
	       count(d, DOCTOR_WARNING), count(d, DOCTOR_ERROR));
}

void
doctor_print_json(const struct doctor *d)
{
	struct dl_buf *text = dl_buf_create(d->cli.arena, JSON_MAX);
	struct dl_json_out out;

	dl_json_begin(&out, text);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "level", words[d->worst]);
	dl_json_key(&out, "findings");
	dl_json_array_begin(&out);
	for (size_t i = 0; i < d->n_findings; i++) {
		dl_json_object_begin(&out);
		dl_json_member_text(&out, "check", d->findings[i].check);
		dl_json_member_text(&out, "level", words[d->findings[i].level]);
		dl_json_member_text(&out, "finding", d->findings[i].finding);
		dl_json_member_text(&out, "mend", d->findings[i].mend);
		dl_json_object_end(&out);
	}
	dl_json_array_end(&out);
	dl_json_object_end(&out);
	puts(dl_buf_cstr(text));
}
