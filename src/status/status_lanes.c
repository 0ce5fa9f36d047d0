/* SPDX-License-Identifier: MIT */
/* A campaign's numbers, and from them when it ends. */
#include "config.h"

#include "status/internal.h"

static void
put_lane(struct dl_json_out *out, const PGresult *lanes, int i)
{
	dl_json_object_begin(out);
	dl_json_member_text(out, "instance_name",
			    dl_db_cstr(lanes, i, "instance_name"));
	dl_json_member_text(out, "state", dl_db_cstr(lanes, i, "state"));
	dl_json_member_bool(out, "is_parked",
			    dl_db_bool(lanes, i, "is_parked"));
	dl_status_put_time(out, "parked_until", lanes, i, "parked_until_ms");
	dl_json_member_text(out, "reason",
			    dl_db_cstr(lanes, i, "capped_until_ms")
				? "daily_cap"
				: dl_db_cstr(lanes, i, "reason"));
	dl_status_put_time(out, "capped_until", lanes, i, "capped_until_ms");
	dl_json_member_int(out, "sent_today",
			   dl_db_int(lanes, i, "sent_today", 0));
	dl_json_key(out, "daily_cap");
	if (dl_db_cstr(lanes, i, "daily_cap"))
		dl_json_int(out, dl_db_int(lanes, i, "daily_cap", 0));
	else
		dl_json_null(out);
	dl_json_object_end(out);
}

void
dl_status_put_lanes(struct dl_json_out *out, const PGresult *lanes)
{
	dl_json_array_begin(out);
	for (int i = 0; i < PQntuples(lanes); i++)
		put_lane(out, lanes, i);
	dl_json_array_end(out);
}

/* The first or last of the numbers' slots; 0: none. */
static int64_t
slot_of_lanes(const PGresult *lanes, const char *column, bool is_last)
{
	int64_t found = 0;

	for (int i = 0; i < PQntuples(lanes); i++) {
		int64_t slot = dl_db_int(lanes, i, column, 0);

		if (slot && (!found || (is_last ? slot > found : slot < found)))
			found = slot;
	}
	return found;
}

enum dl_code
dl_status_outlook(const struct dl_status_app *app, struct dl_arena *arena,
		  const struct dl_status_ask *ask, struct dl_outlook *outlook,
		  struct dl_error *err)
{
	const char *params[] = {
	    ask->tenant_id, ask->campaign_id->text,
	    dl_db_from_int(arena, app->settings->start_margin_ms)};
	PGresult *lanes;
	enum dl_code code =
	    dl_db_call(app->pool, arena, ask->tenant_id, true,
		       DL_SQL_STATUS_LANES, params, &lanes, err);

	if (code != DL_OK)
		return code;
	*outlook = (struct dl_outlook){
	    .lanes = lanes,
	    .first_ms = slot_of_lanes(lanes, "first_ms", false),
	    .last_ms = slot_of_lanes(lanes, "last_ms", true),
	};
	return dl_status_eta(app, arena, ask, lanes, &outlook->eta, err);
}
