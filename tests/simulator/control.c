/* SPDX-License-Identifier: MIT */
/* The control endpoint: what a test asks for and what it counts. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "behaviour.h"
#include "jid.h"
#include "journal.h"
#include "message.h"
#include "routes.h"
#include "webhook.h"

static void
answer_ok(struct sim_answer *answer)
{
	json_object *body = json_object_new_object();

	sim_put_bool(body, "ok", true);
	sim_answer_json(answer, 200, body);
}

static void
answer_wrong(struct sim_answer *answer, const char *what)
{
	json_object *body = json_object_new_object();

	sim_put_text(body, "error", what);
	sim_answer_json(answer, 400, body);
}

/* The member of that name, made where it is absent. */
static json_object *
group(json_object *parent, const char *name)
{
	json_object *found;

	if (json_object_object_get_ex(parent, name, &found))
		return found;
	found = json_object_new_object();
	sim_put_int(found, "count", 0);
	sim_put(found, "starts_ms", json_object_new_array());
	sim_put(found, "sent_ms", json_object_new_array());
	sim_put(found, "keys", json_object_new_array());
	sim_put(parent, name, found);
	return found;
}

static void
count(json_object *parent, const char *name, const struct sim_send *send)
{
	json_object *one = group(parent, name);
	json_object *number = json_object_object_get(one, "count");

	json_object_int_inc(number, 1);
	json_object_array_add(json_object_object_get(one, "starts_ms"),
			      json_object_new_int64(send->start_ms));
	json_object_array_add(json_object_object_get(one, "sent_ms"),
			      json_object_new_int64(send->sent_ms));
	json_object_array_add(json_object_object_get(one, "keys"),
			      json_object_new_string(send->key));
}

/* Counts the same content to the same recipient; true the second time. */
static bool
is_second(json_object *seen, const struct sim_send *send)
{
	char *name;
	json_object *times;
	int n = 0;

	if (asprintf(&name, "%s %s %s %s", send->recipient, send->type,
		     send->media ? send->media : "",
		     send->text ? send->text : "") < 0)
		abort();
	if (json_object_object_get_ex(seen, name, &times))
		n = json_object_get_int(times);
	sim_put_int(seen, name, n + 1);
	free(name);
	return n == 1;
}

/* By start: what was sent first may have begun later. */
static int
by_start(const void *a, const void *b)
{
	const struct sim_send *const *x = a;
	const struct sim_send *const *y = b;

	return ((*x)->start_ms > (*y)->start_ms) -
	       ((*x)->start_ms < (*y)->start_ms);
}

/* Locked.  The matching sends by start; the caller's to free. */
static struct sim_send **
select_sends(struct sim *sim, const char *instance, const char *recipient,
	     size_t *n)
{
	struct sim_send **found = calloc(sim->n_sends + 1, sizeof(*found));

	if (!found)
		abort();
	*n = 0;
	for (size_t i = 0; i < sim->n_sends; i++) {
		struct sim_send *send = sim->sends[i];

		if ((!instance || strcmp(send->instance, instance) == 0) &&
		    (!recipient || strcmp(send->recipient, recipient) == 0))
			found[(*n)++] = send;
	}
	qsort(found, *n, sizeof(*found), by_start);
	return found;
}

static json_object *
summarise(struct sim_send **sends, size_t n)
{
	json_object *body = json_object_new_object();
	json_object *recipients = json_object_new_object();
	json_object *instances = json_object_new_object();
	json_object *seen = json_object_new_object();
	json_object *duplicates = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		count(recipients, sends[i]->recipient, sends[i]);
		count(instances, sends[i]->instance, sends[i]);
		if (is_second(seen, sends[i]))
			json_object_array_add(
			    duplicates,
			    json_object_new_string(sends[i]->recipient));
	}
	json_object_put(seen);
	sim_put_int(body, "really_sent", (int64_t)n);
	sim_put_int(body, "duplicates_sent",
		    (int64_t)json_object_array_length(duplicates));
	sim_put(body, "duplicates", duplicates);
	sim_put(body, "recipients", recipients);
	sim_put(body, "instances", instances);
	return body;
}

void
sim_control_sent(struct sim *sim, struct sim_request *request,
		 struct sim_answer *answer)
{
	const char *number = sim_query(request, "number");
	char jid[SIM_JID_MAX], recipient[SIM_JID_MAX];
	struct sim_send **sends;
	size_t n;

	sim_jid_create(number ? number : "", jid);
	sim_jid_recipient(jid, recipient);
	pthread_mutex_lock(&sim->lock);
	sends = select_sends(sim, sim_query(request, "instance"),
			     number ? recipient : NULL, &n);
	pthread_mutex_unlock(&sim->lock);
	sim_answer_json(answer, 200, summarise(sends, n));
	free(sends);
}

void
sim_control_starts(struct sim *sim, struct sim_request *request,
		   struct sim_answer *answer)
{
	json_object *body;

	(void)request;
	pthread_mutex_lock(&sim->lock);
	body = json_tokener_parse(sim_json_text(sim->starts));
	pthread_mutex_unlock(&sim->lock);
	sim_answer_json(answer, 200, body);
}

/* Locked. */
static json_object *
instance_state(struct sim_instance *instance)
{
	json_object *item = json_object_new_object();

	sim_put_text(item, "mode", sim_mode_name(sim_instance_mode(instance)));
	sim_put_int(item, "latency_ms", instance->latency_ms);
	sim_put_int(item, "in_flight", instance->in_flight);
	sim_put_int(item, "in_flight_max", instance->in_flight_max);
	return item;
}

void
sim_control_state(struct sim *sim, struct sim_request *request,
		  struct sim_answer *answer)
{
	json_object *body = json_object_new_object();
	json_object *instances = json_object_new_object();

	(void)request;
	pthread_mutex_lock(&sim->lock);
	for (struct sim_instance *i = sim->instances; i; i = i->next)
		sim_put(instances, i->name, instance_state(i));
	sim_put_int(body, "requests", sim->n_requests);
	sim_put_int(body, "sent", (int64_t)sim->n_sends);
	sim_put_int(body, "clock_offset_ms", sim->clock_offset_ms);
	sim_put_int(body, "latency_ms", sim->latency_ms);
	sim_put_int(body, "hang_ms", sim->hang_ms);
	sim_put_int(body, "ack_ms", sim->ack_ms);
	sim_put_int(body, "webhook_retry_ms", sim->webhook_retry_ms);
	sim_put(body, "calls", json_tokener_parse(sim_json_text(sim->calls)));
	pthread_mutex_unlock(&sim->lock);
	sim_put(body, "instances", instances);
	sim_answer_json(answer, 200, body);
}

/* connection.update, which a change between these two states causes. */
static void
announce(struct sim *sim, struct sim_instance *instance, enum sim_mode mode)
{
	json_object *data = json_object_new_object();

	sim_put_text(data, "instance", instance->name);
	if (mode == SIM_OPEN) {
		sim_put_text(data, "wuid", instance->own_jid);
		sim_put_text(data, "profileName", instance->name);
	}
	sim_put_text(data, "state", sim_mode_state(mode));
	sim_put_int(data, "statusReason", mode == SIM_CLOSE ? 401 : 200);
	sim_webhook_emit(sim, instance, "connection.update", data);
}

/* Locked. */
static void
set_mode(struct sim_instance *instance, enum sim_mode mode, int64_t for_ms)
{
	instance->mode = mode;
	instance->mode_until_ms = for_ms ? dl_clock_now_ms() + for_ms : 0;
}

/* Locked.  How it shows and keeps messages, where the body says so. */
static void
set_storage(struct sim_instance *instance, json_object *body)
{
	static const char *const words[] = {[SIM_BY_PHONE] = "phone",
					    [SIM_BY_LID] = "lid",
					    [SIM_BY_LID_ALT] = "lid_alt"};
	const char *word = sim_body_text(body, "addressing");
	json_object *saves;

	for (int i = 0; word && i <= SIM_BY_LID_ALT; i++)
		if (strcmp(word, words[i]) == 0)
			instance->addressing = (enum sim_addressing)i;
	if (json_object_object_get_ex(body, "saves", &saves))
		instance->has_no_saves = !json_object_get_boolean(saves);
}

void
sim_control_instance(struct sim *sim, struct sim_request *request,
		     struct sim_answer *answer)
{
	const char *name = sim_body_text(request->body, "name");
	const char *word = sim_body_text(request->body, "mode");
	enum sim_mode mode = SIM_OPEN;
	struct sim_instance *instance;

	if (!name || (word && !sim_mode_parse(word, &mode))) {
		answer_wrong(answer, "name, mode: open, close, connecting, "
				     "dead, restarting, no_database");
		return;
	}
	instance = sim_instance_add(
	    sim, name, sim_body_text(request->body, "token"), SIM_OPEN);
	pthread_mutex_lock(&sim->lock);
	if (word)
		set_mode(instance, mode,
			 sim_body_int(request->body, "for_ms", 0));
	instance->latency_ms =
	    sim_body_int(request->body, "latency_ms", instance->latency_ms);
	set_storage(instance, request->body);
	pthread_mutex_unlock(&sim->lock);
	if (word && mode <= SIM_CONNECTING)
		announce(sim, instance, mode);
	answer_ok(answer);
}

void
sim_control_number(struct sim *sim, struct sim_request *request,
		   struct sim_answer *answer)
{
	const char *number = sim_body_text(request->body, "number");
	const char *word = sim_body_text(request->body, "behaviour");
	struct sim_override *override;
	enum sim_behaviour behaviour;

	if (!number || !word || !sim_behaviour_parse(word, &behaviour)) {
		answer_wrong(answer, "number, behaviour: a name of the table "
				     "in tests/simulator/README.md");
		return;
	}
	override = calloc(1, sizeof(*override));
	if (!override)
		abort();
	override->number = sim_strdup(number);
	override->behaviour = (int)behaviour;
	override->times = sim_body_int(request->body, "times", -1);
	pthread_mutex_lock(&sim->lock);
	override->next = sim->overrides;
	sim->overrides = override;
	pthread_mutex_unlock(&sim->lock);
	answer_ok(answer);
}

void
sim_control_settings(struct sim *sim, struct sim_request *request,
		     struct sim_answer *answer)
{
	json_object *body = request->body;
	struct {
		const char *name;
		int64_t *value;
	} settings[] = {
	    {"clock_offset_ms", &sim->clock_offset_ms},
	    {"latency_ms", &sim->latency_ms},
	    {"hang_ms", &sim->hang_ms},
	    {"ack_ms", &sim->ack_ms},
	    {"webhook_retry_ms", &sim->webhook_retry_ms},
	};

	pthread_mutex_lock(&sim->lock);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		*settings[i].value =
		    sim_body_int(body, settings[i].name, *settings[i].value);
	pthread_mutex_unlock(&sim->lock);
	answer_ok(answer);
}

/* messages.upsert: somebody writes to one of our numbers. */
void
sim_control_inbound(struct sim *sim, struct sim_request *request,
		    struct sim_answer *answer)
{
	const char *name = sim_body_text(request->body, "instance");
	const char *number = sim_body_text(request->body, "number");
	const char *text = sim_body_text(request->body, "text");
	struct sim_instance *instance =
	    sim_instance_find(sim, name ? name : "");
	struct sim_send message = {.timestamp_s = sim_clock_ms(sim) / 1000};
	char jid[SIM_JID_MAX], asked[SIM_JID_MAX], key[SIM_KEY_MAX];
	json_object *data, *from;

	if (!instance || !number || !text) {
		answer_wrong(answer, "instance, number, text");
		return;
	}
	sim_jid_create(number, asked);
	sim_jid_resolve(asked, jid);
	sim_message_key(key);
	message.jid = jid;
	message.key = key;
	message.type = sim_strdup("conversation");
	message.text = sim_strdup(text);
	data = sim_message_accepted(&message, instance->id);
	from = json_object_object_get(data, "key");
	sim_put_bool(from, "fromMe", false);
	sim_put_text(data, "pushName", "Someone");
	sim_put_text(data, "status", "DELIVERY_ACK");
	json_object_object_del(data, "contextInfo");
	sim_webhook_emit(sim, instance, "messages.upsert", data);
	free(message.type);
	free(message.text);
	answer_ok(answer);
}

void
sim_control_reset(struct sim *sim, struct sim_request *request,
		  struct sim_answer *answer)
{
	(void)request;
	sim_journal_reset(sim);
	pthread_mutex_lock(&sim->lock);
	while (sim->overrides) {
		struct sim_override *override = sim->overrides;

		sim->overrides = override->next;
		free(override->number);
		free(override);
	}
	for (struct sim_instance *i = sim->instances; i; i = i->next) {
		set_mode(i, SIM_OPEN, 0);
		i->latency_ms = 0;
		i->addressing = SIM_BY_PHONE;
		i->has_no_saves = false;
		i->in_flight_max = 0;
		json_object_put(i->webhook);
		i->webhook = NULL;
	}
	json_object_put(sim->calls);
	sim->calls = json_object_new_object();
	json_object_put(sim->starts);
	sim->starts = json_object_new_object();
	sim->n_requests = 0;
	sim_set_defaults(sim);
	pthread_mutex_unlock(&sim->lock);
	answer_ok(answer);
}
