/* SPDX-License-Identifier: MIT */
/* What all forms of a campaign have in common. */
#include "config.h"

#include "base/clock.h"
#include "domain/progress.h"
#include "status/internal.h"

struct dl_status_counters
dl_status_counters(const PGresult *rows, int row)
{
	struct dl_status_counters c = {
	    .total = dl_db_int(rows, row, "total_messages", 0),
	    .sent = dl_db_int(rows, row, "sent_count", 0),
	    .failed = dl_db_int(rows, row, "failed_count", 0),
	    .cancelled = dl_db_int(rows, row, "cancelled_count", 0),
	    .suppressed = dl_db_int(rows, row, "suppressed_count", 0),
	    .expired = dl_db_int(rows, row, "expired_count", 0),
	};

	c.final_rows =
	    c.sent + c.failed + c.cancelled + c.suppressed + c.expired;
	return c;
}

void
dl_status_put_ms(struct dl_json_out *out, const char *name, int64_t at_ms)
{
	char text[DL_RFC3339_MAX];

	dl_json_member_text(out, name,
			    at_ms ? dl_clock_format(at_ms, text) : NULL);
}

void
dl_status_put_time(struct dl_json_out *out, const char *name,
		   const PGresult *rows, int row, const char *column)
{
	dl_status_put_ms(out, name, dl_db_int(rows, row, column, 0));
}

void
dl_status_put_head(struct dl_json_out *out, const PGresult *rows, int row)
{
	struct dl_status_counters c = dl_status_counters(rows, row);
	enum dl_phase phase = dl_phase_of(dl_db_text(rows, row, "status"));
	double success = dl_progress_success(c.sent, c.failed);

	dl_json_member_text(out, "campaign_id",
			    dl_db_cstr(rows, row, "campaign_id"));
	dl_json_member_text(out, "name", dl_db_cstr(rows, row, "name"));
	dl_json_member_text(out, "status", dl_db_cstr(rows, row, "status"));
	dl_json_member_text(out, "status_reason",
			    dl_db_cstr(rows, row, "status_reason"));
	dl_json_member_int(out, "total_messages", c.total);
	dl_json_member_int(out, "sent_count", c.sent);
	dl_json_member_int(out, "failed_count", c.failed);
	dl_json_member_int(out, "delivered_count",
			   dl_db_int(rows, row, "delivered_count", 0));
	dl_json_member_int(out, "read_count",
			   dl_db_int(rows, row, "read_count", 0));
	dl_json_key(out, "percent");
	dl_json_double(
	    out, dl_progress_tenths(c.final_rows, c.total, phase) / 10.0, 1);
	dl_json_key(out, "success_rate");
	if (success < 0)
		dl_json_null(out);
	else
		dl_json_double(out, success, 4);
}
