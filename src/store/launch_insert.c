/* SPDX-License-Identifier: MIT */
/*
 * The one transaction of a launch: key, campaign, templates, rows in chunks,
 * seal, commit.
 */
#include "config.h"

#include "store/launch_store.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "store/launch_internal.h"

/* Rows of one INSERT: larger ones are hardly faster, and hold more memory. */
#define CHUNK_ROWS 5000
/*
 * Bytes of text of one INSERT, so that long texts make shorter chunks; one
 * row is far below it.
 */
#define CHUNK_BYTES (8 * 1024 * 1024)
/*
 * A chunk's arrays: every byte may need a backslash, and the largest array
 * may be copied once while it grows.
 */
#define CHUNK_ARENA (16 * CHUNK_BYTES)
#define MAX_RUNS    5

/* A transaction under way. */
struct tx {
	struct dl_db *db;
	struct dl_arena *arena;   /* the request's: what is told afterwards */
	struct dl_arena *scratch; /* reset after each chunk */
	const struct dl_launch *launch;
	struct dl_launch_stored *stored;
	struct dl_error *err;
};

static enum dl_code
take_key(struct tx *tx)
{
	const struct dl_launch *launch = tx->launch;
	const char *params[] = {
	    launch->tenant_id, launch->idempotency_key, launch->request_hash,
	    dl_db_from_int(tx->scratch, launch->deadline_s)};
	PGresult *result;
	enum dl_code code;

	if (!launch->idempotency_key)
		return DL_OK;
	code = dl_db_exec(tx->db, tx->arena, DL_SQL_LAUNCH_BEGIN, params,
			  &result, tx->err);
	if (code != DL_OK)
		return code;
	dl_launch_read_key(result, &tx->stored->key);
	tx->stored->is_taken = tx->stored->key.state != DL_LAUNCH_KEY_NEW;
	return DL_OK;
}

/* A NUL-terminated copy. */
static const char *
text_of(struct tx *tx, struct dl_str s)
{
	return dl_arena_strndup(tx->scratch, s.ptr ? s.ptr : "", s.len);
}

/* The same; SQL's NULL where it is empty. */
static const char *
text_or_null(struct tx *tx, struct dl_str s)
{
	return s.len ? text_of(tx, s) : NULL;
}

static const char *
time_or_null(struct tx *tx, bool is_set, int64_t at_ms)
{
	return is_set ? dl_db_from_time(tx->scratch, at_ms) : NULL;
}

static enum dl_code
insert_campaign(struct tx *tx)
{
	const struct dl_launch *l = tx->launch;
	const struct dl_launch_request *r = l->request;
	struct dl_arena *a = tx->scratch;
	const char *params[] = {
	    l->id.text,
	    l->tenant_id,
	    l->user_id,
	    text_of(tx, r->campaign_name),
	    text_of(tx, r->target_audience),
	    text_of(tx, r->creative),
	    dl_launch_array(a, r->instances, r->n_instances),
	    dl_db_from_int(a, r->delay_min_s),
	    dl_db_from_int(a, r->delay_max_s),
	    time_or_null(tx, r->is_scheduled, r->scheduled_for_ms),
	    dl_db_from_int(a, (int64_t)l->plan->n_rows),
	    dl_db_from_int(a, (int64_t)l->plan->n_suppressed),
	    dl_pacing_name(r->pacing),
	    text_or_null(tx, r->send_window),
	    time_or_null(tx, r->expires_at_ms != 0, r->expires_at_ms),
	    dl_missing_policy_name(r->on_missing),
	    dl_template_mode_name(r->placeholders),
	    l->idempotency_key,
	    l->request_hash,
	};

	return dl_db_exec(tx->db, a, DL_SQL_LAUNCH_INSERT_CAMPAIGN, params,
			  NULL, tx->err);
}

static void
append_or_null(struct dl_db_array *array, struct dl_str s)
{
	dl_db_array_str(array, s.len ? s : (struct dl_str){NULL, 0});
}

static enum dl_code
insert_templates(struct tx *tx)
{
	const struct dl_launch_request *r = tx->launch->request;
	struct dl_db_array cols[4];
	const char *params[6] = {tx->launch->tenant_id, tx->launch->id.text};

	for (size_t c = 0; c < 4; c++)
		dl_db_array_begin(&cols[c], tx->scratch, CHUNK_BYTES);
	for (size_t i = 0; i < r->n_templates; i++) {
		const struct dl_launch_template *t = &r->templates[i];

		dl_db_array_text(&cols[0], dl_message_type_name(t->type));
		append_or_null(&cols[1], t->text);
		append_or_null(&cols[2], t->media_url);
		append_or_null(&cols[3], t->file_name);
	}
	for (size_t c = 0; c < 4; c++) {
		params[2 + c] = dl_db_array_end(&cols[c]);
		if (!params[2 + c])
			return dl_launch_full(tx->err, "launch.templates");
	}
	return dl_db_exec(tx->db, tx->scratch, DL_SQL_LAUNCH_INSERT_TEMPLATES,
			  params, NULL, tx->err);
}

/* ---------------------------------------------------------------- the rows */

/* The arrays of launch_insert_messages.sql, in its order from $3 on. */
enum column {
	COL_ID,
	COL_TEMPLATE,
	COL_NUMBER,
	COL_KEY,
	COL_CONTENT,
	COL_INSTANCE,
	COL_SLOT,
	COL_CONTACT,
	N_COLUMNS
};

/* Appends row i; returns the bytes of its text. */
static size_t
append_row(const struct dl_launch *l, size_t i, struct dl_buf *text,
	   struct dl_db_array cols[N_COLUMNS])
{
	const struct dl_launch_row *row = &l->plan->rows[i];
	const struct dl_launch_contact *contact =
	    &l->request->contacts[row->contact];

	dl_buf_reset(text);
	dl_launch_render(l->request, row->contact, row->template_index, text);
	dl_db_array_text(&cols[COL_ID], l->row_ids[i].text);
	dl_db_array_int(&cols[COL_TEMPLATE], row->template_index);
	dl_db_array_text(&cols[COL_NUMBER], contact->phone.digits);
	dl_db_array_text(&cols[COL_KEY], contact->phone.key);
	dl_db_array_str(&cols[COL_CONTENT],
			(struct dl_str){dl_buf_cstr(text), text->len});
	if (row->is_suppressed) {
		dl_db_array_text(&cols[COL_INSTANCE], NULL);
		dl_db_array_text(&cols[COL_SLOT], NULL);
	} else {
		dl_db_array_str(&cols[COL_INSTANCE],
				l->request->instances[row->instance]);
		dl_db_array_int(&cols[COL_SLOT], row->slot_s);
	}
	dl_db_array_str(&cols[COL_CONTACT], contact->json);
	return text->len + contact->json.len;
}

/* Inserts rows from first on; *end is the index behind the last. */
static enum dl_code
insert_chunk(struct tx *tx, size_t first, size_t *end)
{
	const struct dl_launch *l = tx->launch;
	struct dl_db_array cols[N_COLUMNS];
	const char *params[2 + N_COLUMNS + 1] = {l->tenant_id, l->id.text};
	struct dl_buf *text = dl_buf_create(tx->scratch, CHUNK_BYTES);
	size_t bytes = 0, i = first;

	for (size_t c = 0; c < N_COLUMNS; c++)
		dl_db_array_begin(&cols[c], tx->scratch, 4 * CHUNK_BYTES);
	for (; i < l->plan->n_rows && i < first + CHUNK_ROWS &&
	       bytes < CHUNK_BYTES;
	     i++)
		bytes += append_row(l, i, text, cols);
	*end = i;
	for (size_t c = 0; c < N_COLUMNS; c++) {
		params[2 + c] = dl_db_array_end(&cols[c]);
		if (!params[2 + c])
			return dl_launch_full(tx->err, "launch.rows");
	}
	params[2 + N_COLUMNS] = l->is_for_sweeper ? "true" : "false";
	return dl_db_exec(tx->db, tx->scratch, DL_SQL_LAUNCH_INSERT_MESSAGES,
			  params, NULL, tx->err);
}

static enum dl_code
insert_rows(struct tx *tx)
{
	for (size_t i = 0; i < tx->launch->plan->n_rows;) {
		enum dl_code code = insert_chunk(tx, i, &i);

		dl_arena_reset(tx->scratch);
		if (code != DL_OK)
			return code;
	}
	return DL_OK;
}

static enum dl_code
seal(struct tx *tx)
{
	struct dl_launch_stored *stored = tx->stored;
	const char *params[] = {tx->launch->tenant_id, tx->launch->id.text};
	PGresult *result;
	enum dl_code code;

	code = dl_db_exec(tx->db, tx->arena, DL_SQL_LAUNCH_SEAL, params,
			  &result, tx->err);
	if (code != DL_OK)
		return code;
	stored->n_lanes = (size_t)PQntuples(result);
	stored->lanes =
	    dl_arena_array(tx->arena, stored->n_lanes, sizeof(*stored->lanes));
	if (!stored->lanes)
		return dl_launch_full(tx->err, "launch.seal");
	for (int i = 0; i < PQntuples(result); i++)
		stored->lanes[i] = (struct dl_launch_lane){
		    .instance_name = dl_db_text(result, i, "instance_name"),
		    .state = dl_db_text(result, i, "state"),
		    .is_open = dl_db_bool(result, i, "is_open"),
		    .gap_s = dl_db_int(result, i, "gap_seconds", 0),
		};
	stored->status = dl_db_cstr(result, 0, "status");
	return DL_OK;
}

static enum dl_code
run_steps(struct tx *tx)
{
	static enum dl_code (*const steps[])(struct tx *) = {
	    insert_campaign, insert_templates, insert_rows, seal};
	enum dl_code code;

	code = dl_db_begin(tx->db, tx->launch->tenant_id, tx->err);
	if (code == DL_OK)
		code = take_key(tx);
	if (code != DL_OK || tx->stored->is_taken)
		return code;
	for (size_t i = 0; code == DL_OK && i < sizeof(steps) / sizeof(*steps);
	     i++)
		code = steps[i](tx);
	return code == DL_OK ? dl_db_commit(tx->db, tx->err) : code;
}

static enum dl_code
run_once(struct dl_db_pool *pool, struct tx *tx)
{
	enum dl_code code = dl_db_acquire(pool, &tx->db, tx->err);

	if (code != DL_OK)
		return code;
	*tx->stored = (struct dl_launch_stored){0};
	code = run_steps(tx);
	dl_db_release(tx->db);
	return code;
}

/* The transaction did nothing and may be run as it is. */
static bool
is_conflict_of_transactions(const struct dl_error *err)
{
	struct dl_str sqlstate = dl_str(err->sqlstate);

	return dl_str_eq(sqlstate, DL_STR("40001")) ||
	       dl_str_eq(sqlstate, DL_STR("40P01"));
}

enum dl_code
dl_launch_store(struct dl_db_pool *pool, struct dl_arena *arena,
		const struct dl_launch *launch, struct dl_launch_stored *stored,
		struct dl_error *err)
{
	struct dl_error local = {0};
	struct tx tx = {
	    .arena = arena,
	    .scratch = dl_arena_create(CHUNK_ARENA),
	    .launch = launch,
	    .stored = stored,
	    .err = &local,
	};
	enum dl_code code = run_once(pool, &tx);

	for (int i = 1; i < MAX_RUNS && code != DL_OK &&
			is_conflict_of_transactions(&local);
	     i++) {
		dl_error_clear(&local);
		dl_clock_sleep_ms(dl_random_between(10, 50 * i));
		code = run_once(pool, &tx);
	}
	dl_arena_destroy(tx.scratch);
	return dl_fail_as(err, code, &local);
}
