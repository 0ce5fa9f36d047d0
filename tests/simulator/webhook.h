/* SPDX-License-Identifier: MIT */
/*
 * Webhooks and receipts: tasks with a time, run by a few threads, so that
 * their order is not kept.  A failed webhook is tried again as Evolution does
 * (ten attempts, doubling up to 300 s, 400/401/403/404/422 are final).
 */
#ifndef SIM_WEBHOOK_H
#define SIM_WEBHOOK_H

#include <json-c/json.h>

#include "behaviour.h"
#include "sim.h"

/* Starts the threads.  Call once. */
void sim_webhook_start(struct sim *sim);

/* Announces an event ("send.message") of the instance where its webhook wants
 * it; data goes to the task.  Thread-safe. */
void sim_webhook_emit(struct sim *sim, struct sim_instance *instance,
		      const char *event, json_object *data);

/* The receipts that follow a send.  Thread-safe. */
void sim_webhook_receipts(struct sim *sim, struct sim_instance *instance,
			  struct sim_send *send, enum sim_behaviour behaviour);

#endif
