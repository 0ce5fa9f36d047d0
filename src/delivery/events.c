/* SPDX-License-Identifier: MIT */
/* Events of Evolution on their way to the database. */
#include "config.h"

#include "delivery/events.h"

#include "base/clock.h"

/*
 * A receipt can overtake the answer of its own send: so often and so long
 * apart is it tried again before it is left to the sweeper.
 */
#define EARLY_TRIES    3
#define EARLY_PAUSE_MS 150

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

static enum dl_code
note_receipt(struct dl_db_pool *pool, struct dl_arena *arena,
	     struct dl_str instance, const struct dl_evolution_event *event,
	     const char **result, struct dl_error *err)
{
	const char *params[] = {
	    text_of(arena, instance), text_of(arena, event->key),
	    text_of(arena, event->receipt), text_of(arena, event->jid)};

	for (int i = 0;; i++) {
		PGresult *rows;
		enum dl_code code =
		    dl_db_call(pool, arena, NULL, true, DL_SQL_NOTE_RECEIPT,
			       params, &rows, err);

		if (code != DL_OK)
			return code;
		*result = static_word(dl_db_text(rows, 0, "result"));
		if (!dl_str_eq(dl_str(*result), DL_STR("early")) ||
		    i == EARLY_TRIES)
			return DL_OK;
		dl_clock_sleep_ms(EARLY_PAUSE_MS);
	}
}

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
	*result = "ignored";
	switch (event->kind) {
	case DL_EVENT_RECEIPT:
		return note_receipt(pool, arena, instance, event, result, err);
	case DL_EVENT_CONNECTION:
		return note_connection(pool, arena, instance, event, result,
				       err);
	case DL_EVENT_SENT:
	case DL_EVENT_OTHER:
		break;
	}
	return DL_OK;
}
