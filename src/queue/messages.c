/* SPDX-License-Identifier: MIT */
/* Reading and cancelling messages. */
#include "config.h"

#include "queue/messages.h"

#include "base/json_out.h"
#include "queue/api.h"
#include "queue/message_json.h"

/* The vendor's page. */
#define MAX_PAGE 100
/* Ids that fit into a request's head are far fewer bytes. */
#define MAX_ID_LIST 65536
/* Above whatever a queue of this size holds. */
#define MAX_CANCEL 1000000

static const char *
id_of(const struct dl_request *request)
{
	size_t prefix = sizeof(DL_QUEUE_MESSAGES_PATH) - 1;

	return dl_arena_strndup(request->arena, request->path.ptr + prefix,
				request->path.len - prefix);
}

enum dl_code
dl_queue_show_message(const struct dl_queue *queue,
		      const struct dl_request *request,
		      struct dl_response *response, struct dl_error *err)
{
	const char *params[] = {queue->credentials.account, id_of(request)};
	struct dl_json_out out;
	enum dl_code code;
	PGresult *rows;

	code = dl_db_call(queue->pool, request->arena, NULL, true,
			  DL_SQL_QUEUE_MESSAGE_GET, params, &rows, err);
	if (code != DL_OK)
		return code;
	if (!PQntuples(rows)) {
		dl_queue_refuse(response, 404, "message not found");
		return DL_OK;
	}
	dl_response_json(response, 200);
	dl_json_begin(&out, response->body);
	dl_queue_message_write(&out, request->arena, rows, 0, false);
	return DL_OK;
}

/* ids is an array literal, or NULL and then label is none. */
static enum dl_code
cancel(const struct dl_queue *queue, const struct dl_request *request,
       const char *ids, const char *label, const char *count, int64_t *n,
       struct dl_error *err)
{
	const char *params[] = {queue->credentials.account, ids, label, count};
	enum dl_code code;
	PGresult *rows;

	code = dl_db_call(queue->pool, request->arena, NULL, true,
			  DL_SQL_QUEUE_CANCEL, params, &rows, err);
	if (code == DL_OK)
		*n = dl_db_int(rows, 0, "n", 0);
	return code;
}

static void
answer_cancelled(struct dl_response *response, int64_t n)
{
	struct dl_json_out out;

	dl_response_json(response, 200);
	dl_json_begin(&out, response->body);
	dl_json_object_begin(&out);
	dl_json_member_int(&out, "cancelled", n);
	dl_json_object_end(&out);
}

/* The comma-separated ids as an array literal. */
static const char *
id_list(struct dl_arena *arena, struct dl_str ids)
{
	struct dl_db_array array;

	dl_db_array_begin(&array, arena, MAX_ID_LIST);
	while (ids.ptr)
		dl_db_array_str(&array, dl_str_trim(dl_str_cut(&ids, ',')));
	return dl_db_array_end(&array);
}

enum dl_code
dl_queue_cancel_message(const struct dl_queue *queue,
			const struct dl_request *request,
			struct dl_response *response, struct dl_error *err)
{
	const char *ids = id_list(request->arena, dl_str(id_of(request)));
	enum dl_code code;
	int64_t n = 0;

	code = cancel(queue, request, ids, NULL, NULL, &n, err);
	if (code != DL_OK)
		return code;
	if (n)
		answer_cancelled(response, n);
	else
		dl_queue_refuse(response, 404, "message not found");
	return DL_OK;
}

/* --------------------------------------------------------- query parameters */

/* Whether every parameter of the query is one of names (NULL at the end). */
static bool
knows_all(const struct dl_request *request, const char *const *names)
{
	struct dl_str rest = request->query;

	while (rest.ptr) {
		struct dl_str value = dl_str_cut(&rest, '&');
		struct dl_str name = dl_str_cut(&value, '=');
		const char *const *known = names;

		while (*known && !dl_str_eq(name, dl_str(*known)))
			known++;
		if (name.len && !*known)
			return false;
	}
	return true;
}

/* The parameter as text of the arena; NULL where absent or empty. */
static const char *
parameter(const struct dl_request *request, const char *name)
{
	struct dl_str value;

	if (!dl_request_query(request, name, &value) || !value.len)
		return NULL;
	return dl_arena_strndup(request->arena, value.ptr, value.len);
}

/* count as given, or fallback; false for no number from 1 to max. */
static bool
count_of(const struct dl_request *request, int64_t max, const char *fallback,
	 const char **count)
{
	int64_t n;

	*count = parameter(request, "count");
	if (!*count) {
		*count = fallback;
		return true;
	}
	return dl_str_to_int64(dl_str(*count), &n) && n >= 1 && n <= max;
}

enum dl_code
dl_queue_cancel_messages(const struct dl_queue *queue,
			 const struct dl_request *request,
			 struct dl_response *response, struct dl_error *err)
{
	static const char *const known[] = {"label", "messageIds", "count",
					    "qstash_token", NULL};
	const char *ids = parameter(request, "messageIds");
	const char *label = parameter(request, "label");
	const char *count;
	enum dl_code code;
	int64_t n = 0;

	if (!knows_all(request, known) ||
	    !count_of(request, MAX_CANCEL, NULL, &count)) {
		dl_queue_refuse(response, 400,
				"invalid query parameter: local-queue knows "
				"label, messageIds and count");
		return DL_OK;
	}
	if (!ids && !label) {
		dl_queue_refuse(response, 400,
				"a filter is required: label or messageIds");
		return DL_OK;
	}
	/* With ids the other filters are ignored. */
	if (ids)
		ids = id_list(request->arena, dl_str(ids));
	code = cancel(queue, request, ids, ids ? NULL : label, count, &n, err);
	if (code == DL_OK)
		answer_cancelled(response, n);
	return code;
}

/* -------------------------------------------------------- the dead letters */

static void
write_page(struct dl_json_out *out, struct dl_arena *arena,
	   const PGresult *rows, int page)
{
	int n = PQntuples(rows) < page ? PQntuples(rows) : page;

	dl_json_object_begin(out);
	dl_json_key(out, "messages");
	dl_json_array_begin(out);
	for (int i = 0; i < n; i++)
		dl_queue_message_write(out, arena, rows, i, true);
	dl_json_array_end(out);
	if (PQntuples(rows) > page)
		dl_json_member_str(out, "cursor",
				   dl_db_text(rows, page - 1, "dlq_id"));
	dl_json_object_end(out);
}

enum dl_code
dl_queue_list_dead(const struct dl_queue *queue,
		   const struct dl_request *request,
		   struct dl_response *response, struct dl_error *err)
{
	static const char *const known[] = {
	    "cursor", "count", "messageId", "label", "qstash_token", NULL};
	struct dl_json_out out;
	const char *count;
	enum dl_code code;
	PGresult *rows;
	int64_t page;

	if (!knows_all(request, known) ||
	    !count_of(request, MAX_PAGE, "100", &count) ||
	    !dl_str_to_int64(dl_str(count), &page)) {
		dl_queue_refuse(response, 400,
				"invalid query parameter: local-queue knows "
				"cursor, count (1 to 100), messageId and "
				"label");
		return DL_OK;
	}
	/* One more than the page tells whether another follows. */
	code = dl_db_call(
	    queue->pool, request->arena, NULL, true, DL_SQL_QUEUE_DEAD_LIST,
	    (const char *[]){
		queue->credentials.account, parameter(request, "cursor"),
		dl_db_from_int(request->arena, page + 1),
		parameter(request, "messageId"), parameter(request, "label")},
	    &rows, err);
	if (code != DL_OK)
		return code;
	dl_response_json(response, 200);
	dl_json_begin(&out, response->body);
	write_page(&out, request->arena, rows, (int)page);
	return DL_OK;
}
