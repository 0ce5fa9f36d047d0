/* SPDX-License-Identifier: MIT */
/* Tasks: webhooks and receipts. */
#include "config.h"

#include "webhook.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "jid.h"
#include "message.h"
#include "request.h"

#define THREADS          4
#define ATTEMPTS         10
#define TIMEOUT_S        30L
#define LONGEST_RETRY_MS 300000

struct task {
	int64_t due_ms;
	struct sim_instance *instance;
	/* a receipt: */
	struct sim_send *send; /* NULL: this is a webhook */
	enum sim_ack ack;
	bool is_lid;
	/* a webhook: */
	char *url;
	char *body;
	struct curl_slist *headers;
	int attempt;
	struct task *next;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct task *first; /* by due_ms */
} queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL};

static struct task *
create_task(struct sim_instance *instance, int64_t wait_ms)
{
	struct task *task = calloc(1, sizeof(*task));

	if (!task)
		abort();
	task->instance = instance;
	task->due_ms = dl_clock_now_ms() + wait_ms;
	return task;
}

static void
destroy_task(struct task *task)
{
	free(task->url);
	free(task->body);
	curl_slist_free_all(task->headers);
	free(task);
}

static void
put_task(struct task *task)
{
	struct task **at;

	pthread_mutex_lock(&queue.lock);
	for (at = &queue.first; *at && (*at)->due_ms <= task->due_ms;)
		at = &(*at)->next;
	task->next = *at;
	*at = task;
	pthread_cond_broadcast(&queue.wake);
	pthread_mutex_unlock(&queue.lock);
}

/* Waits for the next task that is due. */
static struct task *
take_task(void)
{
	struct task *task;

	pthread_mutex_lock(&queue.lock);
	while (!queue.first || queue.first->due_ms > dl_clock_now_ms()) {
		struct timespec until;

		if (!queue.first) {
			pthread_cond_wait(&queue.wake, &queue.lock);
			continue;
		}
		until.tv_sec = queue.first->due_ms / 1000;
		until.tv_nsec = queue.first->due_ms % 1000 * 1000000;
		pthread_cond_timedwait(&queue.wake, &queue.lock, &until);
	}
	task = queue.first;
	queue.first = task->next;
	pthread_mutex_unlock(&queue.lock);
	return task;
}

/* The bearer token that stands in for a header named jwt_key. */
static char *
make_token(const char *key, int64_t now_s)
{
	struct dl_buf token;
	uint8_t mac[DL_SHA256_LEN];
	char payload[128];
	char *text;

	snprintf(payload, sizeof(payload),
		 "{\"iat\":%lld,\"exp\":%lld,\"app\":\"evolution\","
		 "\"action\":\"webhook\"}",
		 (long long)now_s, (long long)now_s + 600);
	dl_buf_init(&token, NULL, 4096);
	dl_base64url_encode(&token,
			    DL_STR("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"));
	dl_buf_append_c(&token, '.');
	dl_base64url_encode(&token, dl_str(payload));
	dl_hmac_sha256(dl_str(key), dl_buf_str(&token), mac);
	dl_buf_append_c(&token, '.');
	dl_base64url_encode(&token,
			    (struct dl_str){(const char *)mac, sizeof(mac)});
	text = sim_strdup(dl_buf_cstr(&token));
	dl_buf_clear(&token);
	return text;
}

static void
add_header(struct task *task, const char *name, const char *value)
{
	char line[4096];
	struct curl_slist *list;

	snprintf(line, sizeof(line), "%s: %s", name, value);
	list = curl_slist_append(task->headers, line);
	if (!list)
		abort();
	task->headers = list;
}

/* The stored headers; "jwt_key" becomes a token, made once for all attempts. */
static void
set_headers(struct task *task, json_object *stored, int64_t now_s)
{
	add_header(task, "Content-Type", "application/json");
	add_header(task, "Expect", "");
	if (!json_object_is_type(stored, json_type_object))
		return;
	json_object_object_foreach(stored, name, value)
	{
		const char *text = json_object_get_string(value);
		char bearer[2048];
		char *token;

		if (!text)
			continue;
		if (strcmp(name, "jwt_key") != 0) {
			add_header(task, name, text);
			continue;
		}
		token = make_token(text, now_s);
		snprintf(bearer, sizeof(bearer), "Bearer %s", token);
		add_header(task, "Authorization", bearer);
		free(token);
	}
}

/* "send.message" -> "SEND_MESSAGE", or "send-message" for a path. */
static void
rename_event(const char *event, char dot, bool is_upper, char out[64])
{
	size_t i;

	for (i = 0; event[i] && i < 63; i++) {
		int c = event[i] == '.' ? dot : event[i];

		out[i] = (char)(is_upper ? toupper(c) : c);
	}
	out[i] = '\0';
}

static bool
is_wanted(json_object *webhook, const char *event)
{
	json_object *events = json_object_object_get(webhook, "events");
	char name[64];

	if (!json_object_get_boolean(
		json_object_object_get(webhook, "enabled")))
		return false;
	if (!json_object_is_type(events, json_type_array) ||
	    !json_object_array_length(events))
		return true;
	rename_event(event, '_', true, name);
	for (size_t i = 0; i < json_object_array_length(events); i++)
		if (strcmp(json_object_get_string(
			       json_object_array_get_idx(events, i)),
			   name) == 0)
			return true;
	return false;
}

/* The address; byEvents adds the event's name behind whatever stands there. */
static char *
make_url(json_object *webhook, const char *event)
{
	char text[2048];
	char path[64];

	rename_event(event, '-', false, path);
	if (json_object_get_boolean(
		json_object_object_get(webhook, "webhookByEvents")))
		snprintf(text, sizeof(text), "%s/%s",
			 sim_body_text(webhook, "url"), path);
	else
		snprintf(text, sizeof(text), "%s",
			 sim_body_text(webhook, "url"));
	return sim_strdup(text);
}

static json_object *
make_body(struct sim *sim, const struct sim_instance *instance,
	  const char *event, const char *url, json_object *data, int64_t now_ms)
{
	json_object *body = json_object_new_object();
	char date[DL_RFC3339_MAX];

	sim_put_text(body, "event", event);
	sim_put_text(body, "instance", instance->name);
	sim_put(body, "data", data);
	sim_put_text(body, "destination", url);
	/* Local time with a false Z: three hours behind, as in Brazil. */
	sim_put_text(body, "date_time",
		     dl_clock_format(now_ms - 3 * 3600000, date));
	if (instance->mode != SIM_CLOSE && instance->mode != SIM_CONNECTING)
		sim_put_text(body, "sender", instance->own_jid);
	sim_put_text(body, "server_url", sim->url);
	sim_put_text(body, "apikey", instance->token);
	return body;
}

void
sim_webhook_emit(struct sim *sim, struct sim_instance *instance,
		 const char *event, json_object *data)
{
	int64_t now_ms = sim_clock_ms(sim);
	struct task *task = create_task(instance, 0);
	json_object *body = NULL;

	pthread_mutex_lock(&sim->lock);
	if (instance->webhook && is_wanted(instance->webhook, event)) {
		task->url = make_url(instance->webhook, event);
		set_headers(
		    task, json_object_object_get(instance->webhook, "headers"),
		    now_ms / 1000);
		body = make_body(sim, instance, event, task->url, data, now_ms);
		task->body = sim_strdup(sim_json_text(body));
	}
	pthread_mutex_unlock(&sim->lock);
	if (body) {
		json_object_put(body);
		put_task(task);
	} else {
		json_object_put(data);
		destroy_task(task);
	}
}

static void
put_receipt(struct sim *sim, struct sim_instance *instance,
	    struct sim_send *send, enum sim_ack ack, bool is_lid)
{
	struct task *task;
	int64_t within_ms;

	pthread_mutex_lock(&sim->lock);
	within_ms = sim->ack_ms;
	pthread_mutex_unlock(&sim->lock);
	task = create_task(instance, dl_random_between(0, within_ms));
	task->send = send;
	task->ack = ack;
	task->is_lid = is_lid;
	put_task(task);
}

void
sim_webhook_receipts(struct sim *sim, struct sim_instance *instance,
		     struct sim_send *send, enum sim_behaviour behaviour)
{
	bool is_lid = behaviour == SIM_OTHER_JID;

	if (behaviour == SIM_NO_ACK)
		return;
	if (behaviour == SIM_ERROR_RECEIPT) {
		put_receipt(sim, instance, send, SIM_ERROR, false);
		return;
	}
	for (enum sim_ack ack = SIM_SERVER_ACK; ack <= SIM_READ; ack++)
		put_receipt(sim, instance, send, ack, is_lid);
}

static void
run_receipt(struct sim *sim, const struct task *task)
{
	struct sim_send *send = task->send;
	json_object *data = json_object_new_object();
	char lid[SIM_JID_MAX];
	char id[26];

	pthread_mutex_lock(&sim->lock);
	send->acks |= 1U << task->ack;
	pthread_mutex_unlock(&sim->lock);
	sim_jid_lid(send->recipient, lid);
	sim_cuid(send->key, id);
	sim_put_text(data, "keyId", send->key);
	sim_put_text(data, "remoteJid", task->is_lid ? lid : send->jid);
	sim_put_bool(data, "fromMe", true);
	sim_put_text(data, "status", sim_ack_name(task->ack));
	sim_put_text(data, "instanceId", task->instance->id);
	sim_put_text(data, "messageId", id);
	sim_webhook_emit(sim, task->instance, "messages.update", data);
}

static size_t
ignore_answer(char *bytes, size_t size, size_t n, void *ctx)
{
	(void)bytes;
	(void)ctx;
	return size * n;
}

/* The answer's status; 0 where there was none. */
static long
post(CURL *curl, const struct task *task)
{
	long status = 0;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, task->url);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, task->body);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, task->headers);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "axios/1.12.2");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_answer);
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static bool
is_final(long status)
{
	return (status >= 200 && status < 300) || status == 400 ||
	       status == 401 || status == 403 || status == 404 || status == 422;
}

static void
run_webhook(struct sim *sim, CURL *curl, struct task *task)
{
	int64_t wait_ms;

	if (is_final(post(curl, task)) || ++task->attempt >= ATTEMPTS) {
		destroy_task(task);
		return;
	}
	pthread_mutex_lock(&sim->lock);
	wait_ms = sim->webhook_retry_ms << (task->attempt - 1);
	pthread_mutex_unlock(&sim->lock);
	if (wait_ms > LONGEST_RETRY_MS)
		wait_ms = LONGEST_RETRY_MS;
	task->due_ms =
	    dl_clock_now_ms() + wait_ms + dl_random_between(0, wait_ms / 5);
	put_task(task);
}

static void *
work(void *arg)
{
	struct sim *sim = arg;
	CURL *curl = curl_easy_init();

	if (!curl)
		abort();
	for (;;) {
		struct task *task = take_task();

		if (task->send) {
			run_receipt(sim, task);
			destroy_task(task);
		} else {
			run_webhook(sim, curl, task);
		}
	}
	return NULL;
}

void
sim_webhook_start(struct sim *sim)
{
	pthread_t thread;

	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&thread, NULL, work, sim) != 0)
			abort();
		pthread_detach(thread);
	}
}
