/* SPDX-License-Identifier: MIT */
/* The state: instances and their modes. */
#include "config.h"

#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"

static const struct {
	const char *name;
	const char *state;
} modes[] = {
    [SIM_OPEN] = {"open", "open"},
    [SIM_CLOSE] = {"close", "close"},
    [SIM_CONNECTING] = {"connecting", "connecting"},
    [SIM_DEAD] = {"dead", "open"},
    [SIM_RESTARTING] = {"restarting", NULL},
    [SIM_NO_DATABASE] = {"no_database", "open"},
};

char *
sim_strdup(const char *s)
{
	char *copy = s ? strdup(s) : NULL;

	if (s && !copy)
		abort();
	return copy;
}

void
sim_cuid(const char *seed, char out[26])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	uint8_t hash[DL_SHA256_LEN];

	dl_sha256(dl_str(seed), hash);
	out[0] = 'c';
	for (int i = 1; i < 25; i++)
		out[i] = digits[hash[i] % 36];
	out[25] = '\0';
}

void
sim_set_defaults(struct sim *sim)
{
	sim->clock_offset_ms = 0;
	sim->latency_ms = 0;
	sim->hang_ms = 60000;
	sim->ack_ms = 400;
	sim->webhook_retry_ms = 5000;
}

void
sim_init(struct sim *sim)
{
	*sim = (struct sim){.journal_fd = -1};
	sim_set_defaults(sim);
	pthread_mutex_init(&sim->lock, NULL);
	sim->calls = json_object_new_object();
	sim->starts = json_object_new_object();
}

int64_t
sim_clock_ms(struct sim *sim)
{
	int64_t offset_ms;

	pthread_mutex_lock(&sim->lock);
	offset_ms = sim->clock_offset_ms;
	pthread_mutex_unlock(&sim->lock);
	return dl_clock_now_ms() + offset_ms;
}

const char *
sim_mode_state(enum sim_mode mode)
{
	return modes[mode].state;
}

const char *
sim_mode_name(enum sim_mode mode)
{
	return modes[mode].name;
}

bool
sim_mode_parse(const char *word, enum sim_mode *out)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, word) == 0) {
			*out = (enum sim_mode)i;
			return true;
		}
	}
	return false;
}

static struct sim_instance *
find_locked(struct sim *sim, const char *name)
{
	struct sim_instance *instance = sim->instances;

	while (instance && strcmp(instance->name, name) != 0)
		instance = instance->next;
	return instance;
}

struct sim_instance *
sim_instance_find(struct sim *sim, const char *name)
{
	struct sim_instance *instance;

	pthread_mutex_lock(&sim->lock);
	instance = find_locked(sim, name);
	pthread_mutex_unlock(&sim->lock);
	return instance;
}

/* An id that stays the same when the simulator is started again. */
static void
make_id(const char *name, char out[DL_UUID_MAX])
{
	char hex[DL_SHA256_HEX_MAX];

	dl_sha256_hex(dl_str(name), hex);
	snprintf(out, DL_UUID_MAX, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex, hex + 8,
		 hex + 12, hex + 15, hex + 18);
}

static struct sim_instance *
create(const char *name, const char *token, enum sim_mode mode)
{
	struct sim_instance *instance = calloc(1, sizeof(*instance));

	if (!instance)
		abort();
	instance->name = sim_strdup(name);
	if (token && *token)
		snprintf(instance->token, SIM_TOKEN_MAX, "%s", token);
	else
		snprintf(instance->token, SIM_TOKEN_MAX, "%.120s-token", name);
	make_id(name, instance->id);
	instance->mode = mode;
	instance->created_at_ms = dl_clock_now_ms();
	return instance;
}

struct sim_instance *
sim_instance_add(struct sim *sim, const char *name, const char *token,
		 enum sim_mode mode)
{
	struct sim_instance *instance;
	int n = 1;

	pthread_mutex_lock(&sim->lock);
	instance = find_locked(sim, name);
	if (!instance) {
		instance = create(name, token, mode);
		for (struct sim_instance *i = sim->instances; i; i = i->next)
			n++;
		snprintf(instance->own_jid, SIM_JID_MAX,
			 "55119000%05d@s.whatsapp.net", n);
		instance->next = sim->instances;
		sim->instances = instance;
	}
	pthread_mutex_unlock(&sim->lock);
	return instance;
}

enum sim_mode
sim_instance_mode(struct sim_instance *instance)
{
	if (instance->mode_until_ms &&
	    dl_clock_now_ms() >= instance->mode_until_ms) {
		instance->mode = SIM_OPEN;
		instance->mode_until_ms = 0;
	}
	return instance->mode;
}

enum sim_mode
sim_instance_mode_now(struct sim *sim, struct sim_instance *instance)
{
	enum sim_mode mode;

	pthread_mutex_lock(&sim->lock);
	mode = sim_instance_mode(instance);
	pthread_mutex_unlock(&sim->lock);
	return mode;
}

int64_t
sim_count_call(struct sim *sim, const char *recipient)
{
	json_object *counter;
	int64_t calls = 0;

	if (json_object_object_get_ex(sim->calls, recipient, &counter))
		calls = json_object_get_int64(counter);
	json_object_object_add(sim->calls, recipient,
			       json_object_new_int64(calls + 1));
	return calls;
}

void
sim_note_start(struct sim *sim, const char *instance, int64_t start_ms)
{
	json_object *list;

	if (!json_object_object_get_ex(sim->starts, instance, &list)) {
		list = json_object_new_array();
		json_object_object_add(sim->starts, instance, list);
	}
	json_object_array_add(list, json_object_new_int64(start_ms));
}
