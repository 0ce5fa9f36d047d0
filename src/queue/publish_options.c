/* SPDX-License-Identifier: MIT */
/* Upstash-* headers, by a table of setters. */
#include "config.h"

#include "queue/publish_options.h"

#include <ctype.h>

#include "queue/duration.h"
#include "queue/retry_delay.h"

struct parse {
	struct dl_arena *arena;
	const struct dl_header *header; /* the one being read */
	struct dl_publish_options *options;
	size_t n_headers; /* of the publisher: bounds those forwarded */
	const char **fault;
};

static bool refuse(struct parse *p, const char *what);

/* ------------------------------------------------- options of one request */

static bool
set_method(struct parse *p, struct dl_publish_target *target)
{
	static const struct dl_str methods[] = {
	    {"GET", 3}, {"POST", 4}, {"PUT", 3}, {"PATCH", 5}, {"DELETE", 6}};

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (!dl_str_eq_nocase(p->header->value, methods[i]))
			continue;
		target->method = methods[i];
		return true;
	}
	return refuse(p, "must be GET, POST, PUT, PATCH or DELETE");
}

static bool
set_retries(struct parse *p, struct dl_publish_target *target)
{
	if (!dl_str_to_int64(p->header->value, &target->retries) ||
	    target->retries < 0)
		return refuse(p, "must be an integer not below 0");
	if (target->retries <= DL_PUBLISH_MAX_RETRIES)
		return true;
	*p->fault = dl_arena_printf(
	    p->arena, "quota maxRetries exceeded, current limit: %d",
	    DL_PUBLISH_MAX_RETRIES);
	return false;
}

static bool
set_retry_delay(struct parse *p, struct dl_publish_target *target)
{
	if (!dl_retry_delay_check(p->header->value))
		return refuse(p, "is no valid expression");
	target->retry_delay = p->header->value;
	return true;
}

static bool
set_timeout(struct parse *p, struct dl_publish_target *target)
{
	int64_t seconds;

	if (!dl_duration_parse(p->header->value, &seconds) || seconds < 1)
		return refuse(p, "must be a duration, such as 30s or 2m");
	target->timeout_ms = seconds * 1000 < DL_PUBLISH_MAX_TIMEOUT_MS
				 ? seconds * 1000
				 : DL_PUBLISH_MAX_TIMEOUT_MS;
	return true;
}

static bool
set_delay(struct parse *p, struct dl_publish_target *target)
{
	if (!dl_duration_parse(p->header->value, &target->delay_s))
		return refuse(p, "must be a duration, such as 50s or 1d10h");
	return true;
}

static bool
set_not_before(struct parse *p, struct dl_publish_target *target)
{
	if (!dl_str_to_int64(p->header->value, &target->not_before_s) ||
	    target->not_before_s < 0)
		return refuse(p, "must be unix time in seconds");
	return true;
}

static const struct target_option {
	struct dl_str name;
	bool (*set)(struct parse *p, struct dl_publish_target *target);
} target_options[] = {
    {{"method", 6}, set_method},
    {{"retries", 7}, set_retries},
    {{"retry-delay", 11}, set_retry_delay},
    {{"timeout", 7}, set_timeout},
    {{"delay", 5}, set_delay},
    {{"not-before", 10}, set_not_before},
};

/* ----------------------------------------------------- forwarded headers */

/* They frame the request, or are the queue's own. */
static bool
is_reserved(struct dl_str name)
{
	static const char *const names[] = {"connection",
					    "content-length",
					    "expect",
					    "host",
					    "keep-alive",
					    "proxy-authorization",
					    "te",
					    "trailer",
					    "transfer-encoding",
					    "upgrade",
					    "user-agent",
					    "upstash-signature",
					    "upstash-message-id",
					    "upstash-retried",
					    "upstash-caller-ip"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (dl_str_eq_nocase(name, dl_str(names[i])))
			return true;
	return false;
}

/* RFC 9110, 5.6.2 */
static bool
is_token(struct dl_str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!isalnum((unsigned char)name.ptr[i]) &&
		    !strchr("!#$%&'*+-.^_`|~", name.ptr[i]))
			return false;
	return name.len > 0;
}

static bool
has_control(struct dl_str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

/* "x-trace-id" -> "X-Trace-Id", as Go writes them. */
static struct dl_str
canonical(struct dl_arena *arena, struct dl_str name)
{
	char *copy = dl_arena_strndup(arena, name.ptr, name.len);
	bool is_first = true;

	if (!copy)
		return name;
	for (size_t i = 0; i < name.len; i++) {
		int c = (unsigned char)copy[i];

		copy[i] = (char)(is_first ? toupper(c) : tolower(c));
		is_first = copy[i] == '-';
	}
	return (struct dl_str){copy, name.len};
}

static bool
forward(struct parse *p, struct dl_publish_target *target, struct dl_str name)
{
	if (!is_token(name))
		return refuse(p, "names no header");
	if (is_reserved(name))
		return true;
	if (!target->headers)
		target->headers = dl_arena_array(p->arena, p->n_headers,
						 sizeof(*target->headers));
	if (!target->headers)
		return refuse(p, "is one header too many");
	target->headers[target->n_headers++] =
	    (struct dl_header){canonical(p->arena, name), p->header->value};
	return true;
}

/* ----------------------------------------------- options of the message */

static bool
set_text(struct parse *p, struct dl_str *field)
{
	if (p->header->value.len > DL_PUBLISH_MAX_TEXT)
		return refuse(p, "is too long");
	*field = p->header->value;
	return true;
}

static bool
set_deduplication_id(struct parse *p)
{
	return set_text(p, &p->options->deduplication_id);
}

static bool
set_content_based(struct parse *p)
{
	p->options->is_deduplicated_by_content =
	    dl_str_eq_nocase(p->header->value, DL_STR("true"));
	return true;
}

static bool
set_labels(struct parse *p)
{
	struct dl_publish_options *options = p->options;
	struct dl_str rest = p->header->value;

	while (rest.ptr) {
		struct dl_str label = dl_str_trim(dl_str_cut(&rest, ','));

		if (!label.len)
			continue;
		if (options->n_labels == DL_PUBLISH_MAX_LABELS ||
		    label.len > DL_PUBLISH_MAX_TEXT)
			return refuse(p, "is too long");
		options->labels[options->n_labels++] = label;
	}
	return true;
}

static bool
set_flow_key(struct parse *p)
{
	return set_text(p, &p->options->flow_key);
}

static bool
set_flow_value(struct parse *p)
{
	p->options->flow_value = p->header->value;
	return true;
}

static bool
set_callback_url(struct parse *p)
{
	p->options->callback.url = p->header->value;
	return true;
}

static bool
set_failure_url(struct parse *p)
{
	p->options->failure.url = p->header->value;
	return true;
}

static bool
refuse_option(struct parse *p)
{
	return refuse(p, "is not supported by local-queue");
}

/* Sent by browsers' helpers and the like; only "true" would change a thing. */
static bool
refuse_if_true(struct parse *p)
{
	return !dl_str_eq_nocase(p->header->value, DL_STR("true")) ||
	       refuse_option(p);
}

static const struct message_option {
	struct dl_str name;
	bool (*set)(struct parse *p);
} message_options[] = {
    {{"deduplication-id", 16}, set_deduplication_id},
    {{"content-based-deduplication", 27}, set_content_based},
    {{"label", 5}, set_labels},
    {{"flow-control-key", 16}, set_flow_key},
    {{"flow-control-value", 18}, set_flow_value},
    {{"failure-callback", 16}, set_failure_url},
    {{"callback", 8}, set_callback_url},
    {{"cron", 4}, refuse_option},
    {{"schedule-id", 11}, refuse_option},
    {{"queue-name", 10}, refuse_option},
    {{"redact-fields", 13}, refuse_option},
    {{"header-forward", 14}, refuse_if_true},
};

/* --------------------------------------------------------------- together */

static bool
refuse(struct parse *p, const char *what)
{
	struct dl_str name = canonical(p->arena, p->header->name);

	*p->fault = dl_arena_printf(p->arena, "invalid header: %.*s %s",
				    (int)(name.len < 100 ? name.len : 100),
				    name.ptr, what);
	return false;
}

/* Cuts prefix off *name; false where it does not begin so. */
static bool
strip(struct dl_str *name, struct dl_str prefix)
{
	if (!dl_str_starts_with(*name, prefix))
		return false;
	name->ptr += prefix.len;
	name->len -= prefix.len;
	return true;
}

static bool
set_target(struct parse *p, struct dl_publish_target *target,
	   struct dl_str name)
{
	if (strip(&name, DL_STR("forward-")))
		return forward(p, target, name);
	for (size_t i = 0; i < sizeof(target_options) / sizeof(*target_options);
	     i++)
		if (dl_str_eq(name, target_options[i].name))
			return target_options[i].set(p, target);
	return true;
}

static bool
set_option(struct parse *p, struct dl_str name)
{
	for (size_t i = 0;
	     i < sizeof(message_options) / sizeof(*message_options); i++)
		if (dl_str_eq(name, message_options[i].name))
			return message_options[i].set(p);
	if (strip(&name, DL_STR("failure-callback-")))
		return set_target(p, &p->options->failure.target, name);
	if (strip(&name, DL_STR("callback-")))
		return set_target(p, &p->options->callback.target, name);
	return set_target(p, &p->options->message, name);
}

static bool
read_header(struct parse *p)
{
	struct dl_str name = p->header->name;
	bool is_content_type = dl_str_eq(name, DL_STR("content-type"));

	if (!is_content_type && !strip(&name, DL_STR("upstash-")))
		return true;
	if (!is_content_type && !p->header->value.len &&
	    !dl_str_contains(name, DL_STR("forward-")))
		return true;
	if (has_control(p->header->value))
		return refuse(p, "holds a control character");
	if (!is_content_type)
		return set_option(p, name);
	return !p->header->value.len || forward(p, &p->options->message, name);
}

int64_t
dl_publish_not_before_ms(const struct dl_publish_target *target, int64_t now_ms)
{
	if (target->not_before_s)
		return target->not_before_s > now_ms / 1000
			   ? target->not_before_s * 1000
			   : 0;
	return target->delay_s ? now_ms + target->delay_s * 1000 : 0;
}

static bool
check_delay(struct parse *p, const struct dl_publish_target *target,
	    int64_t now_s, int64_t max_delay_s)
{
	if (target->not_before_s - now_s <= max_delay_s &&
	    (target->not_before_s || target->delay_s <= max_delay_s))
		return true;
	*p->fault = dl_arena_printf(
	    p->arena, "quota maxDelay exceeded, current limit: %lld",
	    (long long)max_delay_s);
	return false;
}

static bool
check_flow_control(struct parse *p)
{
	struct dl_publish_options *options = p->options;

	if (!options->flow_key.len && !options->flow_value.len)
		return true;
	if (!options->flow_key.len) {
		*p->fault = "Upstash-Flow-Control-Key is required with "
			    "Upstash-Flow-Control-Value";
		return false;
	}
	if (dl_flow_control_parse(options->flow_value, &options->limits))
		return true;
	*p->fault = "Upstash-Flow-Control-Value should be either rate=X or "
		    "parallelism=Y, or both as comma-separated values";
	return false;
}

static void
fill_target(struct dl_publish_target *target, int64_t retries)
{
	if (!target->method.len)
		target->method = DL_STR("POST");
	if (target->retries < 0)
		target->retries = retries;
}

void
dl_publish_options_fill(struct dl_publish_options *options)
{
	fill_target(&options->message, DL_PUBLISH_DEFAULT_RETRIES);
	fill_target(&options->callback.target, options->message.retries);
	fill_target(&options->failure.target, options->message.retries);
}

bool
dl_publish_options_parse(struct dl_arena *arena,
			 const struct dl_header *headers, size_t n,
			 int64_t now_ms, int64_t max_delay_s,
			 struct dl_publish_options *options, const char **fault)
{
	static const struct dl_publish_target unset = {.retries = -1};
	struct parse p = {
	    .arena = arena, .options = options, .n_headers = n, .fault = fault};

	*options = (struct dl_publish_options){.message = unset,
					       .callback = {.target = unset},
					       .failure = {.target = unset}};
	for (size_t i = 0; i < n; i++) {
		p.header = &headers[i];
		if (!read_header(&p))
			return false;
	}
	return check_delay(&p, &options->message, now_ms / 1000, max_delay_s) &&
	       check_delay(&p, &options->callback.target, now_ms / 1000,
			   max_delay_s) &&
	       check_delay(&p, &options->failure.target, now_ms / 1000,
			   max_delay_s) &&
	       check_flow_control(&p);
}
