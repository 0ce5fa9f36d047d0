/* SPDX-License-Identifier: MIT */
/* Looking up messages, receipts and numbers. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "behaviour.h"
#include "jid.h"
#include "message.h"
#include "routes.h"

#define DEFAULT_PAGE 50

/* The member of body.where, or of body.where.key; NULL where absent. */
static json_object *
where_of(json_object *body, bool is_key)
{
	json_object *where = NULL;

	if (!json_object_is_type(body, json_type_object) ||
	    !json_object_object_get_ex(body, "where", &where) ||
	    !json_object_is_type(where, json_type_object))
		return NULL;
	if (is_key && (!json_object_object_get_ex(where, "key", &where) ||
		       !json_object_is_type(where, json_type_object)))
		return NULL;
	return where;
}

static bool
matches(const char *wanted, const char *value)
{
	return !wanted || strcmp(wanted, value) == 0;
}

struct filter {
	const char *instance;
	const char *jid;
	const char *key;
	const char *type;
};

static bool
is_match(const struct filter *filter, const struct sim_send *send)
{
	return send->is_saved && matches(filter->instance, send->instance) &&
	       matches(filter->jid, send->jid) &&
	       matches(filter->key, send->key) &&
	       matches(filter->type, send->type);
}

static json_object *
page_of(int64_t total, int64_t pages, int64_t page, json_object *records)
{
	json_object *body = json_object_new_object();
	json_object *messages = json_object_new_object();

	sim_put_int(messages, "total", total);
	sim_put_int(messages, "pages", pages);
	sim_put_int(messages, "currentPage", page);
	sim_put(messages, "records", records);
	sim_put(body, "messages", messages);
	return body;
}

void
sim_chat_find_messages(struct sim *sim, struct sim_request *request,
		       struct sim_answer *answer)
{
	json_object *key = where_of(request->body, true);
	struct filter filter = {
	    request->instance->name, sim_body_text(key, "remoteJid"),
	    sim_body_text(key, "id"),
	    sim_body_text(where_of(request->body, false), "messageType")};
	int64_t page = sim_body_int(request->body, "page", 1);
	int64_t size = sim_body_int(request->body, "offset", DEFAULT_PAGE);
	json_object *records = json_object_new_array();
	int64_t total = 0;

	page = page < 1 ? 1 : page;
	size = size < 1 ? DEFAULT_PAGE : size;
	pthread_mutex_lock(&sim->lock);
	for (size_t i = sim->n_sends; i--;) {
		if (!is_match(&filter, sim->sends[i]))
			continue;
		if (total >= (page - 1) * size && total < page * size)
			json_object_array_add(
			    records, sim_message_found(sim->sends[i],
						       request->instance->id,
						       sim->sends[i]->acks));
		total++;
	}
	pthread_mutex_unlock(&sim->lock);
	sim_answer_json(
	    answer, 200,
	    page_of(total, (total + size - 1) / size, page, records));
}

static json_object *
status_row(const struct sim_send *send, enum sim_ack ack,
	   const struct sim_instance *instance)
{
	json_object *item = json_object_new_object();
	char id[26], seed[64];

	snprintf(seed, sizeof(seed), "%s %s", send->key, sim_ack_name(ack));
	sim_cuid(seed, id);
	sim_put_text(item, "id", id);
	sim_put_text(item, "keyId", send->key);
	sim_put_text(item, "remoteJid", send->jid);
	sim_put_bool(item, "fromMe", true);
	sim_put(item, "participant", NULL);
	sim_put_text(item, "status", sim_ack_name(ack));
	sim_cuid(send->key, id);
	sim_put_text(item, "messageId", id);
	sim_put_text(item, "instanceId", instance->id);
	return item;
}

void
sim_chat_find_status(struct sim *sim, struct sim_request *request,
		     struct sim_answer *answer)
{
	json_object *where = where_of(request->body, false);
	struct filter filter = {request->instance->name,
				sim_body_text(where, "remoteJid"),
				sim_body_text(where, "id"), NULL};
	json_object *list = json_object_new_array();

	pthread_mutex_lock(&sim->lock);
	for (size_t i = sim->n_sends; i--;) {
		const struct sim_send *send = sim->sends[i];

		if (!is_match(&filter, send))
			continue;
		for (enum sim_ack ack = SIM_SERVER_ACK; ack <= SIM_ERROR; ack++)
			if (send->acks & 1U << ack)
				json_object_array_add(
				    list,
				    status_row(send, ack, request->instance));
	}
	pthread_mutex_unlock(&sim->lock);
	sim_answer_json(answer, 200, list);
}

/* This route catches for itself: 400, and no "response" around the texts. */
static void
refuse_numbers(struct sim_answer *answer, const char *text)
{
	json_object *body = json_object_new_object();
	json_object *outer = json_object_new_array();
	json_object *inner = json_object_new_array();

	json_object_array_add(inner, json_object_new_string(text));
	json_object_array_add(outer, inner);
	sim_put_int(body, "status", 400);
	sim_put_text(body, "error", "Bad Request");
	sim_put(body, "message", outer);
	sim_answer_json(answer, 400, body);
}

/* A Boom of Baileys, as it is written when nobody turns it into a text. */
static json_object *
boom(void)
{
	return json_tokener_parse(
	    "{\"data\":null,\"isBoom\":true,\"isServer\":false,\"output\":{"
	    "\"statusCode\":428,\"payload\":{\"statusCode\":428,\"error\":"
	    "\"Precondition Required\",\"message\":\"Connection Closed\"},"
	    "\"headers\":{}}}");
}

static bool
has_duplicate(json_object *numbers)
{
	size_t n = json_object_array_length(numbers);

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (json_object_equal(
				json_object_array_get_idx(numbers, i),
				json_object_array_get_idx(numbers, k)))
				return true;
	return false;
}

static json_object *
number_row(const char *number)
{
	json_object *item = json_object_new_object();
	char asked[SIM_JID_MAX], jid[SIM_JID_MAX], recipient[SIM_JID_MAX];

	sim_jid_create(number, asked);
	sim_jid_resolve(asked, jid);
	sim_jid_recipient(jid, recipient);
	sim_put_text(item, "jid", jid);
	sim_put_bool(item, "exists",
		     sim_jid_is_plausible(jid) &&
			 sim_behaviour_of(recipient, 0) != SIM_NOT_ON_WHATSAPP);
	sim_put_text(item, "number", number);
	return item;
}

/* In reverse: callers must match by number, never by place. */
static void
answer_numbers(json_object *numbers, struct sim_answer *answer)
{
	json_object *list = json_object_new_array();

	for (size_t i = json_object_array_length(numbers); i--;) {
		const char *number = json_object_get_string(
		    json_object_array_get_idx(numbers, i));

		json_object_array_add(list, number_row(number ? number : ""));
	}
	sim_answer_json(answer, 200, list);
}

void
sim_chat_numbers(struct sim *sim, struct sim_request *request,
		 struct sim_answer *answer)
{
	enum sim_mode mode = sim_instance_mode_now(sim, request->instance);
	json_object *numbers = NULL;

	if (json_object_is_type(request->body, json_type_object))
		json_object_object_get_ex(request->body, "numbers", &numbers);
	if (numbers && !json_object_is_type(numbers, json_type_array))
		refuse_numbers(answer, "numbers is not of a type(s) array");
	else if (numbers && !json_object_array_length(numbers))
		refuse_numbers(answer,
			       "numbers does not meet minimum length of 1");
	else if (numbers && has_duplicate(numbers))
		refuse_numbers(answer, "numbers contains duplicate item");
	else if (mode == SIM_DEAD)
		sim_answer_json(answer, 400, boom());
	else if (!numbers || mode != SIM_OPEN)
		sim_answer_json(answer, 400, json_object_new_object());
	else
		answer_numbers(numbers, answer);
}
