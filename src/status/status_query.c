/* SPDX-License-Identifier: MIT */
/* The query string of /status. */
#include "config.h"

#include "domain/row_errors.h"
#include "status/internal.h"
#include "web/problem.h"

/* "outcome_unknown" and the like; the longest code has 22 bytes. */
#define CODE_MAX 64
/* 50 ids with their commas and quotes. */
#define IDS_MAX 4096

static const char *const statuses[] = {"pending",   "queued",     "sending",
				       "sent",      "failed",     "uncertain",
				       "cancelled", "suppressed", "expired"};

static bool
refuse(struct dl_response *response, enum dl_problem_code code,
       const char *detail)
{
	dl_problem(response, code, detail ? "%s" : NULL, detail);
	return false;
}

/* dl_request_query() can't tell a broken escape from an absent parameter. */
static bool
escapes_are_whole(struct dl_str query)
{
	for (size_t i = 0; i < query.len; i++)
		if (query.ptr[i] == '%' &&
		    (i + 2 >= query.len ||
		     !memchr("0123456789abcdefABCDEF", query.ptr[i + 1], 22) ||
		     !memchr("0123456789abcdefABCDEF", query.ptr[i + 2], 22)))
			return false;
	return true;
}

static bool
read_ids(const struct dl_request *request, struct dl_response *response,
	 struct dl_str ids, struct dl_status_query *query)
{
	struct dl_db_array array;
	struct dl_uuid id;
	int n = 0;

	dl_db_array_begin(&array, request->arena, IDS_MAX);
	while (ids.ptr) {
		struct dl_str one = dl_str_trim(dl_str_cut(&ids, ','));

		if (!dl_uuid_parse(one, &id))
			return refuse(response, DL_P_INVALID_ID,
				      "\"ids\" traz um identificador que não "
				      "tem a forma de um UUID. Confira-o.");
		if (++n > DL_STATUS_MAX_IDS)
			return refuse(response, DL_P_INVALID_PARAMETER,
				      "\"ids\" aceita até 50 campanhas. "
				      "Divida a consulta.");
		dl_db_array_text(&array, id.text);
	}
	query->ids = dl_db_array_end(&array);
	return true;
}

static bool
read_status(struct dl_response *response, struct dl_str text,
	    struct dl_status_query *query)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (dl_str_eq(text, dl_str(statuses[i]))) {
			query->status = statuses[i];
			return true;
		}
	return refuse(response, DL_P_INVALID_PARAMETER,
		      "\"status\" é pending, queued, sending, sent, failed, "
		      "uncertain, cancelled, suppressed ou expired.");
}

static bool
read_code(const struct dl_request *request, struct dl_response *response,
	  struct dl_str text, struct dl_status_query *query)
{
	bool is_code = text.len > 0 && text.len <= CODE_MAX;

	for (size_t i = 0; is_code && i < text.len; i++)
		is_code = memchr("abcdefghijklmnopqrstuvwxyz0123456789_",
				 text.ptr[i], 37) != NULL;
	if (!is_code)
		return refuse(response, DL_P_INVALID_PARAMETER,
			      "\"code\" é um código de erro, como "
			      "not_on_whatsapp.");
	query->code = dl_arena_strndup(request->arena, text.ptr, text.len);
	return true;
}

static bool
read_limit(struct dl_response *response, struct dl_str text,
	   struct dl_status_query *query)
{
	int64_t limit;

	if (!dl_str_to_int64(text, &limit) || limit < 1 ||
	    limit > DL_STATUS_PAGE_MAX)
		return refuse(response, DL_P_INVALID_PARAMETER,
			      "\"limit\" é um número de 1 a 500.");
	query->limit = (int)limit;
	return true;
}

/* What the page is filtered and cut by. */
static bool
read_page(const struct dl_request *request, struct dl_response *response,
	  struct dl_status_query *query)
{
	enum dl_cursor_kind kind = query->view == DL_VIEW_LIST
				       ? DL_CURSOR_CAMPAIGNS
				       : DL_CURSOR_MESSAGES;
	struct dl_str text;

	query->has_after = dl_request_query(request, "after", &text);
	if (query->has_after &&
	    !dl_cursor_decode(request->arena, kind, text, &query->after))
		return refuse(response, DL_P_INVALID_CURSOR, NULL);
	if (dl_request_query(request, "limit", &text) &&
	    !read_limit(response, text, query))
		return false;
	if (query->view == DL_VIEW_LIST)
		return true;
	if (dl_request_query(request, "reveal", &text))
		query->wants_phones = dl_str_eq(text, DL_STR("1"));
	if (dl_request_query(request, "status", &text) &&
	    !read_status(response, text, query))
		return false;
	return !dl_request_query(request, "code", &text) ||
	       read_code(request, response, text, query);
}

/* Which view of the one campaign. */
static bool
read_view(const struct dl_request *request, struct dl_response *response,
	  struct dl_status_query *query)
{
	struct dl_str text;

	query->view = DL_VIEW_ONE;
	if (dl_request_query(request, "view", &text)) {
		if (!dl_str_eq(text, DL_STR("messages")))
			return refuse(response, DL_P_INVALID_PARAMETER,
				      "\"view\" só conhece messages.");
		query->view = DL_VIEW_MESSAGES;
	}
	if (!dl_request_query(request, "format", &text) ||
	    dl_str_eq(text, DL_STR("json")))
		return true;
	if (!dl_str_eq(text, DL_STR("csv")))
		return refuse(response, DL_P_INVALID_PARAMETER,
			      "\"format\" é json ou csv.");
	query->view = DL_VIEW_CSV;
	return true;
}

/* Without one campaign there are no messages to show. */
static bool
check_list(const struct dl_request *request, struct dl_response *response)
{
	struct dl_str text;

	if (dl_request_query(request, "view", &text) ||
	    dl_request_query(request, "format", &text))
		return refuse(response, DL_P_INVALID_PARAMETER,
			      "\"view\" e \"format\" pedem campaign_id.");
	return true;
}

bool
dl_status_query_read(const struct dl_request *request,
		     struct dl_response *response,
		     struct dl_status_query *query)
{
	struct dl_str ids;
	struct dl_str id;
	bool has_ids;

	*query = (struct dl_status_query){.limit = DL_STATUS_PAGE_DEFAULT};
	if (!escapes_are_whole(request->query))
		return refuse(response, DL_P_INVALID_PARAMETER,
			      "O endereço tem um % que não é seguido de dois "
			      "dígitos hexadecimais.");
	has_ids = dl_request_query(request, "ids", &ids);
	if (dl_request_query(request, "campaign_id", &id)) {
		if (has_ids)
			return refuse(response, DL_P_INVALID_PARAMETER,
				      "Use campaign_id ou ids, não os dois.");
		if (!dl_uuid_parse(id, &query->campaign_id))
			return refuse(response, DL_P_INVALID_ID, NULL);
		return read_view(request, response, query) &&
		       read_page(request, response, query);
	}
	if (!check_list(request, response))
		return false;
	query->view = has_ids ? DL_VIEW_IDS : DL_VIEW_LIST;
	if (has_ids)
		return read_ids(request, response, ids, query);
	return read_page(request, response, query);
}
