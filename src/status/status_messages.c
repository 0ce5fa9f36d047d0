/* SPDX-License-Identifier: MIT */
/* Pages of a campaign's messages, and what has to be asked before. */
#include "config.h"

#include "domain/mask.h"
#include "domain/top_errors.h"
#include "status/internal.h"
#include "web/problem.h"

static enum dl_code
journal(const struct dl_status_call *call, const char *format, bool *is_found,
	struct dl_error *err)
{
	const struct dl_request *request = call->request;
	const char *tenant = call->identity->tenant_id.text;
	const char *params[] = {tenant,
				call->query->campaign_id.text,
				call->identity->user_id.text,
				request->request_id,
				dl_arena_strndup(request->arena,
						 request->client_ip.ptr,
						 request->client_ip.len),
				"messages",
				format,
				call->query->status,
				call->query->code};
	PGresult *rows;
	/* Twice in the journal is better than not at all. */
	enum dl_code code =
	    dl_db_call(call->app->pool, request->arena, tenant, true,
		       DL_SQL_STATUS_JOURNAL_REVEAL, params, &rows, err);

	if (code == DL_OK)
		*is_found = dl_db_bool(rows, 0, "is_found");
	return code;
}

static enum dl_code
find(const struct dl_status_call *call, bool *is_found, struct dl_error *err)
{
	const char *params[] = {call->query->campaign_id.text};
	PGresult *rows;
	enum dl_code code =
	    dl_db_call(call->app->pool, call->request->arena,
		       call->identity->tenant_id.text, true,
		       DL_SQL_STATUS_EXISTS, params, &rows, err);

	if (code == DL_OK)
		*is_found = PQntuples(rows) > 0;
	return code;
}

enum dl_code
dl_status_open(const struct dl_status_call *call, const char *format,
	       bool *is_found, bool *shows_phones, struct dl_error *err)
{
	enum dl_code code;

	*shows_phones =
	    call->query->wants_phones && dl_role_is_admin(call->identity->role);
	code = *shows_phones ? journal(call, format, is_found, err)
			     : find(call, is_found, err);
	if (code == DL_OK && !*is_found)
		dl_problem(call->response, DL_P_NOT_FOUND, NULL);
	return code;
}

enum dl_code
dl_status_page(const struct dl_status_call *call, struct dl_arena *arena,
	       const char *after_id, int limit, PGresult **rows,
	       struct dl_error *err)
{
	const struct dl_status_query *query = call->query;
	const char *tenant = call->identity->tenant_id.text;
	const char *params[] = {tenant,        query->campaign_id.text,
				query->status, query->code,
				after_id,      dl_db_from_int(arena, limit)};

	return dl_db_call(call->app->pool, arena, tenant, true,
			  DL_SQL_STATUS_MESSAGES, params, rows, err);
}

static void
put_error(struct dl_json_out *out, const PGresult *rows, int row)
{
	struct dl_str code = dl_db_text(rows, row, "error_code");
	const char *message = NULL;
	const char *action = NULL;

	if (code.len)
		message = dl_error_words(code, &action);
	dl_json_member_text(out, "error_code",
			    dl_db_cstr(rows, row, "error_code"));
	dl_json_member_text(out, "error_message",
			    dl_db_cstr(rows, row, "error_message"));
	dl_json_member_text(out, "message", message);
	dl_json_member_text(out, "action", action);
}

static void
put_times(struct dl_json_out *out, const PGresult *rows, int row)
{
	dl_status_put_time(out, "scheduled_for", rows, row, "scheduled_for_ms");
	dl_status_put_time(out, "queued_at", rows, row, "queued_at_ms");
	dl_status_put_time(out, "sent_at", rows, row, "sent_at_ms");
	dl_status_put_time(out, "delivered_at", rows, row, "delivered_at_ms");
	dl_status_put_time(out, "read_at", rows, row, "read_at_ms");
	dl_status_put_time(out, "replied_at", rows, row, "replied_at_ms");
}

static void
put_message(struct dl_json_out *out, struct dl_arena *arena,
	    const PGresult *rows, int row, bool shows_phones)
{
	struct dl_str phone = dl_db_text(rows, row, "phone_number");
	struct dl_str text = dl_db_text(rows, row, "message_content");

	if (!shows_phones) {
		phone = dl_mask_phone(arena, phone);
		text = dl_mask_text(arena, text);
	}
	dl_json_object_begin(out);
	dl_json_member_text(out, "message_id", dl_db_cstr(rows, row, "id"));
	dl_json_member_str(out, "phone_number", phone);
	dl_json_member_text(out, "instance_name",
			    dl_db_cstr(rows, row, "instance_name"));
	dl_json_member_text(out, "status", dl_db_cstr(rows, row, "status"));
	dl_json_member_text(out, "message_type",
			    dl_db_cstr(rows, row, "message_type"));
	dl_json_member_int(out, "template_index",
			   dl_db_int(rows, row, "template_index", 0));
	dl_json_member_str(out, "message_content", text);
	put_error(out, rows, row);
	dl_json_member_int(out, "retry_count",
			   dl_db_int(rows, row, "retry_count", 0));
	dl_json_member_text(out, "evolution_key",
			    dl_db_cstr(rows, row, "evolution_key"));
	put_times(out, rows, row);
	dl_json_object_end(out);
}

static const char *
cursor_of(struct dl_arena *arena, const PGresult *rows, int row)
{
	struct dl_cursor cursor = {.at_us = 0};

	if (!dl_uuid_parse(dl_db_text(rows, row, "id"), &cursor.id))
		return NULL;
	return dl_cursor_encode(arena, DL_CURSOR_MESSAGES, &cursor);
}

static void
answer(const struct dl_status_call *call, const PGresult *rows,
       bool shows_phones)
{
	struct dl_arena *arena = call->request->arena;
	int n = PQntuples(rows);
	bool has_more = n > call->query->limit;
	struct dl_json_out out;

	if (has_more)
		n = call->query->limit;
	dl_response_json(call->response, 200);
	dl_status_cache_phones(call->response);
	dl_json_begin(&out, call->response->body);
	dl_json_object_begin(&out);
	dl_json_key(&out, "items");
	dl_json_array_begin(&out);
	for (int i = 0; i < n; i++)
		put_message(&out, arena, rows, i, shows_phones);
	dl_json_array_end(&out);
	dl_json_member_text(&out, "next_after",
			    has_more ? cursor_of(arena, rows, n - 1) : NULL);
	dl_json_object_end(&out);
}

enum dl_code
dl_status_messages(const struct dl_status_call *call, struct dl_error *err)
{
	const struct dl_status_query *query = call->query;
	PGresult *rows;
	bool is_found;
	bool shows_phones;
	enum dl_code code =
	    dl_status_open(call, "json", &is_found, &shows_phones, err);

	if (code != DL_OK || !is_found)
		return code;
	/* One more than shown tells whether there is another page. */
	code = dl_status_page(call, call->request->arena,
			      query->has_after ? query->after.id.text : NULL,
			      query->limit + 1, &rows, err);
	if (code == DL_OK)
		answer(call, rows, shows_phones);
	return code;
}
