/* SPDX-License-Identifier: MIT */
/* Evolution's webhooks. */
#include "config.h"

#include "domain/evolution_event.h"

#include "base/json_in.h"

static void
read_receipt(json_object *data, struct dl_evolution_event *event)
{
	json_object *from_me = dl_json_get(data, "fromMe");

	event->key = dl_json_get_str(data, "keyId");
	if (!event->key.len)
		event->key = dl_json_get_str(data, "id");
	event->jid = dl_json_get_str(data, "remoteJid");
	event->receipt = dl_json_get_str(data, "status");
	if (event->jid.len > DL_SEEN_JID_MAX)
		event->jid = (struct dl_str){NULL, 0};
	if (!event->key.len || event->key.len > DL_SEEN_KEY_MAX ||
	    !event->receipt.len ||
	    (json_object_is_type(from_me, json_type_boolean) &&
	     !json_object_get_boolean(from_me)))
		return;
	event->kind = DL_EVENT_RECEIPT;
}

static void
read_connection(json_object *data, struct dl_evolution_event *event)
{
	static const char *const states[] = {"open", "connecting", "close",
					     "refused"};

	event->state = dl_json_get_str(data, "state");
	event->status_reason =
	    json_object_get_int64(dl_json_get(data, "statusReason"));
	if (event->status_reason < 0 || event->status_reason > 9999)
		event->status_reason = 0;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (dl_str_eq(event->state, dl_str(states[i])))
			event->kind = DL_EVENT_CONNECTION;
}

void
dl_evolution_event_read(struct dl_arena *arena, struct dl_str body,
			struct dl_evolution_event *event)
{
	json_object *tree = dl_json_parse_lenient(arena, body);

	*event = (struct dl_evolution_event){
	    .name = dl_json_get_str(tree, "event"),
	    .instance = dl_json_get_str(tree, "instance"),
	    .data = dl_json_get(tree, "data")};
	if (dl_str_eq(event->name, DL_STR("messages.update")))
		read_receipt(event->data, event);
	else if (dl_str_eq(event->name, DL_STR("connection.update")))
		read_connection(event->data, event);
	else if (dl_str_eq(event->name, DL_STR("send.message")) &&
		 dl_seen_message_read(event->data, &event->sent))
		event->kind = DL_EVENT_SENT;
}
