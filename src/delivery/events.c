/* SPDX-License-Identifier: MIT */
/* Events of Evolution on their way to the database. */
#include "config.h"

#include "delivery/events.h"

#include <string.h>

#include "base/clock.h"
#include "delivery/reconciliation.h"

/*
 * A receipt can overtake the answer of its own send: so often and so long
 * apart is it tried again before it is left to the sweeper.
 */
#define EARLY_TRIES    3
#define EARLY_PAUSE_MS 150
/* A text of 4,096 characters, each at worst an escape of six bytes in two
 * halves, and its addresses. */
#define MAX_KEPT (64 * 1024)

static const char *
static_word(struct dl_str word)
{
	static const char *const words[] = {"noted", "old", "early", "kept",
					    "unknown"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (dl_str_eq(word, dl_str(words[i])))
			return words[i];
	return "";
}

static const char *
text_of(struct dl_arena *arena, struct dl_str s)
{
	return s.ptr ? dl_arena_strndup(arena, s.ptr, s.len) : NULL;
}

/* One call of note_receipt; *result is its word. */
static enum dl_code
call_receipt(struct dl_db_pool *pool, struct dl_arena *arena,
	     const char *const params[4], const char **result,
	     struct dl_error *err)
{
	PGresult *rows;
	enum dl_code code = dl_db_call(pool, arena, NULL, true,
				       DL_SQL_NOTE_RECEIPT, params, &rows, err);

	if (code == DL_OK)
		*result = static_word(dl_db_text(rows, 0, "result"));
	return code;
}

static bool
is_early(const char *result)
{
	return strcmp(result, "early") == 0;
}

static enum dl_code
note_receipt(struct dl_db_pool *pool, struct dl_arena *arena,
	     struct dl_str instance, const struct dl_evolution_event *event,
	     const char **result, struct dl_error *err)
{
	const char *params[] = {
	    text_of(arena, instance), text_of(arena, event->key),
	    text_of(arena, event->receipt), text_of(arena, event->jid)};

	for (int i = 0;; i++) {
		enum dl_code code =
		    call_receipt(pool, arena, params, result, err);

		if (code != DL_OK || !is_early(*result) || i == EARLY_TRIES)
			return code;
		dl_clock_sleep_ms(EARLY_PAUSE_MS);
	}
}

/* --------------------------------------------------------------- send.message
 */

/* Keys of one message's addresses, as an array literal. */
static const char *
phone_keys_of(struct dl_arena *arena, const struct dl_reconcile_seen *seen)
{
	char keys[DL_RECONCILE_KEYS][DL_PHONE_MAX];
	struct dl_db_array array;

	dl_db_array_begin(&array, arena, 1024);
	if (seen->lid_owner.len)
		dl_db_array_str(&array, seen->lid_owner);
	for (size_t i = 0; i < DL_SEEN_JIDS; i++) {
		size_t n = dl_reconcile_keys(seen->message.jids[i], keys);

		while (n--)
			dl_db_array_text(&array, keys[n]);
	}
	return dl_db_array_end(&array);
}

/* Settles the row whose message it is, where its outcome is not known. */
static enum dl_code
settle_by(struct dl_reconciliation *r, const struct dl_seen_message *message,
	  struct dl_error *err)
{
	struct dl_reconcile_seen seen = {.message = *message};
	enum dl_code code = dl_reconciliation_know(r, &seen, 1, err);

	if (code != DL_OK || seen.is_owned)
		return code;
	code = dl_reconciliation_load(r, phone_keys_of(r->arena, &seen), err);
	if (code != DL_OK)
		return code;
	dl_reconcile(r->rows, r->n_rows, &seen, 1, r->ahead_ms);
	return dl_reconciliation_settle(r, &seen, err);
}

static enum dl_code
keep_send(const struct dl_reconciliation *r,
	  const struct dl_seen_message *message, bool must_keep,
	  const char **result, struct dl_error *err)
{
	struct dl_buf *text = dl_buf_create(r->arena, MAX_KEPT);
	const char *params[] = {r->instance, text_of(r->arena, message->key),
				NULL, must_keep ? "true" : "false"};
	PGresult *rows;
	enum dl_code code;

	dl_seen_message_write(message, text);
	/* A longer one than ours can be is nobody's. */
	if (dl_buf_failed(text))
		return DL_OK;
	params[2] = dl_buf_cstr(text);
	code = dl_db_call(r->pool, r->arena, NULL, true, DL_SQL_KEEP_SEND,
			  params, &rows, err);
	if (code == DL_OK)
		*result = static_word(dl_db_text(rows, 0, "result"));
	return code;
}

/* What Evolution sent: a row's whose key it has, or one that it settles. */
static enum dl_code
note_sent(struct dl_reconciliation *r, const struct dl_seen_message *message,
	  const char **result, struct dl_error *err)
{
	struct dl_str lid = dl_seen_message_lid(r->arena, message);
	const char *params[] = {r->instance, text_of(r->arena, message->key),
				"SENT", text_of(r->arena, lid)};

	for (int i = 0;; i++) {
		enum dl_code code =
		    call_receipt(r->pool, r->arena, params, result, err);

		if (code != DL_OK || strcmp(*result, "unknown") != 0)
			return code;
		code = settle_by(r, message, err);
		if (code == DL_OK && r->n_settled + r->n_duplicates > 0) {
			*result = "noted";
			return DL_OK;
		}
		if (code == DL_OK)
			code = keep_send(r, message, i == EARLY_TRIES, result,
					 err);
		if (code != DL_OK || !is_early(*result) || i == EARLY_TRIES)
			return code;
		dl_clock_sleep_ms(EARLY_PAUSE_MS);
	}
}

/* ----------------------------------------------------------------- connection
 */

static enum dl_code
note_connection(struct dl_db_pool *pool, struct dl_arena *arena,
		struct dl_str instance, const struct dl_evolution_event *event,
		const char **result, struct dl_error *err)
{
	const char *params[] = {text_of(arena, instance),
				text_of(arena, event->state),
				dl_db_from_int(arena, event->status_reason)};
	PGresult *rows;
	enum dl_code code =
	    dl_db_call(pool, arena, NULL, true, DL_SQL_NOTE_CONNECTION, params,
		       &rows, err);

	if (code == DL_OK)
		*result = dl_db_bool(rows, 0, "changed") ? "noted" : "old";
	return code;
}

enum dl_code
dl_events_note(struct dl_db_pool *pool, struct dl_arena *arena,
	       struct dl_str instance, const struct dl_evolution_event *event,
	       const char **result, struct dl_error *err)
{
	struct dl_reconciliation reconciliation = {
	    .pool = pool, .arena = arena, .program = "evolution-events"};

	*result = "ignored";
	switch (event->kind) {
	case DL_EVENT_RECEIPT:
		return note_receipt(pool, arena, instance, event, result, err);
	case DL_EVENT_CONNECTION:
		return note_connection(pool, arena, instance, event, result,
				       err);
	case DL_EVENT_SENT:
		reconciliation.instance = text_of(arena, instance);
		return note_sent(&reconciliation, &event->sent, result, err);
	case DL_EVENT_OTHER:
		break;
	}
	return DL_OK;
}
