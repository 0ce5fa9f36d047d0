/* SPDX-License-Identifier: MIT */
/* JSON log lines on standard error. */
#include "config.h"

#include "base/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json_out.h"

/* A line is cut here; a detail is at most 256 bytes and ids are short. */
#define LINE_MAX_BYTES 8192

static const char *log_program = "disparalead";
static enum dl_log_level log_max_level = DL_LOG_INFO;
static bool log_to_journal;
static _Thread_local const char *log_request_id;

void
dl_log_open(const char *program, enum dl_log_level max_level)
{
	log_program = program;
	log_max_level = max_level;
	log_to_journal = getenv("JOURNAL_STREAM") != NULL;
}

void
dl_log_set_request_id(const char *request_id)
{
	log_request_id = request_id;
}

static const char *
level_name(enum dl_log_level level)
{
	switch (level) {
	case DL_LOG_CRIT:
		return "crit";
	case DL_LOG_ERR:
		return "error";
	case DL_LOG_WARNING:
		return "warning";
	case DL_LOG_NOTICE:
		return "notice";
	case DL_LOG_INFO:
		return "info";
	case DL_LOG_DEBUG:
		return "debug";
	}
	return "unknown";
}

static void
write_line(const struct dl_buf *line)
{
	size_t done = 0;

	while (done < line->len) {
		ssize_t n =
		    write(STDERR_FILENO, line->ptr + done, line->len - done);

		if (n <= 0)
			return; /* nobody is left to tell */
		done += (size_t)n;
	}
}

static void
put_field(struct dl_json_out *out, const struct dl_log_field *field)
{
	dl_json_key(out, field->name);
	if (field->kind == DL_LOG_NUMBER)
		dl_json_int(out, field->number);
	else
		dl_json_str(out, field->text);
}

static void
put_head(struct dl_json_out *out, enum dl_log_level level, const char *op)
{
	char ts[DL_RFC3339_MAX];

	dl_json_member_text(out, "ts", dl_clock_format(dl_clock_now_ms(), ts));
	dl_json_member_text(out, "level", level_name(level));
	dl_json_member_text(out, "program", log_program);
	if (log_request_id)
		dl_json_member_text(out, "request_id", log_request_id);
	dl_json_member_text(out, "op", op);
}

void
dl_log_fields(enum dl_log_level level, const char *op, const char *message,
	      const struct dl_log_field *fields, size_t n)
{
	struct dl_buf line;
	struct dl_json_out out;

	if (level > log_max_level)
		return;
	dl_buf_init(&line, NULL, LINE_MAX_BYTES);
	if (log_to_journal)
		dl_buf_appendf(&line, "<%d>", (int)level);
	dl_json_begin(&out, &line);
	dl_json_object_begin(&out);
	put_head(&out, level, op);
	dl_json_member_text(&out, "message", message);
	for (size_t i = 0; i < n; i++)
		put_field(&out, &fields[i]);
	dl_json_object_end(&out);
	if (dl_buf_failed(&line)) {
		dl_buf_reset(&line);
		dl_buf_puts(&line, "{\"level\":\"error\",\"op\":\"log\","
				   "\"message\":\"a line was too long\"}");
	}
	line.max += 1;
	dl_buf_append_c(&line, '\n');
	write_line(&line);
	dl_buf_clear(&line);
}

void
dl_log_raw(enum dl_log_level level, const char *op, const char *message)
{
	dl_log_fields(level, op, message, NULL, 0);
}

void
dl_log_error(const struct dl_error *err)
{
	struct dl_log_field fields[6] = {
	    DL_F_TEXT("code", dl_code_name(err->code)),
	};
	size_t n = 1;

	if (err->sqlstate[0])
		fields[n++] =
		    (struct dl_log_field)DL_F_TEXT("sqlstate", err->sqlstate);
	if (err->http_status)
		fields[n++] = (struct dl_log_field)DL_F_INT("http_status",
							    err->http_status);
	if (err->sys)
		fields[n++] = (struct dl_log_field)DL_F_INT("sys", err->sys);
	if (err->uncertain)
		fields[n++] = (struct dl_log_field)DL_F_INT("uncertain", 1);
	dl_log_fields((enum dl_log_level)dl_code_log_level(err->code),
		      err->op ? err->op : "unknown", err->detail, fields, n);
}

const char *
dl_log_phone(struct dl_str phone, char out[DL_MASKED_PHONE_MAX])
{
	size_t len = phone.len < DL_MASKED_PHONE_MAX - 1
			 ? phone.len
			 : DL_MASKED_PHONE_MAX - 1;

	for (size_t i = 0; i < len; i++) {
		bool is_shown = len >= 12 && (i < 5 || i + 4 >= len);

		out[i] = is_shown ? phone.ptr[i] : '*';
	}
	out[len] = '\0';
	return out;
}
