/* SPDX-License-Identifier: MIT */
/*
 * Evolution API: sending one message, asking for an instance's state and for
 * what it sent.  Says what came back; what it means is domain/outcome's and
 * domain/reconcile's.  A POST is begun at most
 * once (remote/http sees to it), because there is no idempotency key: a
 * second start could be a second message.
 *
 * Thread-safe: struct dl_evolution is read-only after dl_evolution_init().
 * Source: evolution-api 2.3.6, /message, /instance and /chat routes.
 */
#ifndef DL_REMOTE_EVOLUTION_H
#define DL_REMOTE_EVOLUTION_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/str.h"
#include "domain/outcome.h"
#include "domain/seen_message.h"
#include "remote/http.h"

/*
 * Bytes of an answer that are read.  Recorded ones have up to 10 KiB; with
 * webhookBase64 they carry the whole file, of which only the key, which stands
 * first, is needed.
 */
#define DL_EVOLUTION_MAX_ANSWER (256 * 1024)

struct dl_evolution {
	const struct dl_http_transport *http;
	struct dl_str url; /* EVOLUTION_API_URL; text is the settings' */
	struct dl_str key; /* EVOLUTION_API_KEY; never logged */
	int64_t timeout_ms;
	int64_t media_timeout_ms;
	int64_t delay_ms;
};

struct dl_evolution_message {
	struct dl_str instance;
	struct dl_str token;  /* the instance's; empty: the global key */
	struct dl_str number; /* E.164 digits */
	struct dl_str type;   /* texto, imagem, video, audio, documento */
	struct dl_str text;   /* body or caption */
	struct dl_str media_url;
	struct dl_str file_name; /* may be empty */
	/*
	 * Asked once the connection stands, before the first byte: false calls
	 * the send off.
	 */
	bool (*may_start)(void *ctx, int64_t elapsed_ms);
	void *may_start_ctx;
};

/* Fills evolution from the settings, which must outlive it. */
void dl_evolution_init(struct dl_evolution *evolution,
		       const struct dl_settings *settings,
		       const struct dl_http_transport *http);

/* The deadline of one send of that type, milliseconds. */
int64_t dl_evolution_timeout_ms(const struct dl_evolution *evolution,
				struct dl_str type);

/*
 * Sends.  *answer, whose text lives in the arena, says what came back;
 * *was_vetoed that may_start said no and nothing was written.  DL_INTERNAL,
 * with nothing sent: the message is too large for the arena, or of an unknown
 * type.
 */
enum dl_code dl_evolution_send(const struct dl_evolution *evolution,
			       struct dl_arena *arena,
			       const struct dl_evolution_message *message,
			       struct dl_outcome_answer *answer,
			       bool *was_vetoed,
			       struct dl_error *err) DL_MUST_CHECK;

/*
 * GET /instance/connectionState: *state is "open", "connecting", "close", or
 * empty where Evolution has the instance not in memory.  DL_TRY_LATER: no
 * usable answer; DL_UNAUTHENTICATED: 401, 403; DL_NOT_FOUND: 404.
 */
enum dl_code dl_evolution_state(const struct dl_evolution *evolution,
				struct dl_arena *arena, struct dl_str instance,
				struct dl_str token, struct dl_str *state,
				struct dl_error *err) DL_MUST_CHECK;

/*
 * GET /instance/fetchInstances with the global key: whether Evolution is there
 * and takes it.  *date is the answer's Date header, empty without an answer.
 * DL_UNAUTHENTICATED: the key is refused; DL_TRY_LATER: no usable answer.
 */
enum dl_code dl_evolution_greet(const struct dl_evolution *evolution,
				struct dl_arena *arena, struct dl_str *date,
				struct dl_error *err) DL_MUST_CHECK;

/*
 * GET /webhook/find: the instance's webhook as Evolution stores it, NULL where
 * it has none.  Codes as those of dl_evolution_state().
 */
enum dl_code dl_evolution_webhook(const struct dl_evolution *evolution,
				  struct dl_arena *arena,
				  struct dl_str instance, struct dl_str token,
				  json_object **webhook,
				  struct dl_error *err) DL_MUST_CHECK;

/* Records of one page of findMessages. */
#define DL_EVOLUTION_PAGE 50

struct dl_evolution_found {
	struct dl_seen_message *messages; /* those that the instance sent */
	size_t n;
	bool is_last;      /* there is no further page */
	int64_t oldest_ms; /* of the whole page; 0: it is empty */
	bool has_date;
	int64_t ahead_ms; /* has_date: Evolution's clock before now_ms's */
};

/*
 * POST /chat/findMessages: a page of what the instance sent, from page 1, the
 * newest first; or, where key is not empty, the message of that key.  now_ms is
 * the time of the clock that ahead_ms is to be measured by.  The messages live
 * in the arena.  DL_TRY_LATER: no usable answer.
 */
enum dl_code dl_evolution_find(const struct dl_evolution *evolution,
			       struct dl_arena *arena, struct dl_str instance,
			       struct dl_str token, struct dl_str key,
			       int64_t page, int64_t now_ms,
			       struct dl_evolution_found *found,
			       struct dl_error *err) DL_MUST_CHECK;

/* ------------------------------------------------- the parts without I/O */

/*
 * The same answer's body taken apart; false where it is none.  Version 1
 * answers a bare list.
 */
bool dl_evolution_read_found(struct dl_arena *arena, struct dl_str body,
			     int64_t page, struct dl_evolution_found *found);

/* Where evolution-events is called for an instance; NULL beyond 4,096 bytes. */
const char *dl_evolution_webhook_url(struct dl_arena *arena,
				     struct dl_str public_url,
				     struct dl_str instance);

/* A verb and its JSON body, or NULL for an unknown type. */
const char *dl_evolution_request(const struct dl_evolution *evolution,
				 struct dl_arena *arena,
				 const struct dl_evolution_message *message,
				 struct dl_str *body);

/*
 * The fileName to send: its extension decides the MIME type, and one that
 * Evolution does not know makes it "false".  Taken from file_name, else from
 * the last part of the URL's path; where neither has a known extension one
 * that fits the type is added.
 */
const char *dl_evolution_file_name(struct dl_arena *arena, struct dl_str type,
				   struct dl_str file_name,
				   struct dl_str media_url);

#endif
