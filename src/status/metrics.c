/* SPDX-License-Identifier: MIT */
/*
 * GET /metrics: the numbers that the programs of this machine share, and what
 * the database knows of the whole installation.  Without the database the
 * former still come, with disparalead_database_up 0.
 */
#include "config.h"

#include "base/log.h"
#include "metrics/metrics.h"
#include "status/internal.h"

#define CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* The families of disparalead.gauges(), in the order of their names. */
static const struct gauge {
	const char *family;
	const char *label; /* its name; NULL: the family has none */
	const char *help;
} gauges[] = {
    {"campaigns_live", NULL, "Campaigns that send or wait for their time"},
    {"campaigns_paused", "reason",
     "Paused campaigns, by reason; empty: a person paused them"},
    {"lanes_parked", "reason", "WhatsApp numbers that are parked, by reason"},
    {"ledger_checked_timestamp_seconds", NULL,
     "When the whole ledger was last checked"},
    {"ledger_mismatches", NULL,
     "Differences between counters and rows that the last check found"},
    {"local_queue_dead_letters", NULL,
     "Dead letters of the embedded queue, up to 10000"},
    {"messages_uncertain", NULL,
     "Messages of which nobody knows yet whether they went out"},
    {"outbox_waiting", NULL, "Clean-ups and announcements still to be done"},
    {"publish_overdue_seconds", NULL,
     "How late the most late unpublished message is"},
    {"queue_overdue_seconds", NULL, "How late the most late queued message is"},
};

static void
put_head(struct dl_buf *out, const char *family, const char *help)
{
	dl_buf_appendf(out,
		       "# HELP disparalead_%s %s\n"
		       "# TYPE disparalead_%s gauge\n",
		       family, help, family);
}

/* A label's value: backslash, quote and line feed are escaped. */
static void
put_label(struct dl_buf *out, const char *name, struct dl_str value)
{
	dl_buf_appendf(out, "{%s=\"", name);
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (c == '\\' || c == '"')
			dl_buf_append_c(out, '\\');
		if (c == '\n')
			dl_buf_puts(out, "\\n");
		else
			dl_buf_append_c(out, c);
	}
	dl_buf_puts(out, "\"}");
}

static void
put_gauge(struct dl_buf *out, const struct gauge *gauge, const PGresult *rows)
{
	put_head(out, gauge->family, gauge->help);
	for (int row = 0; row < PQntuples(rows); row++) {
		if (!dl_str_eq(dl_db_text(rows, row, "family"),
			       dl_str(gauge->family)))
			continue;
		dl_buf_appendf(out, "disparalead_%s", gauge->family);
		if (gauge->label)
			put_label(out, gauge->label,
				  dl_db_text(rows, row, "label"));
		dl_buf_appendf(out, " %s\n", dl_db_cstr(rows, row, "value"));
	}
}

void
dl_metrics_show(const struct dl_status_app *app,
		const struct dl_request *request, struct dl_response *response)
{
	struct dl_buf *out = response->body;
	struct dl_error err = {.code = DL_OK};
	PGresult *rows;
	bool is_up = dl_db_call(app->pool, request->arena, NULL, true,
				DL_SQL_GAUGES, NULL, &rows, &err) == DL_OK;

	response->content_type = CONTENT_TYPE;
	dl_response_header(response, "Cache-Control", "no-store");
	dl_metrics_write(out);
	put_head(out, "database_up", "Whether the database answered just now");
	dl_buf_appendf(out, "disparalead_database_up %d\n", is_up);
	if (!is_up) {
		dl_log_error(&err);
		return;
	}
	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		put_gauge(out, &gauges[i], rows);
}
