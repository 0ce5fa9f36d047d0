/* SPDX-License-Identifier: MIT */
/* Filters: from the query's pairs to JSON. */
#include "config.h"

#include "queue/query.h"

#include "base/json_in.h"
#include "base/json_out.h"

/* Above what fits into a request's head, or a body of a thousand ids. */
#define MAX_FILTERS 262144
#define MAX_IDS     1000
#define MAX_TIME    9999999999999 /* unix milliseconds, in the year 2286 */

struct parse {
	const struct dl_request *request;
	struct dl_arena *arena;
	struct dl_json_out out;
	const char **fault;
};

static bool
refuse(struct parse *p, struct dl_str name, const char *what)
{
	*p->fault = dl_arena_printf(
	    p->arena, "invalid query parameter: %.*s %s",
	    (int)(name.len < 100 ? name.len : 100), name.ptr, what);
	return false;
}

/* ------------------------------------------------------------ the elements */

static bool
write_text(struct parse *p, struct dl_str name, struct dl_str value)
{
	(void)name;
	dl_json_str(&p->out, value);
	return true;
}

static bool
write_status(struct parse *p, struct dl_str name, struct dl_str value)
{
	int64_t status;

	if (!dl_str_to_int64(value, &status) || status < 0 || status > 999)
		return refuse(p, name, "must be an HTTP status");
	dl_json_str(&p->out, value);
	return true;
}

/* The vendor's clients spell one of them in two ways. */
static bool
write_state(struct parse *p, struct dl_str name, struct dl_str value)
{
	static const struct {
		const char *given;
		const char *states[3];
	} known[] = {
	    {"CREATED", {"CREATED"}},
	    {"ACTIVE", {"ACTIVE"}},
	    {"RETRY", {"RETRY"}},
	    {"ERROR", {"ERROR"}},
	    {"DELIVERED", {"DELIVERED"}},
	    {"FAILED", {"FAILED"}},
	    {"CANCEL_REQUESTED", {"CANCEL_REQUESTED"}},
	    {"CANCELLED", {"CANCELLED"}},
	    {"CANCELED", {"CANCELLED"}},
	    {"IN_PROGRESS", {"ACTIVE", "RETRY", "ERROR"}},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!dl_str_eq_nocase(value, dl_str(known[i].given)))
			continue;
		for (size_t j = 0; j < 3 && known[i].states[j]; j++)
			dl_json_text(&p->out, known[i].states[j]);
		return true;
	}
	return refuse(p, name, "is no state of a message");
}

static const struct filter {
	const char *name;
	const char *stored; /* what local_queue.condition() calls it */
	bool is_split;      /* at commas */
	bool (*write)(struct parse *p, struct dl_str name, struct dl_str value);
} filters[] = {
    {"messageIds", "messageIds", true, write_text},
    {"messageId", "messageIds", true, write_text},
    {"dlqIds", "dlqIds", true, write_text},
    {"label", "label", true, write_text},
    {"flowControlKey", "flowControlKey", true, write_text},
    {"url", "url", false, write_text},
    {"host", "host", true, write_text},
    {"path", "path", false, write_text},
    {"callerIp", "callerIp", true, write_text},
    {"callerIP", "callerIp", true, write_text},
    {"topicName", "topicName", true, write_text},
    {"queueName", "queueName", true, write_text},
    {"scheduleId", "scheduleId", true, write_text},
    {"responseStatus", "responseStatus", true, write_status},
    {"state", "state", true, write_state},
};
#define N_FILTERS (sizeof(filters) / sizeof(*filters))

/* ------------------------------------------------------- the query's pairs */

/* The next pair with a name; false at the end. */
static bool
next_pair(struct dl_str *rest, struct dl_str *name, struct dl_str *value)
{
	while (rest->ptr) {
		*value = dl_str_cut(rest, '&');
		*name = dl_str_cut(value, '=');
		if (name->len)
			return true;
	}
	return false;
}

static bool
is_known(struct dl_str name, const char *const *names)
{
	while (*names && !dl_str_eq(name, dl_str(*names)))
		names++;
	return *names || dl_str_eq(name, DL_STR("qstash_token"));
}

static bool
check_names(struct parse *p, const char *const *names)
{
	struct dl_str rest = p->request->query;
	struct dl_str name, value, decoded;

	while (next_pair(&rest, &name, &value)) {
		if (!is_known(name, names))
			return refuse(p, name, "is not known to this route");
		if (!value.len)
			return refuse(p, name, "must not be empty");
		if (!dl_url_decode(p->arena, value, true, &decoded))
			return refuse(p, name, "is not well encoded");
	}
	return true;
}

/* One pair's value or values. */
static bool
write_values(struct parse *p, const struct filter *filter, struct dl_str raw)
{
	struct dl_str name = dl_str(filter->name);
	struct dl_str value;

	if (!dl_url_decode(p->arena, raw, true, &value))
		return refuse(p, name, "is not well encoded");
	if (!filter->is_split)
		return filter->write(p, name, value);
	while (value.ptr) {
		struct dl_str part = dl_str_trim(dl_str_cut(&value, ','));

		if (!part.len)
			return refuse(p, name, "must not be empty");
		if (!filter->write(p, name, part))
			return false;
	}
	return true;
}

/* All values that the query has under the filter's stored name. */
static bool
write_filter(struct parse *p, const char *stored, bool *is_there)
{
	struct dl_str rest = p->request->query;
	struct dl_str name, value;

	*is_there = false;
	while (next_pair(&rest, &name, &value)) {
		for (size_t i = 0; i < N_FILTERS; i++) {
			if (strcmp(filters[i].stored, stored) != 0 ||
			    !dl_str_eq(name, dl_str(filters[i].name)))
				continue;
			if (!*is_there) {
				dl_json_key(&p->out, stored);
				dl_json_array_begin(&p->out);
				*is_there = true;
			}
			if (!write_values(p, &filters[i], value))
				return false;
		}
	}
	if (*is_there)
		dl_json_array_end(&p->out);
	return true;
}

static bool
write_filters(struct parse *p, struct dl_queue_query *query)
{
	for (size_t i = 0; i < N_FILTERS; i++) {
		bool is_alias = i > 0 && strcmp(filters[i].stored,
						filters[i - 1].stored) == 0;
		bool is_there = false;

		if (!is_alias && !write_filter(p, filters[i].stored, &is_there))
			return false;
		query->is_filtered |= is_there;
	}
	return true;
}

static bool
write_time(struct parse *p, const char *name, struct dl_queue_query *query)
{
	struct dl_str value;
	int64_t ms;

	if (!dl_request_query(p->request, name, &value))
		return true;
	if (!dl_str_to_int64(value, &ms) || ms < 0 || ms > MAX_TIME)
		return refuse(p, dl_str(name), "must be unix milliseconds");
	dl_json_member_int(&p->out, name, ms);
	query->is_filtered = true;
	return true;
}

/* ------------------------------------------------------------ ids in a body */

static bool
write_ids(struct parse *p, const char *name, struct dl_queue_query *query)
{
	json_object *root = NULL, *ids;
	size_t n;

	if (dl_json_parse(p->arena, p->request->body, &root) != DL_JSON_OK)
		return refuse(p, dl_str(name), "is no JSON in the body");
	ids = dl_json_get(root, name);
	if (!ids)
		return true;
	n = json_object_is_type(ids, json_type_array)
		? json_object_array_length(ids)
		: 0;
	if (!n || n > MAX_IDS)
		return refuse(p, dl_str(name),
			      "must be an array of 1 to 1000 ids");
	dl_json_key(&p->out, name);
	dl_json_array_begin(&p->out);
	for (size_t i = 0; i < n; i++) {
		json_object *id = json_object_array_get_idx(ids, i);

		if (!json_object_is_type(id, json_type_string))
			return refuse(p, dl_str(name), "must be text");
		dl_json_text(&p->out, json_object_get_string(id));
	}
	dl_json_array_end(&p->out);
	query->is_filtered = true;
	return true;
}

/* ---------------------------------------------------------------- together */

static bool
read_page(struct parse *p, int64_t max_count, struct dl_queue_query *query)
{
	struct dl_str value;

	if (dl_request_query(p->request, "cursor", &value))
		query->cursor =
		    dl_arena_strndup(p->arena, value.ptr, value.len);
	if (dl_request_query(p->request, "count", &value) &&
	    (!dl_str_to_int64(value, &query->count) || query->count < 1 ||
	     query->count > max_count)) {
		*p->fault = dl_arena_printf(
		    p->arena,
		    "invalid query parameter: count must be 1 to %lld",
		    (long long)max_count);
		return false;
	}
	if (!dl_request_query(p->request, "order", &value))
		return true;
	query->is_earliest_first = dl_str_eq(value, DL_STR("earliestFirst"));
	return query->is_earliest_first ||
	       dl_str_eq(value, DL_STR("latestFirst")) ||
	       refuse(p, DL_STR("order"),
		      "must be earliestFirst or latestFirst");
}

static bool
read_filters(struct parse *p, const char *ids_name,
	     struct dl_queue_query *query)
{
	if (ids_name) {
		if (!write_filter(p, ids_name, &query->is_filtered))
			return false;
		if (!query->is_filtered && p->request->body.len &&
		    !write_ids(p, ids_name, query))
			return false;
		if (query->is_filtered)
			return true;
	}
	return write_filters(p, query) && write_time(p, "fromDate", query) &&
	       write_time(p, "toDate", query);
}

bool
dl_queue_query_read(const struct dl_request *request, const char *const *names,
		    const char *ids_name, int64_t max_count,
		    struct dl_queue_query *query, const char **fault)
{
	struct parse p = {
	    .request = request, .arena = request->arena, .fault = fault};
	struct dl_buf *text = dl_buf_create(p.arena, MAX_FILTERS);

	*query = (struct dl_queue_query){0};
	if (!check_names(&p, names) || !read_page(&p, max_count, query))
		return false;
	dl_json_begin(&p.out, text);
	dl_json_object_begin(&p.out);
	if (!read_filters(&p, ids_name, query))
		return false;
	dl_json_object_end(&p.out);
	query->filters = dl_buf_cstr(text);
	return !dl_buf_failed(text) ||
	       refuse(&p, DL_STR("the query"), "is too long");
}

bool
dl_queue_query_check(const struct dl_queue_call *call, const char *const *names)
{
	const char *fault;
	struct parse p = {.request = call->request,
			  .arena = call->request->arena,
			  .fault = &fault};

	if (check_names(&p, names))
		return true;
	dl_queue_refuse(call->response, 400, fault);
	return false;
}

const char *
dl_queue_filter_one(struct dl_arena *arena, const char *name, const char *value)
{
	struct dl_buf *text = dl_buf_create(arena, MAX_FILTERS);
	struct dl_json_out out;

	dl_json_begin(&out, text);
	dl_json_object_begin(&out);
	dl_json_key(&out, name);
	dl_json_array_begin(&out);
	dl_json_text(&out, value);
	dl_json_array_end(&out);
	dl_json_object_end(&out);
	return dl_buf_cstr(text);
}

bool
dl_queue_may_change_all(const struct dl_queue_call *call,
			const struct dl_queue_query *query)
{
	if (query->is_filtered || call->queue->settings->local_queue_allow_all)
		return true;
	dl_queue_refuse(call->response, 400,
			"a filter is required: without one this is every "
			"message, which LOCAL_QUEUE_ALLOW_ALL=1 allows");
	return false;
}
