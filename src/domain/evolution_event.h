/* SPDX-License-Identifier: MIT */
/*
 * What a webhook of Evolution API says, taken apart.  Pure: the event's
 * texts point into the tree, which lives in the arena.
 *
 * Thread-safe.  Source: evolution-api 2.3.6; v1's messages.update names the
 * key "id".
 */
#ifndef DL_DOMAIN_EVOLUTION_EVENT_H
#define DL_DOMAIN_EVOLUTION_EVENT_H

#include <json-c/json.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "domain/seen_message.h"

enum dl_event_kind {
	DL_EVENT_OTHER,     /* nothing to us, or not understood */
	DL_EVENT_SENT,      /* send.message */
	DL_EVENT_RECEIPT,   /* messages.update of a message of ours */
	DL_EVENT_CONNECTION /* connection.update */
};

struct dl_evolution_event {
	enum dl_event_kind kind;
	struct dl_str name;     /* "messages.update"; empty: none */
	struct dl_str instance; /* as the body says */
	json_object *data;
	struct dl_str key;           /* RECEIPT: whose; never empty */
	struct dl_str jid;           /* RECEIPT: the recipient; may be empty */
	struct dl_str receipt;       /* RECEIPT: "READ" and so on */
	struct dl_str state;         /* CONNECTION: open, connecting, close */
	int64_t status_reason;       /* CONNECTION: 401 logged out; 0: none */
	struct dl_seen_message sent; /* SENT */
};

/* Reads body; what it does not understand is DL_EVENT_OTHER. */
void dl_evolution_event_read(struct dl_arena *arena, struct dl_str body,
			     struct dl_evolution_event *event);

#endif
