/* SPDX-License-Identifier: MIT */
/* Messages as Evolution shows them. */
#include "config.h"

#include "domain/seen_message.h"

#include <string.h>

#include "base/json_in.h"
#include "base/json_out.h"

/* Members of "message" that hold another message. */
static const char *const wrappers[] = {
    "ephemeralMessage", "documentWithCaptionMessage", "viewOnceMessage",
    "viewOnceMessageV2", "deviceSentMessage"};
/* Wrapped more often than this is nothing of ours. */
#define MAX_WRAPPED 4

static const struct {
	const char *type;
	const char *member;
} media[] = {
    {"imagem", "imageMessage"},
    {"video", "videoMessage"},
    {"documento", "documentMessage"},
    {"audio", "audioMessage"},
};

/* PostgreSQL takes no NUL, and nothing that we sent has one. */
static struct dl_str
get_str(json_object *obj, const char *name)
{
	struct dl_str s = dl_json_get_str(obj, name);

	return s.len && memchr(s.ptr, '\0', s.len) ? (struct dl_str){NULL, 0}
						   : s;
}

static json_object *
unwrap(json_object *message)
{
	for (int depth = 0; depth < MAX_WRAPPED; depth++) {
		json_object *inner = NULL;

		for (size_t i = 0;
		     i < sizeof(wrappers) / sizeof(wrappers[0]) && !inner; i++)
			inner = dl_json_get(dl_json_get(message, wrappers[i]),
					    "message");
		if (!inner)
			break;
		message = inner;
	}
	return message;
}

static void
read_content(json_object *message, struct dl_seen_message *out)
{
	json_object *extended = dl_json_get(message, "extendedTextMessage");

	out->text = get_str(message, "conversation");
	if (!out->text.len)
		out->text = get_str(extended, "text");
	if (out->text.len) {
		out->type = DL_STR("texto");
		return;
	}
	for (size_t i = 0; i < sizeof(media) / sizeof(media[0]); i++) {
		json_object *file = dl_json_get(message, media[i].member);

		if (!file)
			continue;
		out->type = dl_str(media[i].type);
		out->text = get_str(file, "caption");
		out->file_name = get_str(file, "fileName");
	}
}

/* A number, a string of digits, or a Long as protobuf.js writes it. */
static int64_t
read_seconds(json_object *value)
{
	int64_t seconds = 0;

	if (json_object_is_type(value, json_type_object))
		value = dl_json_get(value, "low");
	if (json_object_is_type(value, json_type_int))
		return json_object_get_int64(value);
	if (json_object_is_type(value, json_type_string))
		dl_str_to_int64(dl_str(json_object_get_string(value)),
				&seconds);
	return seconds;
}

bool
dl_seen_message_read(json_object *record, struct dl_seen_message *out)
{
	static const char *const names[DL_SEEN_JIDS] = {"remoteJid",
							"remoteJidAlt"};
	json_object *key = dl_json_get(record, "key");
	json_object *from_me = dl_json_get(key, "fromMe");
	int64_t seconds = read_seconds(dl_json_get(record, "messageTimestamp"));

	*out = (struct dl_seen_message){.key = get_str(key, "id")};
	if (!out->key.len || out->key.len > DL_SEEN_KEY_MAX ||
	    !json_object_get_boolean(from_me) || seconds <= 0 ||
	    seconds > INT64_MAX / 1000)
		return false;
	out->at_ms = seconds * 1000;
	for (size_t i = 0; i < DL_SEEN_JIDS; i++) {
		out->jids[i] = get_str(key, names[i]);
		if (out->jids[i].len > DL_SEEN_JID_MAX)
			out->jids[i] = (struct dl_str){NULL, 0};
	}
	read_content(unwrap(dl_json_get(record, "message")), out);
	return true;
}

static struct dl_str
copy(struct dl_arena *arena, struct dl_str s)
{
	return s.len ? dl_arena_str(arena, s) : (struct dl_str){NULL, 0};
}

struct dl_seen_message
dl_seen_message_copy(struct dl_arena *arena, const struct dl_seen_message *m)
{
	struct dl_seen_message out = *m;

	out.key = copy(arena, m->key);
	out.type = copy(arena, m->type);
	out.text = copy(arena, m->text);
	out.file_name = copy(arena, m->file_name);
	for (size_t i = 0; i < DL_SEEN_JIDS; i++)
		out.jids[i] = copy(arena, m->jids[i]);
	return out;
}

static void
write_content(const struct dl_seen_message *m, struct dl_json_out *json)
{
	if (dl_str_eq(m->type, DL_STR("texto"))) {
		dl_json_member_str(json, "conversation", m->text);
		return;
	}
	for (size_t i = 0; i < sizeof(media) / sizeof(media[0]); i++) {
		if (!dl_str_eq(m->type, dl_str(media[i].type)))
			continue;
		dl_json_key(json, media[i].member);
		dl_json_object_begin(json);
		dl_json_member_str(json, "caption", m->text);
		dl_json_member_str(json, "fileName", m->file_name);
		dl_json_object_end(json);
	}
}

void
dl_seen_message_write(const struct dl_seen_message *m, struct dl_buf *out)
{
	struct dl_json_out json;

	dl_json_begin(&json, out);
	dl_json_object_begin(&json);
	dl_json_key(&json, "key");
	dl_json_object_begin(&json);
	dl_json_member_str(&json, "id", m->key);
	dl_json_member_bool(&json, "fromMe", true);
	dl_json_member_str(&json, "remoteJid", m->jids[0]);
	dl_json_member_str(&json, "remoteJidAlt", m->jids[1]);
	dl_json_object_end(&json);
	dl_json_member_int(&json, "messageTimestamp", m->at_ms / 1000);
	dl_json_key(&json, "message");
	dl_json_object_begin(&json);
	write_content(m, &json);
	dl_json_object_end(&json);
	dl_json_object_end(&json);
}

struct dl_str
dl_seen_message_lid(struct dl_arena *arena, const struct dl_seen_message *m)
{
	for (size_t i = 0; i < DL_SEEN_JIDS; i++) {
		struct dl_str domain = m->jids[i];
		struct dl_str user = dl_str_cut(&domain, '@');

		if (!dl_str_eq(domain, DL_STR("lid")))
			continue;
		user = dl_str_cut(&user, ':');
		return dl_str(dl_arena_printf(arena, "%.*s@lid", (int)user.len,
					      user.ptr));
	}
	return (struct dl_str){NULL, 0};
}
