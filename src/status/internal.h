/* SPDX-License-Identifier: MIT */
/*
 * What the views share: the question, read from the query string once, and
 * small helpers of the JSON that they write.  Included by src/status alone.
 */
#ifndef DL_STATUS_INTERNAL_H
#define DL_STATUS_INTERNAL_H

#include "base/json_out.h"
#include "domain/cursor.h"
#include "domain/eta.h"
#include "status/status.h"

/* A dashboard shows so many campaigns at a time. */
#define DL_STATUS_MAX_IDS 50

/* Rows of a page: what is asked for is cut to the bounds by a refusal. */
#define DL_STATUS_PAGE_DEFAULT 100
#define DL_STATUS_PAGE_MAX     500

enum dl_status_view {
	DL_VIEW_ONE,      /* campaign_id */
	DL_VIEW_IDS,      /* ids */
	DL_VIEW_LIST,     /* neither */
	DL_VIEW_MESSAGES, /* campaign_id, view=messages */
	DL_VIEW_CSV       /* campaign_id, format=csv */
};

struct dl_status_seen;

/* A question, checked. */
struct dl_status_query {
	enum dl_status_view view;
	struct dl_uuid campaign_id;
	const char *ids;    /* array literal */
	const char *status; /* NULL: any */
	const char *code;   /* NULL: any */
	bool has_after;
	struct dl_cursor after;
	int limit;
	bool wants_phones; /* reveal=1 */
};

/* Who asks what, for a view. */
struct dl_status_call {
	const struct dl_status_app *app;
	const struct dl_request *request;
	struct dl_response *response;
	const struct dl_identity *identity;
	const struct dl_status_query *query;
	const struct dl_status_seen *seen; /* of DL_VIEW_ONE: the campaign */
};

/*
 * Reads the query string.  False when the response holds the problem that it
 * is: invalid_id, invalid_cursor, invalid_parameter.
 */
bool dl_status_query_read(const struct dl_request *request,
			  struct dl_response *response,
			  struct dl_status_query *query);

/* The other views; each fills the response. */
enum dl_code dl_status_list(const struct dl_status_call *call,
			    struct dl_error *err) DL_MUST_CHECK;
enum dl_code dl_status_ids(const struct dl_status_call *call,
			   struct dl_error *err) DL_MUST_CHECK;
enum dl_code dl_status_messages(const struct dl_status_call *call,
				struct dl_error *err) DL_MUST_CHECK;
enum dl_code dl_status_csv(const struct dl_status_call *call,
			   struct dl_error *err) DL_MUST_CHECK;

/*
 * Runs before rows of messages are read: whether the tenant has the campaign,
 * else the response holds not_found; and whether whole phones may be shown,
 * which is in the journal then.
 */
enum dl_code dl_status_open(const struct dl_status_call *call,
			    const char *format, bool *is_found,
			    bool *shows_phones,
			    struct dl_error *err) DL_MUST_CHECK;

/* A page of messages after after_id (NULL: from the first), in the arena. */
enum dl_code dl_status_page(const struct dl_status_call *call,
			    struct dl_arena *arena, const char *after_id,
			    int limit, PGresult **rows,
			    struct dl_error *err) DL_MUST_CHECK;

/* The row's counters, as every form of a campaign shows them. */
struct dl_status_counters {
	int64_t total, sent, failed, cancelled, suppressed, expired;
	int64_t final_rows; /* the last five together */
};
struct dl_status_counters dl_status_counters(const PGresult *rows, int row);

/* Whose numbers are asked for. */
struct dl_status_ask {
	const char *tenant_id;
	const struct dl_uuid *campaign_id;
	const PGresult *row; /* of status_one */
	int64_t waiting;     /* rows in pending and queued */
};

/* The campaign's numbers, and what follows from them. */
struct dl_outlook {
	PGresult *lanes;  /* of status_lanes */
	int64_t first_ms; /* the first slot that waits; 0: none */
	int64_t last_ms;
	struct dl_eta eta;
};
enum dl_code dl_status_outlook(const struct dl_status_app *app,
			       struct dl_arena *arena,
			       const struct dl_status_ask *ask,
			       struct dl_outlook *outlook,
			       struct dl_error *err) DL_MUST_CHECK;
/* The numbers as JSON, rows of status_lanes. */
void dl_status_put_lanes(struct dl_json_out *out, const PGresult *lanes);

/*
 * When the campaign ends, lanes being the rows of status_lanes; asks for open
 * times and caps where there are any.
 */
enum dl_code dl_status_eta(const struct dl_status_app *app,
			   struct dl_arena *arena,
			   const struct dl_status_ask *ask,
			   const PGresult *lanes, struct dl_eta *eta,
			   struct dl_error *err) DL_MUST_CHECK;

/* Members that the full and the short form have in common: id to percent. */
void dl_status_put_head(struct dl_json_out *out, const PGresult *rows, int row);
/* The column (milliseconds) as RFC 3339, null where it is NULL. */
void dl_status_put_time(struct dl_json_out *out, const char *name,
			const PGresult *rows, int row, const char *column);
/* The same from a number; 0 is null. */
void dl_status_put_ms(struct dl_json_out *out, const char *name, int64_t at_ms);

/* ETag, Cache-Control and Vary of one campaign at a version. */
void dl_status_cache_version(struct dl_response *response, int64_t version);
/* Cache-Control and Vary of counters; of answers that hold phones. */
void dl_status_cache_counters(struct dl_response *response);
void dl_status_cache_phones(struct dl_response *response);

/* GET /healthz: the process lives; no database is asked. */
void dl_health_alive(struct dl_response *response);
/*
 * GET /readyz: the database answers and is migrated, and the queue takes our
 * token (asked every few seconds at most; where no queue is set it is not
 * asked), else 503.
 */
void dl_health_ready(struct dl_status_app *app,
		     const struct dl_request *request,
		     struct dl_response *response);
/* GET /metrics, in Prometheus' text format; 200 also without the database. */
void dl_metrics_show(const struct dl_status_app *app,
		     const struct dl_request *request,
		     struct dl_response *response);

#endif
