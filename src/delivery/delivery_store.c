/* SPDX-License-Identifier: MIT */
/* The statements of delivery, claims and outcomes merged. */
#include "config.h"

#include "delivery/delivery_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "delivery/publication.h"
#include "store/merger.h"

/* A batch: 64 answers of 64 KiB, quoted at worst twofold, and what goes with
 * them. */
#define BATCH_ARENA (24 * 1024 * 1024)
/* What an index takes for certain; keys of WhatsApp have 32 characters. */
#define KEY_MAX 1024
/* One array literal of a batch. */
#define ARRAY_MAX (20 * 1024 * 1024)

struct dl_delivery_store {
	struct dl_db_pool *pool;
	const struct dl_settings *settings;
	struct dl_turn *turn; /* of both */
	struct dl_merger *claims;
	struct dl_merger *outcomes;
};

/* item comes first: the merger hands it back. */
struct claim_item {
	struct dl_merger_item item;
	struct dl_arena *arena;
	const struct dl_delivery_ref *ref;
	const struct dl_uuid *token;
	struct dl_claim *claim;
};

struct record_item {
	struct dl_merger_item item;
	struct dl_arena *arena;
	const struct dl_delivery_ref *ref;
	const struct dl_uuid *token;
	const struct dl_record *record;
	struct dl_recorded *recorded;
};

const char *
dl_claim_result_name(enum dl_claim_result result)
{
	static const char *const names[] = {
#define X(id, name) [id] = (name),
	    DL_CLAIM_RESULTS(X)
#undef X
	};

	return names[result];
}

/* --------------------------------------------------------------- claims */

static enum dl_claim_result
result_of(struct dl_str name)
{
	for (int i = 0; i < DL_CLAIM__COUNT; i++)
		if (dl_str_eq(name, dl_str(dl_claim_result_name(
					(enum dl_claim_result)i))))
			return (enum dl_claim_result)i;
	/* A newer database says something that is no permission to send. */
	return DL_CLAIM_FINAL;
}

static struct dl_str
copy(struct dl_arena *arena, const PGresult *rows, int row, const char *column)
{
	struct dl_str value = dl_db_text(rows, row, column);

	return value.ptr ? dl_arena_str(arena, value) : value;
}

/* The lease of this message as it was asked for, milliseconds. */
static int64_t
whole_lease_ms(const struct dl_settings *settings, struct dl_str type)
{
	return 1000 * (dl_str_eq(type, DL_STR("texto"))
			   ? settings->lease_s
			   : settings->lease_media_s);
}

static void
read_claim(const struct dl_settings *settings, const PGresult *rows, int row,
	   int64_t sent_boot_ms, struct claim_item *item)
{
	struct dl_claim *claim = item->claim;
	struct dl_arena *arena = item->arena;
	int64_t left_ms;

	*claim = (struct dl_claim){
	    .result = result_of(dl_db_text(rows, row, "result")),
	    .status = dl_arena_printf(arena, "%.*s",
				      (int)dl_db_text(rows, row, "status").len,
				      dl_db_text(rows, row, "status").ptr),
	    .wait_ms = dl_db_int(rows, row, "wait_ms", 0),
	    .instance_name = copy(arena, rows, row, "instance_name"),
	    .evolution_key = copy(arena, rows, row, "evolution_key")};
	if (claim->result != DL_CLAIM_CLAIMED)
		return;
	/* Another delivery's token: the row is not ours. */
	if (!dl_str_eq(dl_db_text(rows, row, "claim_token"),
		       dl_str(item->token->text))) {
		claim->result = DL_CLAIM_SENDING;
		return;
	}
	claim->phone_number = copy(arena, rows, row, "phone_number");
	claim->message_content = copy(arena, rows, row, "message_content");
	claim->message_type = copy(arena, rows, row, "message_type");
	claim->media_url = copy(arena, rows, row, "media_url");
	claim->file_name = copy(arena, rows, row, "file_name");
	claim->instance_token = copy(arena, rows, row, "instance_token");
	claim->gap_ms = dl_db_int(rows, row, "gap_ms", 0);
	/* A claim found again was made when its lease was whole. */
	left_ms = dl_db_int(rows, row, "lease_ms", 0);
	claim->lease_boot_ms = sent_boot_ms + left_ms;
	claim->claimed_boot_ms = claim->lease_boot_ms -
				 whole_lease_ms(settings, claim->message_type);
}

static enum dl_code
run_claims(void *ctx, struct dl_merger_item **items, size_t n,
	   struct dl_error *err)
{
	const struct dl_delivery_store *store = ctx;
	const struct dl_settings *settings = store->settings;
	struct dl_arena *arena = dl_arena_create(BATCH_ARENA);
	struct dl_db_array ids, campaigns, generations, tokens;
	int64_t sent_boot_ms;
	enum dl_code code;
	PGresult *rows;

	dl_db_array_begin(&ids, arena, ARRAY_MAX);
	dl_db_array_begin(&campaigns, arena, ARRAY_MAX);
	dl_db_array_begin(&generations, arena, ARRAY_MAX);
	dl_db_array_begin(&tokens, arena, ARRAY_MAX);
	for (size_t i = 0; i < n; i++) {
		const struct claim_item *item = (struct claim_item *)items[i];

		dl_db_array_text(&ids, item->ref->message_id.text);
		dl_db_array_text(&campaigns, item->ref->campaign_id.text);
		dl_db_array_int(&generations, item->ref->generation);
		dl_db_array_text(&tokens, item->token->text);
	}
	const char *params[] = {
	    dl_db_array_end(&ids),
	    dl_db_array_end(&campaigns),
	    dl_db_array_end(&generations),
	    dl_db_array_end(&tokens),
	    dl_db_from_int(arena, settings->lease_s),
	    dl_db_from_int(arena, settings->lease_media_s),
	    dl_db_from_int(arena, settings->start_margin_ms)};
	sent_boot_ms = dl_clock_boot_ms();
	code = dl_db_call(store->pool, arena, NULL, true, DL_SQL_CLAIM_MESSAGES,
			  params, &rows, err);
	for (int row = 0; code == DL_OK && row < PQntuples(rows); row++) {
		int64_t at = dl_db_int(rows, row, "item", 0) - 1;

		if (at >= 0 && (size_t)at < n)
			read_claim(settings, rows, row, sent_boot_ms,
				   (struct claim_item *)items[at]);
	}
	dl_arena_destroy(arena);
	return code;
}

enum dl_code
dl_delivery_claim(struct dl_delivery_store *store, struct dl_arena *arena,
		  const struct dl_delivery_ref *ref,
		  const struct dl_uuid *token, struct dl_claim *claim,
		  struct dl_error *err)
{
	struct claim_item item = {
	    .arena = arena, .ref = ref, .token = token, .claim = claim};
	enum dl_code code;

	*claim = (struct dl_claim){.result = DL_CLAIM_FINAL, .status = ""};
	code = dl_merger_submit(store->claims, &item.item);
	return dl_fail_as(err, code, &item.item.err);
}

/* -------------------------------------------------------------- outcomes */

/* The arrays of one batch of outcomes. */
struct outcome_arrays {
	struct dl_db_array ids, tokens, generations, outcomes, codes, messages;
	struct dl_db_array responses, keys, parks;
};

static void
begin_arrays(struct outcome_arrays *a, struct dl_arena *arena)
{
	struct dl_db_array *all[] = {&a->ids,       &a->tokens, &a->generations,
				     &a->outcomes,  &a->codes,  &a->messages,
				     &a->responses, &a->keys,   &a->parks};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		dl_db_array_begin(all[i], arena, ARRAY_MAX);
}

static void
add_outcome(struct outcome_arrays *a, const struct record_item *item)
{
	const struct dl_record *record = item->record;

	dl_db_array_text(&a->ids, item->ref->message_id.text);
	dl_db_array_text(&a->tokens, item->token->text);
	dl_db_array_int(&a->generations, item->ref->generation);
	dl_db_array_text(&a->outcomes, record->outcome);
	dl_db_array_text(&a->codes, record->error_code);
	dl_db_array_text(&a->messages, record->error_message);
	dl_db_array_text(&a->responses, record->response);
	dl_db_array_text(&a->keys, record->evolution_key);
	dl_db_array_int(&a->parks, record->park_s);
}

/* What is written into a struct's text must outlive the batch: one of few. */
static const char *
static_word(struct dl_str word)
{
	static const char *const words[] = {
	    "recorded",  "already",   "lost",       "duplicate", "unknown",
	    "pending",   "queued",    "sending",    "sent",      "failed",
	    "uncertain", "cancelled", "suppressed", "expired"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (dl_str_eq(word, dl_str(words[i])))
			return words[i];
	return "";
}

static enum dl_code
run_outcomes(void *ctx, struct dl_merger_item **items, size_t n,
	     struct dl_error *err)
{
	const struct dl_delivery_store *store = ctx;
	struct dl_arena *arena = dl_arena_create(9 * (size_t)BATCH_ARENA);
	struct outcome_arrays a;
	enum dl_code code;
	PGresult *rows;

	begin_arrays(&a, arena);
	for (size_t i = 0; i < n; i++)
		add_outcome(&a, (const struct record_item *)items[i]);
	const char *params[] = {
	    dl_db_array_end(&a.ids),
	    dl_db_array_end(&a.tokens),
	    dl_db_array_end(&a.generations),
	    dl_db_array_end(&a.outcomes),
	    dl_db_array_end(&a.codes),
	    dl_db_array_end(&a.messages),
	    dl_db_array_end(&a.responses),
	    dl_db_array_end(&a.keys),
	    dl_db_array_end(&a.parks),
	    dl_db_from_int(arena, store->settings->qstash_retries)};
	code = dl_db_call(store->pool, arena, NULL, true,
			  DL_SQL_RECORD_OUTCOMES, params, &rows, err);
	for (int row = 0; code == DL_OK && row < PQntuples(rows); row++) {
		int64_t at = dl_db_int(rows, row, "item", 0) - 1;
		struct record_item *item;

		if (at < 0 || (size_t)at >= n)
			continue;
		item = (struct record_item *)items[at];
		item->recorded->result =
		    static_word(dl_db_text(rows, row, "result"));
		item->recorded->status =
		    static_word(dl_db_text(rows, row, "status"));
		item->recorded->generation =
		    dl_db_int(rows, row, "generation", 0);
	}
	dl_arena_destroy(arena);
	return code;
}

enum dl_code
dl_delivery_record(struct dl_delivery_store *store, struct dl_arena *arena,
		   const struct dl_delivery_ref *ref,
		   const struct dl_uuid *token, const struct dl_record *record,
		   struct dl_recorded *recorded, struct dl_error *err)
{
	struct dl_record reduced = *record;
	struct record_item item = {.arena = arena,
				   .ref = ref,
				   .token = token,
				   .record = record,
				   .recorded = recorded};
	enum dl_code code;

	*recorded = (struct dl_recorded){"", "", 0};
	code = dl_merger_submit(store->outcomes, &item.item);
	if (code != DL_OK && dl_merger_is_data_fault(&item.item.err)) {
		dl_log_error(&item.item.err);
		/* 23505: another row has this key. One that is too
		 * long for an index is none. */
		if (strcmp(item.item.err.sqlstate, "23505") == 0 ||
		    (record->evolution_key &&
		     strlen(record->evolution_key) > KEY_MAX))
			reduced.evolution_key = NULL;
		if (record->answer)
			reduced.response =
			    dl_outcome_response_cut(arena, record->answer);
		item.record = &reduced;
		dl_error_clear(&item.item.err);
		code = dl_merger_submit(store->outcomes, &item.item);
	}
	return dl_fail_as(err, code, &item.item.err);
}

/* ------------------------------------------------------------ the others */

enum dl_code
dl_delivery_reserve(struct dl_delivery_store *store, struct dl_arena *arena,
		    const struct dl_delivery_ref *ref,
		    struct dl_qstash_message *message, bool *is_there,
		    struct dl_error *err)
{
	const char *params[] = {
	    ref->message_id.text, dl_db_from_int(arena, ref->generation),
	    dl_db_from_int(arena, store->settings->start_margin_ms)};
	enum dl_code code;
	PGresult *rows;

	*is_there = false;
	code = dl_db_call(store->pool, arena, NULL, true,
			  DL_SQL_RESERVE_LANE_SLOT, params, &rows, err);
	if (code != DL_OK || PQntuples(rows) == 0)
		return code;
	*is_there = true;
	dl_publication_message(rows, 0, message);
	return DL_OK;
}

enum dl_code
dl_delivery_published(struct dl_delivery_store *store, struct dl_arena *arena,
		      const struct dl_qstash_message *message,
		      struct dl_str queue_id, struct dl_error *err)
{
	struct dl_db_array ids, generations, queue_ids;

	dl_db_array_begin(&ids, arena, 256);
	dl_db_array_begin(&generations, arena, 64);
	dl_db_array_begin(&queue_ids, arena, 4096);
	dl_db_array_text(&ids, message->id);
	dl_db_array_int(&generations, message->generation);
	dl_db_array_str(&queue_ids, queue_id);
	const char *params[] = {dl_db_array_end(&ids),
				dl_db_array_end(&generations),
				dl_db_array_end(&queue_ids)};
	return dl_db_call(store->pool, arena, NULL, true, DL_SQL_MARK_PUBLISHED,
			  params, NULL, err);
}

enum dl_code
dl_delivery_give_up(struct dl_delivery_store *store, struct dl_arena *arena,
		    const struct dl_delivery_ref *ref, const char *what,
		    const char **status, struct dl_error *err)
{
	const char *params[] = {
	    ref->message_id.text, ref->campaign_id.text,
	    dl_db_from_int(arena, ref->generation),
	    dl_db_from_int(arena, store->settings->qstash_retries), what};
	enum dl_code code;
	PGresult *rows;

	*status = NULL;
	code = dl_db_call(store->pool, arena, NULL, true,
			  DL_SQL_FAILURE_CALLBACK, params, &rows, err);
	if (code == DL_OK && PQntuples(rows) > 0)
		*status = dl_db_cstr(rows, 0, "status");
	return code;
}

/* -------------------------------------------------------------- lifetime */

struct dl_delivery_store *
dl_delivery_store_create(struct dl_db_pool *pool,
			 const struct dl_settings *settings)
{
	struct dl_delivery_store *store = dl_must(calloc(1, sizeof(*store)));

	store->pool = pool;
	store->settings = settings;
	store->turn = dl_turn_create();
	store->claims = dl_merger_create(run_claims, store, store->turn);
	store->outcomes = dl_merger_create(run_outcomes, store, store->turn);
	return store;
}

void
dl_delivery_store_destroy(struct dl_delivery_store *store)
{
	if (!store)
		return;
	dl_merger_destroy(store->claims);
	dl_merger_destroy(store->outcomes);
	dl_turn_destroy(store->turn);
	free(store);
}
