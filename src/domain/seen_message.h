/* SPDX-License-Identifier: MIT */
/*
 * A message that Evolution says its instance sent: the data of send.message
 * and a record of findMessages, in one form.  Pure.
 *
 * Thread-safe.  Source: evolution-api 2.3.6 and 1.8.2; Baileys' WAMessage.
 */
#ifndef DL_DOMAIN_SEEN_MESSAGE_H
#define DL_DOMAIN_SEEN_MESSAGE_H

#include <json-c/json.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* Keys of WhatsApp have up to 40 characters; ours index them. */
#define DL_SEEN_KEY_MAX 256
/* "5511987654321@s.whatsapp.net"; addresses are cut nowhere. */
#define DL_SEEN_JID_MAX 160
/* remoteJid and remoteJidAlt */
#define DL_SEEN_JIDS 2

struct dl_seen_message {
	struct dl_str key; /* key.id; never empty */
	/* "5511987654321@s.whatsapp.net", "12345@lid"; empty: none */
	struct dl_str jids[DL_SEEN_JIDS];
	struct dl_str type;      /* texto, imagem, video, audio, documento;
				    empty: none of them */
	struct dl_str text;      /* the text, or the caption */
	struct dl_str file_name; /* of a document */
	int64_t at_ms;           /* by Evolution's clock; whole seconds */
};

/*
 * Reads a record; the texts are the tree's.  False where it is no message of
 * the instance's own, has no key or no time.
 */
bool dl_seen_message_read(json_object *record, struct dl_seen_message *out);

/* A copy whose texts live in the arena. */
struct dl_seen_message dl_seen_message_copy(struct dl_arena *arena,
					    const struct dl_seen_message *m);

/*
 * Writes what dl_seen_message_read() reads back, and nothing else of the
 * record: media carry keys, and with the webhook's "base64" the whole file.
 */
void dl_seen_message_write(const struct dl_seen_message *m, struct dl_buf *out);

/*
 * The @lid of a message, without a device, in the arena; {NULL, 0} where no
 * address of it is one.
 */
struct dl_str dl_seen_message_lid(struct dl_arena *arena,
				  const struct dl_seen_message *m);

#endif
