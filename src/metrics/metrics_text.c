/* SPDX-License-Identifier: MIT */
/*
 * The page as Prometheus reads it (text format 0.0.4).  Seconds are written
 * for milliseconds, as its naming rules ask.
 */
#include "config.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "metrics/page.h"

#define PREFIX "disparalead_"

/* The names of enum dl_outcome_class, as labels. */
static const char *const class_names[DL_METRICS_CLASSES] = {
    [DL_OUTCOME_SENT] = "sent",
    [DL_OUTCOME_PERMANENT] = "permanent",
    [DL_OUTCOME_TRANSIENT] = "transient",
    [DL_OUTCOME_INSTANCE_FAULT] = "instance_fault",
    [DL_OUTCOME_CREDENTIAL] = "credential",
    [DL_OUTCOME_UNKNOWN] = "unknown",
};

static uint64_t
get(const dl_metrics_number *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static void
put_family(struct dl_buf *out, const char *family, const char *type,
	   const char *help)
{
	dl_buf_appendf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n",
		       family, help, family, type);
}

static void
put_seconds(struct dl_buf *out, uint64_t ms)
{
	dl_buf_appendf(out, "%" PRIu64 ".%03" PRIu64, ms / 1000, ms % 1000);
}

/* label: as it stands between the braces, "" for none. */
static void
put_histogram(struct dl_buf *out, const char *family, const char *label,
	      const struct dl_metrics_histogram *histogram)
{
	static const int64_t bounds[] = DL_METRICS_BOUNDS_MS;
	const char *comma = *label ? "," : "";
	const char *open = *label ? "{" : "", *close = *label ? "}" : "";
	uint64_t n = 0;

	for (int i = 0; i < DL_METRICS_N_BOUNDS; i++) {
		n += get(&histogram->counts[i]);
		dl_buf_appendf(out, PREFIX "%s_bucket{%s%sle=\"", family, label,
			       comma);
		put_seconds(out, (uint64_t)bounds[i]);
		dl_buf_appendf(out, "\"} %" PRIu64 "\n", n);
	}
	n += get(&histogram->counts[DL_METRICS_N_BOUNDS]);
	dl_buf_appendf(out,
		       PREFIX "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n" PREFIX
			      "%s_sum%s%s%s ",
		       family, label, comma, n, family, open, label, close);
	put_seconds(out, get(&histogram->sum_ms));
	dl_buf_appendf(out, "\n" PREFIX "%s_count%s%s%s %" PRIu64 "\n", family,
		       open, label, close, n);
}

static void
put_requests(struct dl_buf *out, const char *label, const char *family,
	     const dl_metrics_number *requests)
{
	const int n = DL_METRICS_STATUS_END - DL_METRICS_STATUS_MIN;

	for (int i = 0; i < n; i++)
		if (get(&requests[i]))
			dl_buf_appendf(
			    out, PREFIX "%s{%s,status=\"%d\"} %" PRIu64 "\n",
			    family, label, i + DL_METRICS_STATUS_MIN,
			    get(&requests[i]));
}

/* A family that each program has. */
struct family {
	const char *name, *type, *help;
	enum { REQUESTS, HISTOGRAM, NUMBER, SECONDS } kind;
	size_t offset; /* in struct dl_metrics_program */
};

static void
put_of_program(struct dl_buf *out, const struct family *family, int i)
{
	const struct dl_metrics_program *program =
	    &dl_metrics_page()->programs[i];
	const void *at = (const char *)program + family->offset;
	char label[64];

	snprintf(label, sizeof(label), "program=\"%s\"",
		 dl_metrics_program_name(i));
	switch (family->kind) {
	case REQUESTS:
		put_requests(out, label, family->name, at);
		break;
	case HISTOGRAM:
		put_histogram(out, family->name, label, at);
		break;
	case NUMBER:
		dl_buf_appendf(out, PREFIX "%s{%s} %" PRIu64 "\n", family->name,
			       label, get(at));
		break;
	case SECONDS:
		dl_buf_appendf(out, PREFIX "%s{%s} ", family->name, label);
		put_seconds(out, get(at));
		dl_buf_append_c(out, '\n');
		break;
	}
}

/* A program that has never run here has nothing to show. */
static bool
is_used(const struct dl_metrics_program *program)
{
	return get(&program->workers) || get(&program->database_pool);
}

static void
put_programs(struct dl_buf *out)
{
#define AT(member) offsetof(struct dl_metrics_program, member)
	static const struct family families[] = {
	    {"requests_total", "counter",
	     "Requests, by program and HTTP status", REQUESTS, AT(requests)},
	    {"request_duration_seconds", "histogram",
	     "From a request's arrival to the end of its answer", HISTOGRAM,
	     AT(request_ms)},
	    {"worker_threads", "gauge",
	     "Requests that one process handles at a time", NUMBER,
	     AT(workers)},
	    {"database_wait_seconds", "histogram",
	     "How long a free connection to PostgreSQL was waited for",
	     HISTOGRAM, AT(database_wait_ms)},
	    {"database_refused_total", "counter",
	     "Times that no connection to PostgreSQL came", NUMBER,
	     AT(database_refused)},
	    {"database_busy_seconds_total", "counter",
	     "Connection-seconds in use; the rate is connections in use",
	     SECONDS, AT(database_busy_ms)},
	    {"database_pool_size", "gauge",
	     "Connections that one process may hold", NUMBER,
	     AT(database_pool)},
	};
#undef AT

	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		put_family(out, families[f].name, families[f].type,
			   families[f].help);
		for (int i = 0; i < DL_METRICS_N_PROGRAMS; i++)
			if (is_used(&dl_metrics_page()->programs[i]))
				put_of_program(out, &families[f], i);
	}
}

/* Rows that are 0 too: a counter that appears with 1 has not gone up. */
static void
put_messages(struct dl_buf *out)
{
	const struct dl_metrics_page *page = dl_metrics_page();

	put_family(out, "message_attempts_total", "counter",
		   "Attempts of messages, by outcome");
	for (int i = 0; i < DL_METRICS_CLASSES; i++)
		dl_buf_appendf(out,
			       PREFIX "message_attempts_total{outcome=\"%s\"} "
				      "%" PRIu64 "\n",
			       class_names[i], get(&page->outcomes[i]));
	put_family(out, "message_errors_total", "counter",
		   "Attempts of messages that were not accepted, by code");
	for (int i = DL_ROW_OK + 1; i < DL_ROW__COUNT; i++)
		dl_buf_appendf(
		    out,
		    PREFIX "message_errors_total{code=\"%s\"} %" PRIu64 "\n",
		    dl_row_error_text((enum dl_row_error)i)->code,
		    get(&page->errors[i]));
}

static void
put_counters(struct dl_buf *out)
{
	static const struct {
		const char *family, *label, *help;
	} rows[] = {
#define X(id, family, label, help) {family, label, help},
	    DL_METRICS_COUNTERS(X)
#undef X
	};

	for (int i = 0; i < DL_M__COUNT; i++) {
		if (i == 0 || strcmp(rows[i].family, rows[i - 1].family) != 0)
			put_family(out, rows[i].family, "counter",
				   rows[i].help);
		dl_buf_appendf(out, PREFIX "%s%s%s%s %" PRIu64 "\n",
			       rows[i].family, *rows[i].label ? "{" : "",
			       rows[i].label, *rows[i].label ? "}" : "",
			       get(&dl_metrics_page()->counters[i]));
	}
}

void
dl_metrics_write(struct dl_buf *out)
{
	const struct dl_metrics_page *page = dl_metrics_page();

	put_programs(out);
	put_messages(out);
	put_counters(out);
	put_family(out, "evolution_request_seconds", "histogram",
		   "From a send's request to Evolution's answer or its end");
	put_histogram(out, "evolution_request_seconds", "",
		      &page->evolution_ms);
	if (get(&page->swept_at_s)) {
		put_family(out, "sweep_last_end_timestamp_seconds", "gauge",
			   "When disparalead sweep last ended");
		dl_buf_appendf(out,
			       PREFIX "sweep_last_end_timestamp_seconds "
				      "%" PRIu64 "\n",
			       get(&page->swept_at_s));
	}
}
