/* SPDX-License-Identifier: MIT */
/*
 * Classification by rules in a fixed order: transport, 401/403/404 that are
 * Evolution's own, the shape of "message", what 400 says after a send, signs
 * of a dead number, media, then whatever is left.
 */
#include "config.h"

#include "domain/outcome_internal.h"

#include <string.h>

#include "base/buf.h"
#include "base/json_in.h"
#include "base/json_out.h"

/* A lost connection is looked at again by the sweeper within a minute. */
#define PARK_DISCONNECTED_S 60
/* Only a person mends these. */
#define PARK_CONFIG_S 300
/* WhatsApp names no time; a quarter of an hour is what users report. */
#define PARK_RATE_LIMIT_S 900

struct rule {
	const char *needle; /* occurs in the text */
	enum dl_outcome_class class;
	enum dl_row_error error;
	int64_t park_s;
};

/* Signs of a number that can't send now: rule (f). */
static const struct rule instance_rules[] = {
    {"Connection Closed", DL_OUTCOME_INSTANCE_FAULT,
     DL_ROW_INSTANCE_DISCONNECTED, PARK_DISCONNECTED_S},
    {"Connection Terminated", DL_OUTCOME_INSTANCE_FAULT,
     DL_ROW_INSTANCE_DISCONNECTED, PARK_DISCONNECTED_S},
    {"(reading 'find')", DL_OUTCOME_INSTANCE_FAULT,
     DL_ROW_INSTANCE_DISCONNECTED, PARK_DISCONNECTED_S},
    {"(reading 'onWhatsApp')", DL_OUTCOME_INSTANCE_FAULT,
     DL_ROW_INSTANCE_DISCONNECTED, PARK_DISCONNECTED_S},
    {"(reading 'sendMessage')", DL_OUTCOME_INSTANCE_FAULT,
     DL_ROW_INSTANCE_DISCONNECTED, PARK_DISCONNECTED_S},
    {"(reading 'id')", DL_OUTCOME_INSTANCE_FAULT, DL_ROW_INSTANCE_DISCONNECTED,
     PARK_DISCONNECTED_S},
    {"(reading 'textMessage')", DL_OUTCOME_INSTANCE_FAULT,
     DL_ROW_INSTANCE_DISCONNECTED, PARK_DISCONNECTED_S},
    {"(reading 'mediaMessage')", DL_OUTCOME_INSTANCE_FAULT,
     DL_ROW_INSTANCE_DISCONNECTED, PARK_DISCONNECTED_S},
    {"(reading 'audioWhatsapp')", DL_OUTCOME_INSTANCE_FAULT,
     DL_ROW_INSTANCE_DISCONNECTED, PARK_DISCONNECTED_S},
};

/* Rule (g), and texts that say more than their status. */
static const struct rule text_rules[] = {
    {"rate-overlimit", DL_OUTCOME_TRANSIENT, DL_ROW_RATE_LIMITED,
     PARK_RATE_LIMIT_S},
    {"Media upload failed on all hosts", DL_OUTCOME_TRANSIENT,
     DL_ROW_MEDIA_UPLOAD_FAILED, 0},
    {"Failed to fetch stream from", DL_OUTCOME_TRANSIENT,
     DL_ROW_MEDIA_UNREACHABLE, 0},
    {"fetch failed", DL_OUTCOME_TRANSIENT, DL_ROW_MEDIA_UNREACHABLE, 0},
    {"connect E", DL_OUTCOME_TRANSIENT, DL_ROW_MEDIA_UNREACHABLE, 0},
    {"getaddrinfo E", DL_OUTCOME_TRANSIENT, DL_ROW_MEDIA_UNREACHABLE, 0},
    {"Input buffer contains unsupported image format", DL_OUTCOME_PERMANENT,
     DL_ROW_MEDIA_INVALID, 0},
    {"Input Buffer is empty", DL_OUTCOME_PERMANENT, DL_ROW_MEDIA_INVALID, 0},
    {"Owned media must be", DL_OUTCOME_PERMANENT, DL_ROW_MEDIA_INVALID, 0},
    {"For base64 the file name", DL_OUTCOME_PERMANENT, DL_ROW_MEDIA_INVALID, 0},
    {"Failed to get video duration", DL_OUTCOME_PERMANENT, DL_ROW_MEDIA_INVALID,
     0},
    {"SessionError", DL_OUTCOME_TRANSIENT, DL_ROW_SESSION_ERROR, 0},
    {"Text is required", DL_OUTCOME_PERMANENT, DL_ROW_TEXT_REJECTED, 0},
    {"Method not available", DL_OUTCOME_PERMANENT, DL_ROW_REQUEST_REJECTED, 0},
};

/* An answer taken apart once. */
struct reading {
	long status;
	bool is_envelope;     /* {"status", "error", "response"}, or its like */
	bool is_own;          /* "error" is not that of a passed-on status */
	json_object *message; /* response.message */
	json_object *first;   /* its first element, or itself */
	struct dl_str text;   /* of the first string found, or the raw body */
};

static void
set(struct dl_outcome *outcome, enum dl_outcome_class class,
    enum dl_row_error error, int64_t park_s)
{
	outcome->class = class;
	outcome->error = error;
	outcome->park_s = park_s;
}

/* The first string at or below value. */
static struct dl_str
first_text(json_object *value)
{
	while (json_object_is_type(value, json_type_array) &&
	       json_object_array_length(value))
		value = json_object_array_get_idx(value, 0);
	if (json_object_is_type(value, json_type_string))
		return (struct dl_str){
		    json_object_get_string(value),
		    (size_t)json_object_get_string_len(value)};
	if (value)
		return dl_str(json_object_to_json_string(value));
	return DL_STR("");
}

static void
read_answer(const struct dl_outcome_answer *answer, json_object *tree,
	    struct reading *r)
{
	*r = (struct reading){.status = answer->http_status,
			      .text = answer->body};
	r->message = dl_json_get(dl_json_get(tree, "response"), "message");
	/* A "message" by itself is of a gateway, too: under 5xx what stood
	 * behind it may have sent. */
	if (!r->message && r->status < 500)
		r->message = dl_json_get(tree, "message");
	r->is_own = !dl_str_eq(dl_json_get_str(tree, "error"),
			       DL_STR("Internal Server Error"));
	r->is_envelope = r->message != NULL;
	if (!r->is_envelope)
		return;
	r->first = r->message;
	if (json_object_is_type(r->message, json_type_array))
		r->first = json_object_array_get_idx(r->message, 0);
	r->text = first_text(r->message);
}

/* ------------------------------------------------------------ acceptance */

/*
 * The "key" of an answer that was cut or does not parse: its members are flat
 * and stand first, so they end at the next '}'.
 */
static json_object *
key_of_fragment(struct dl_arena *arena, struct dl_str body)
{
	static const char begin[] = "\"key\":{";
	const char *at, *end;

	if (!body.len)
		return NULL;
	at = memmem(body.ptr, body.len, begin, sizeof(begin) - 1);
	if (!at)
		return NULL;
	at += sizeof(begin) - 2;
	end = memchr(at, '}', body.len - (size_t)(at - body.ptr));
	if (!end)
		return NULL;
	return dl_json_parse_lenient(
	    arena, (struct dl_str){at, (size_t)(end - at) + 1});
}

static void
accept(struct dl_arena *arena, const struct dl_outcome_answer *answer,
       json_object *tree, struct dl_outcome *outcome)
{
	json_object *key = tree ? dl_json_get(tree, "key")
				: key_of_fragment(arena, answer->body);

	outcome->key_id = dl_json_get_str(key, "id");
	outcome->remote_jid = dl_json_get_str(key, "remoteJid");
	if (!outcome->key_id.len)
		outcome->key_id = (struct dl_str){NULL, 0};
	/* Evolution says 201; another 2xx without a key is somebody else. */
	if (outcome->key_id.ptr || answer->http_status == 201)
		set(outcome, DL_OUTCOME_SENT, DL_ROW_OK, 0);
	else
		set(outcome, DL_OUTCOME_UNKNOWN, DL_ROW_OUTCOME_UNKNOWN, 0);
}

/* ----------------------------------------------------------------- rules */

static bool
apply(const struct rule *rules, size_t n, struct dl_str text,
      struct dl_outcome *outcome)
{
	for (size_t i = 0; i < n; i++)
		if (dl_str_contains(text, dl_str(rules[i].needle))) {
			set(outcome, rules[i].class, rules[i].error,
			    rules[i].park_s);
			return true;
		}
	return false;
}

/* (b): 401, 403, 404 of Evolution itself, not those of a media host */
static bool
is_refused(const struct reading *r, struct dl_outcome *outcome)
{
	if (!r->is_own)
		return false;
	if (r->status == 401 || r->status == 403) {
		set(outcome, DL_OUTCOME_CREDENTIAL, DL_ROW_CREDENTIAL_REFUSED,
		    PARK_DISCONNECTED_S);
		return true;
	}
	if (r->status != 404)
		return false;
	if (r->is_envelope &&
	    dl_str_contains(r->text, DL_STR("instance does not exist")))
		set(outcome, DL_OUTCOME_INSTANCE_FAULT, DL_ROW_INSTANCE_UNKNOWN,
		    PARK_CONFIG_S);
	else
		set(outcome, DL_OUTCOME_INSTANCE_FAULT, DL_ROW_ROUTE_UNKNOWN,
		    PARK_CONFIG_S);
	return true;
}

/* (c) and (d): what the shape of "message" says */
static bool
is_shape(const struct reading *r, struct dl_outcome *outcome)
{
	json_object *exists = dl_json_get(r->first, "exists");

	if (r->message == r->first)
		return false;
	if (json_object_is_type(exists, json_type_boolean) &&
	    !json_object_get_boolean(exists)) {
		set(outcome, DL_OUTCOME_PERMANENT, DL_ROW_NOT_ON_WHATSAPP, 0);
		return true;
	}
	if (json_object_is_type(r->first, json_type_array)) {
		set(outcome, DL_OUTCOME_PERMANENT, DL_ROW_MESSAGE_REJECTED, 0);
		return true;
	}
	return false;
}

/* (e): under 400 these stand behind the send itself */
static bool
is_after_send(const struct reading *r, struct dl_outcome *outcome)
{
	bool is_prisma =
	    r->is_envelope ? dl_str_starts_with(r->text, DL_STR("PrismaClient"))
			   : dl_str_contains(r->text, DL_STR("PrismaClient"));

	if (r->status != 400 ||
	    (!is_prisma && !dl_str_contains(r->text, DL_STR("Timed Out"))))
		return false;
	set(outcome, DL_OUTCOME_UNKNOWN, DL_ROW_OUTCOME_UNKNOWN, 0);
	return true;
}

/* "Request failed with status code 404": the media host's own status */
static bool
is_media_status(struct dl_str text, struct dl_outcome *outcome)
{
	static const char words[] = "Request failed with status code ";
	const char *at;
	int64_t status;

	if (!dl_str_contains(text, DL_STR("Request failed with status code ")))
		return false;
	at = memmem(text.ptr, text.len, words, sizeof(words) - 1);
	at += sizeof(words) - 1;
	if (!dl_str_to_int64(
		(struct dl_str){at, (size_t)(text.ptr + text.len - at)},
		&status) ||
	    status == 429 || status >= 500)
		set(outcome, DL_OUTCOME_TRANSIENT, DL_ROW_MEDIA_UNREACHABLE, 0);
	else
		set(outcome, DL_OUTCOME_PERMANENT, DL_ROW_MEDIA_NOT_FOUND, 0);
	return true;
}

/*
 * An error node of WhatsApp: a bare word such as "not-acceptable", with
 * "Error: " before it where the send threw it.
 */
static bool
is_error_node(struct dl_str text, struct dl_outcome *outcome)
{
	if (dl_str_starts_with(text, DL_STR("Error: "))) {
		text.ptr += strlen("Error: ");
		text.len -= strlen("Error: ");
	}
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '-' &&
		    (text.ptr[i] < 'a' || text.ptr[i] > 'z'))
			return false;
	if (!text.len)
		return false;
	set(outcome, DL_OUTCOME_INSTANCE_FAULT, DL_ROW_INSTANCE_REFUSED,
	    PARK_CONFIG_S);
	return true;
}

/* What no text decided: status alone. */
static void
by_status(const struct reading *r, struct dl_outcome *outcome)
{
	if (r->status == 413)
		set(outcome, DL_OUTCOME_PERMANENT, DL_ROW_MEDIA_TOO_LARGE, 0);
	else if (r->status == 408 || r->status == 425 || r->status == 429)
		set(outcome, DL_OUTCOME_TRANSIENT, DL_ROW_PROVIDER_UNAVAILABLE,
		    0);
	else if (r->status == 405 || r->status < 400)
		set(outcome, DL_OUTCOME_INSTANCE_FAULT, DL_ROW_ROUTE_UNKNOWN,
		    PARK_CONFIG_S);
	else if (r->status < 500)
		set(outcome, DL_OUTCOME_PERMANENT, DL_ROW_REQUEST_REJECTED, 0);
	else if (r->status == 503)
		set(outcome, DL_OUTCOME_TRANSIENT, DL_ROW_PROVIDER_UNAVAILABLE,
		    0);
	/* Evolution's own 500 is thrown before the send; a proxy's 500, 502 or
	 * 504 comes after the request went through. */
	else if (r->status == 500 && r->is_envelope)
		set(outcome, DL_OUTCOME_TRANSIENT, DL_ROW_PROVIDER_ERROR, 0);
	else
		set(outcome, DL_OUTCOME_UNKNOWN, DL_ROW_OUTCOME_UNKNOWN, 0);
}

static void
classify_refusal(const struct reading *r, struct dl_outcome *outcome)
{
	if (is_refused(r, outcome) || is_shape(r, outcome) ||
	    is_after_send(r, outcome))
		return;
	if (r->is_envelope &&
	    (apply(instance_rules,
		   sizeof(instance_rules) / sizeof(instance_rules[0]), r->text,
		   outcome) ||
	     is_media_status(r->text, outcome) ||
	     apply(text_rules, sizeof(text_rules) / sizeof(text_rules[0]),
		   r->text, outcome) ||
	     is_error_node(r->text, outcome)))
		return;
	by_status(r, outcome);
}

static void
classify_silence(struct dl_arena *arena, const struct dl_outcome_answer *answer,
		 struct dl_outcome *outcome)
{
	if (answer->transport == DL_OUTCOME_NOT_SENT)
		set(outcome, DL_OUTCOME_TRANSIENT, DL_ROW_PROVIDER_UNAVAILABLE,
		    0);
	else
		set(outcome, DL_OUTCOME_UNKNOWN, DL_ROW_OUTCOME_UNKNOWN, 0);
	outcome->message =
	    dl_outcome_clean(arena, answer->transport_text, answer->secret);
}

void
dl_outcome_classify(struct dl_arena *arena,
		    const struct dl_outcome_answer *answer,
		    struct dl_outcome *outcome)
{
	json_object *tree;
	struct reading r;
	bool is_json;

	*outcome = (struct dl_outcome){0};
	if (answer->transport != DL_OUTCOME_ANSWERED) {
		classify_silence(arena, answer, outcome);
		return;
	}
	is_json = dl_json_parse(arena, answer->body, &tree) == DL_JSON_OK;
	if (!is_json)
		tree = dl_json_parse_lenient(arena, answer->body);
	outcome->response = dl_outcome_response(arena, answer, is_json);
	if (answer->http_status >= 200 && answer->http_status < 300) {
		accept(arena, answer, tree, outcome);
		if (outcome->class == DL_OUTCOME_SENT)
			return;
	}
	read_answer(answer, tree, &r);
	if (outcome->class != DL_OUTCOME_UNKNOWN)
		classify_refusal(&r, outcome);
	outcome->message = dl_outcome_clean(arena, r.text, answer->secret);
}
