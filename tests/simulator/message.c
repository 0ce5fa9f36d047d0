/* SPDX-License-Identifier: MIT */
/* The bodies of messages. */
#include "config.h"

#include "message.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "answer.h"
#include "base/crypto.h"

#define MEDIA_PATH "/v/t62.7119-24/judge.enc"

const char *
sim_ack_name(enum sim_ack ack)
{
	static const char *const names[] = {
	    [SIM_SERVER_ACK] = "SERVER_ACK",
	    [SIM_DELIVERY_ACK] = "DELIVERY_ACK",
	    [SIM_READ] = "READ",
	    [SIM_ERROR] = "ERROR",
	};

	return names[ack];
}

void
sim_message_key(char out[SIM_KEY_MAX])
{
	uint8_t bytes[9];

	dl_random_bytes(bytes, sizeof(bytes));
	snprintf(out, SIM_KEY_MAX, "3EB0%02X%02X%02X%02X%02X%02X%02X%02X%02X",
		 bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5],
		 bytes[6], bytes[7], bytes[8]);
}

const char *
sim_mimetype_of(const char *file_name)
{
	static const char *const types[][2] = {
	    {"jpg", "image/jpeg"},
	    {"jpeg", "image/jpeg"},
	    {"png", "image/png"},
	    {"webp", "image/webp"},
	    {"gif", "image/gif"},
	    {"pdf", "application/pdf"},
	    {"mp4", "video/mp4"},
	    {"mov", "video/quicktime"},
	    {"3gp", "video/3gpp"},
	    {"mp3", "audio/mpeg"},
	    {"ogg", "audio/ogg"},
	    {"opus", "audio/ogg"},
	    {"wav", "audio/wav"},
	    {"m4a", "audio/mp4"},
	    {"txt", "text/plain"},
	    {"csv", "text/csv"},
	    {"zip", "application/zip"},
	    {"doc", "application/msword"},
	    {"docx", "application/vnd.openxmlformats-officedocument."
		     "wordprocessingml.document"},
	    {"xls", "application/vnd.ms-excel"},
	    {"xlsx", "application/vnd.openxmlformats-officedocument."
		     "spreadsheetml.sheet"},
	    {"ppt", "application/vnd.ms-powerpoint"},
	    {"pptx", "application/vnd.openxmlformats-officedocument."
		     "presentationml.presentation"},
	};
	const char *dot = file_name ? strrchr(file_name, '.') : NULL;

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcasecmp(dot + 1, types[i][0]) == 0)
			return types[i][1];
	return "false";
}

/* A Long of protobuf.js. */
static void
put_long(json_object *obj, const char *name, int64_t value, bool is_unsigned)
{
	json_object *number = json_object_new_object();

	sim_put_int(number, "low", value);
	sim_put_int(number, "high", 0);
	sim_put_bool(number, "unsigned", is_unsigned);
	sim_put(obj, name, number);
}

/* Thirty-two bytes as Node writes a Buffer's copy: by index. */
static void
put_bytes(json_object *obj, const char *name, const struct sim_send *send)
{
	json_object *bytes = json_object_new_object();
	uint8_t hash[DL_SHA256_LEN];
	char text[64];

	snprintf(text, sizeof(text), "%s %s", name, send->key);
	dl_sha256(dl_str(text), hash);
	for (int i = 0; i < DL_SHA256_LEN; i++) {
		snprintf(text, sizeof(text), "%d", i);
		sim_put_int(bytes, text, hash[i]);
	}
	sim_put(obj, name, bytes);
}

static void
put_location(json_object *media, const struct sim_send *send)
{
	put_bytes(media, "fileEncSha256", send);
	sim_put_text(media, "directPath", MEDIA_PATH);
	put_long(media, "mediaKeyTimestamp", send->timestamp_s, false);
}

static void
put_file(json_object *media, const struct sim_send *send)
{
	put_bytes(media, "fileSha256", send);
	put_long(media, "fileLength", send->file_length, true);
}

static void
put_address(json_object *media, const struct sim_send *send)
{
	sim_put_text(media, "url", "https://mmg.whatsapp.net" MEDIA_PATH);
	sim_put_text(media, "mimetype", send->mimetype);
}

static json_object *
image_message(const struct sim_send *send)
{
	json_object *image = json_object_new_object();

	sim_put(image, "interactiveAnnotations", json_object_new_array());
	sim_put(image, "scanLengths", json_object_new_array());
	sim_put(image, "annotations", json_object_new_array());
	put_address(image, send);
	if (send->text)
		sim_put_text(image, "caption", send->text);
	put_file(image, send);
	sim_put_int(image, "height", 1);
	sim_put_int(image, "width", 1);
	put_bytes(image, "mediaKey", send);
	put_location(image, send);
	return image;
}

static json_object *
video_message(const struct sim_send *send)
{
	json_object *video = json_object_new_object();

	sim_put(video, "interactiveAnnotations", json_object_new_array());
	sim_put(video, "annotations", json_object_new_array());
	put_address(video, send);
	put_file(video, send);
	put_bytes(video, "mediaKey", send);
	if (send->text)
		sim_put_text(video, "caption", send->text);
	sim_put_bool(video, "gifPlayback", false);
	put_location(video, send);
	return video;
}

static json_object *
document_message(const struct sim_send *send)
{
	json_object *document = json_object_new_object();

	put_address(document, send);
	put_file(document, send);
	put_bytes(document, "mediaKey", send);
	sim_put_text(document, "fileName", send->file_name);
	put_location(document, send);
	if (send->text)
		sim_put_text(document, "caption", send->text);
	return document;
}

static json_object *
audio_message(const struct sim_send *send)
{
	json_object *audio = json_object_new_object();

	put_address(audio, send);
	put_file(audio, send);
	sim_put_bool(audio, "ptt", true);
	put_bytes(audio, "mediaKey", send);
	put_location(audio, send);
	return audio;
}

/* The member "message". */
static json_object *
content(const struct sim_send *send)
{
	json_object *message = json_object_new_object();

	if (strcmp(send->type, "imageMessage") == 0)
		sim_put(message, send->type, image_message(send));
	else if (strcmp(send->type, "videoMessage") == 0)
		sim_put(message, send->type, video_message(send));
	else if (strcmp(send->type, "documentMessage") == 0)
		sim_put(message, send->type, document_message(send));
	else if (strcmp(send->type, "audioMessage") == 0)
		sim_put(message, send->type, audio_message(send));
	else
		sim_put_text(message, send->type, send->text);
	return message;
}

static json_object *
key_object(const struct sim_send *send)
{
	json_object *key = json_object_new_object();

	sim_put_text(key, "remoteJid", send->jid);
	if (send->jid_alt)
		sim_put_text(key, "remoteJidAlt", send->jid_alt);
	sim_put_bool(key, "fromMe", true);
	sim_put_text(key, "id", send->key);
	return key;
}

static json_object *
context_info(const struct sim_send *send)
{
	json_object *context = json_object_new_object();
	json_object *mode = json_object_new_object();

	sim_put(context, "mentionedJid", json_object_new_array());
	sim_put(context, "groupMentions", json_object_new_array());
	put_long(context, "ephemeralSettingTimestamp",
		 send->timestamp_s - 172800, false);
	sim_put_int(mode, "initiator", 0);
	sim_put(context, "disappearingMode", mode);
	return context;
}

json_object *
sim_message_accepted(const struct sim_send *send, const char *instance_id)
{
	json_object *body = json_object_new_object();

	sim_put(body, "key", key_object(send));
	sim_put_text(body, "pushName", "Você");
	sim_put_text(body, "status", "PENDING");
	sim_put(body, "message", content(send));
	sim_put(body, "contextInfo", context_info(send));
	sim_put_text(body, "messageType", send->type);
	sim_put_int(body, "messageTimestamp", send->timestamp_s);
	sim_put_text(body, "instanceId", instance_id);
	sim_put_text(body, "source", "web");
	return body;
}

static json_object *
updates(unsigned int acks)
{
	json_object *list = json_object_new_array();

	for (enum sim_ack ack = SIM_SERVER_ACK; ack <= SIM_ERROR; ack++) {
		json_object *update;

		if (!(acks & 1U << ack))
			continue;
		update = json_object_new_object();
		sim_put_text(update, "status", sim_ack_name(ack));
		json_object_array_add(list, update);
	}
	return list;
}

json_object *
sim_message_found(const struct sim_send *send, const char *instance_id,
		  unsigned int acks)
{
	json_object *record = json_object_new_object();
	char id[26];

	sim_cuid(send->key, id);
	sim_put_text(record, "id", id);
	sim_put(record, "key", key_object(send));
	sim_put_text(record, "pushName", "Você");
	sim_put_text(record, "messageType", send->type);
	sim_put(record, "message", content(send));
	sim_put_int(record, "messageTimestamp", send->timestamp_s);
	sim_put_text(record, "instanceId", instance_id);
	sim_put_text(record, "source", "web");
	sim_put(record, "contextInfo", context_info(send));
	sim_put(record, "MessageUpdate", updates(acks));
	return record;
}
