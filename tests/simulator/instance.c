/* SPDX-License-Identifier: MIT */
/* Instances and their webhooks, as the API shows and makes them. */
#include "config.h"

#include "base/clock.h"
#include "routes.h"

#include <string.h>

void
sim_instance_state_get(struct sim *sim, struct sim_request *request,
		       struct sim_answer *answer)
{
	enum sim_mode mode = sim_instance_mode_now(sim, request->instance);
	json_object *body = json_object_new_object();
	json_object *inner = json_object_new_object();

	sim_put_text(inner, "instanceName", request->instance->name);
	if (sim_mode_state(mode))
		sim_put_text(inner, "state", sim_mode_state(mode));
	sim_put(body, "instance", inner);
	sim_answer_json(answer, 200, body);
}

static void
put_date(json_object *obj, const char *name, int64_t at_ms)
{
	char text[DL_RFC3339_MAX];

	sim_put_text(obj, name, dl_clock_format(at_ms, text));
}

static json_object *
settings(const struct sim_instance *instance)
{
	json_object *setting = json_object_new_object();
	char id[26];

	sim_cuid(instance->id, id);
	sim_put_text(setting, "id", id);
	sim_put_bool(setting, "rejectCall", false);
	sim_put_text(setting, "msgCall", "");
	sim_put_bool(setting, "groupsIgnore", false);
	sim_put_bool(setting, "alwaysOnline", false);
	sim_put_bool(setting, "readMessages", false);
	sim_put_bool(setting, "readStatus", false);
	sim_put_bool(setting, "syncFullHistory", false);
	sim_put_text(setting, "wavoipToken", "");
	put_date(setting, "createdAt", instance->created_at_ms);
	put_date(setting, "updatedAt", instance->created_at_ms);
	sim_put_text(setting, "instanceId", instance->id);
	return setting;
}

/* Locked. */
static json_object *
counts(struct sim *sim, const struct sim_instance *instance)
{
	json_object *count = json_object_new_object();
	int64_t messages = 0;

	for (size_t i = 0; i < sim->n_sends; i++)
		messages +=
		    strcmp(sim->sends[i]->instance, instance->name) == 0;
	sim_put_int(count, "Message", messages);
	sim_put_int(count, "Contact", 0);
	sim_put_int(count, "Chat", 0);
	return count;
}

/* Locked. */
static json_object *
row(struct sim *sim, struct sim_instance *instance)
{
	static const char *const absent[] = {"Chatwoot", "Proxy", "Rabbitmq",
					     "Nats",     "Sqs",   "Websocket"};
	enum sim_mode mode = sim_instance_mode(instance);
	const char *state = sim_mode_state(mode);
	json_object *item = json_object_new_object();

	sim_put_text(item, "id", instance->id);
	sim_put_text(item, "name", instance->name);
	sim_put_text(item, "connectionStatus", state ? state : "close");
	sim_put_text(item, "ownerJid", instance->own_jid);
	sim_put_text(item, "profileName", instance->name);
	sim_put(item, "profilePicUrl", NULL);
	sim_put_text(item, "integration", "WHATSAPP-BAILEYS");
	sim_put(item, "number", NULL);
	sim_put(item, "businessId", NULL);
	sim_put_text(item, "token", instance->token);
	sim_put_text(item, "clientName", "evolution_exchange");
	sim_put(item, "disconnectionReasonCode",
		mode == SIM_CLOSE ? json_object_new_int(401) : NULL);
	sim_put(item, "disconnectionObject", NULL);
	sim_put(item, "disconnectionAt", NULL);
	put_date(item, "createdAt", instance->created_at_ms);
	put_date(item, "updatedAt", instance->created_at_ms);
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		sim_put(item, absent[i], NULL);
	sim_put(item, "Setting", settings(instance));
	sim_put(item, "_count", counts(sim, instance));
	return item;
}

void
sim_instance_fetch(struct sim *sim, struct sim_request *request,
		   struct sim_answer *answer)
{
	const char *name = sim_query(request, "instanceName");
	const char *id = sim_query(request, "instanceId");
	const char *key = MHD_lookup_connection_value(
	    request->connection, MHD_HEADER_KIND, "apikey");
	json_object *list = json_object_new_array();

	pthread_mutex_lock(&sim->lock);
	for (struct sim_instance *i = sim->instances; i; i = i->next) {
		if ((name && strcmp(name, i->name) != 0) ||
		    (id && strcmp(id, i->id) != 0))
			continue;
		if (!request->has_global_key && strcmp(key, i->token) != 0)
			continue;
		json_object_array_add(list, row(sim, i));
	}
	pthread_mutex_unlock(&sim->lock);
	if ((name || id) && !json_object_array_length(list)) {
		json_object_put(list);
		sim_refuse(answer, 404, "Instance \"%s\" not found",
			   name ? name : id);
		return;
	}
	sim_answer_json(answer, 200, list);
}

static json_object *
created(const struct sim_instance *instance, bool has_qrcode)
{
	json_object *body = json_object_new_object();
	json_object *inner = json_object_new_object();

	sim_put_text(inner, "instanceName", instance->name);
	sim_put_text(inner, "instanceId", instance->id);
	sim_put_text(inner, "integration", "WHATSAPP-BAILEYS");
	sim_put(inner, "webhookWaBusiness", NULL);
	sim_put_text(inner, "accessTokenWaBusiness", "");
	sim_put_text(inner, "status", has_qrcode ? "connecting" : "close");
	sim_put(body, "instance", inner);
	sim_put_text(body, "hash", instance->token);
	sim_put(body, "webhook", json_object_new_object());
	sim_put(body, "websocket", json_object_new_object());
	sim_put(body, "rabbitmq", json_object_new_object());
	sim_put(body, "nats", json_object_new_object());
	sim_put(body, "sqs", json_object_new_object());
	sim_put(body, "settings", settings(instance));
	return body;
}

void
sim_instance_create(struct sim *sim, struct sim_request *request,
		    struct sim_answer *answer)
{
	const char *name = sim_body_text(request->body, "instanceName");
	json_object *qrcode;
	bool has_qrcode =
	    json_object_is_type(request->body, json_type_object) &&
	    json_object_object_get_ex(request->body, "qrcode", &qrcode) &&
	    json_object_get_boolean(qrcode);

	if (!name || !*name) {
		sim_refuse(answer, 400, "instanceName is required");
	} else if (sim_instance_find(sim, name)) {
		sim_refuse(answer, 403, "This name \"%s\" is already in use.",
			   name);
	} else {
		struct sim_instance *instance = sim_instance_add(
		    sim, name, sim_body_text(request->body, "token"),
		    has_qrcode ? SIM_CONNECTING : SIM_CLOSE);

		sim_answer_json(answer, 201, created(instance, has_qrcode));
	}
}

/* The given member of body, or one more reference to another value. */
static void
copy(json_object *to, const char *to_name, json_object *from,
     const char *from_name, json_object *fallback)
{
	json_object *value;

	if (json_object_object_get_ex(from, from_name, &value)) {
		json_object_put(fallback);
		sim_put(to, to_name, json_object_get(value));
	} else {
		sim_put(to, to_name, fallback);
	}
}

static json_object *
webhook_row(const struct sim_instance *instance, json_object *given)
{
	json_object *stored = json_object_new_object();
	char id[26];

	sim_cuid(instance->token, id);
	sim_put_text(stored, "id", id);
	copy(stored, "url", given, "url", NULL);
	copy(stored, "headers", given, "headers", NULL);
	copy(stored, "enabled", given, "enabled", json_object_new_boolean(1));
	copy(stored, "events", given, "events", json_object_new_array());
	copy(stored, "webhookByEvents", given, "byEvents",
	     json_object_new_boolean(0));
	copy(stored, "webhookBase64", given, "base64",
	     json_object_new_boolean(0));
	put_date(stored, "createdAt", dl_clock_now_ms());
	put_date(stored, "updatedAt", dl_clock_now_ms());
	sim_put_text(stored, "instanceId", instance->id);
	return stored;
}

void
sim_instance_webhook_set(struct sim *sim, struct sim_request *request,
			 struct sim_answer *answer)
{
	json_object *given = NULL;

	if (json_object_is_type(request->body, json_type_object))
		json_object_object_get_ex(request->body, "webhook", &given);
	if (!json_object_is_type(given, json_type_object) ||
	    !sim_body_text(given, "url")) {
		sim_refuse(answer, 400, "Invalid \"url\" property");
		return;
	}
	if (!json_object_is_type(json_object_object_get(given, "events"),
				 json_type_array)) {
		sim_refuse_bare(answer, 500, "Internal Server Error",
				"Cannot read properties of undefined (reading "
				"'length')");
		return;
	}
	pthread_mutex_lock(&sim->lock);
	json_object_put(request->instance->webhook);
	request->instance->webhook = webhook_row(request->instance, given);
	/* A tree's reference counts belong to one thread: answer a copy. */
	sim_answer_json(
	    answer, 201,
	    json_tokener_parse(sim_json_text(request->instance->webhook)));
	pthread_mutex_unlock(&sim->lock);
}

void
sim_instance_webhook_find(struct sim *sim, struct sim_request *request,
			  struct sim_answer *answer)
{
	json_object *copied = NULL;

	pthread_mutex_lock(&sim->lock);
	if (request->instance->webhook)
		copied = json_tokener_parse(
		    sim_json_text(request->instance->webhook));
	pthread_mutex_unlock(&sim->lock);
	sim_answer_json(answer, 200, copied);
}
