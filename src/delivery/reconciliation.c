/* SPDX-License-Identifier: MIT */
/* Unknown outcomes and what settles them. */
#include "config.h"

#include "delivery/reconciliation.h"

#include "base/clock.h"
#include "remote/evolution.h"

/* What a literal takes for one element: a key or an address, quoted; a uuid. */
#define KEY_BYTES (2 * DL_SEEN_KEY_MAX + 4)
#define ID_BYTES  48
/* Days-old receipts that go on the way. */
#define MAX_FORGOTTEN 1000

/* ------------------------------------------------------------------- rows */

static struct dl_str
sent_file_name(struct dl_arena *arena, const PGresult *rows, int row)
{
	struct dl_str type = dl_db_text(rows, row, "message_type");

	if (!dl_str_eq(type, DL_STR("documento")))
		return (struct dl_str){NULL, 0};
	return dl_str(dl_evolution_file_name(
	    arena, type, dl_db_text(rows, row, "file_name"),
	    dl_db_text(rows, row, "media_url")));
}

static void
read_row(struct dl_arena *arena, const PGresult *rows, int row,
	 struct dl_reconcile_row *out)
{
	*out = (struct dl_reconcile_row){
	    .phone_key = dl_db_text(rows, row, "phone_key"),
	    .type = dl_db_text(rows, row, "message_type"),
	    .text = dl_db_text(rows, row, "message_content"),
	    .file_name = sent_file_name(arena, rows, row),
	    .claimed_ms = dl_db_int(rows, row, "claimed_ms", 0),
	    .is_sending =
		dl_str_eq(dl_db_text(rows, row, "status"), DL_STR("sending")),
	    .was_claimed_before = dl_db_int(rows, row, "attempt", 0) > 1};
}

enum dl_code
dl_reconciliation_load(struct dl_reconciliation *r, const char *phone_keys,
		       struct dl_error *err)
{
	const char *params[] = {
	    r->instance, phone_keys,
	    dl_db_from_int(r->arena, DL_RECONCILIATION_ROWS)};
	enum dl_code code =
	    dl_db_call(r->pool, r->arena, NULL, true, DL_SQL_RECONCILE_ROWS,
		       params, &r->columns, err);

	if (code != DL_OK)
		return code;
	r->n_rows = (size_t)PQntuples(r->columns);
	r->loaded_boot_ms = dl_clock_boot_ms();
	r->rows = dl_arena_array(r->arena, r->n_rows ? r->n_rows : 1,
				 sizeof(*r->rows));
	if (!r->rows)
		return dl_fail(err, DL_TOO_LARGE, "reconcile.load", "rows");
	for (size_t i = 0; i < r->n_rows; i++)
		read_row(r->arena, r->columns, (int)i, &r->rows[i]);
	if (r->n_rows) {
		r->now_ms = dl_db_int(r->columns, 0, "now_ms", 0);
		r->ahead_ms = dl_db_int(r->columns, 0, "ahead_ms", 0);
	}
	return DL_OK;
}

/* --------------------------------------------------------- what is known */

static void
learn(const PGresult *known, int line, struct dl_arena *arena,
      struct dl_reconcile_seen *seen, size_t n_seen)
{
	bool is_key = dl_db_bool(known, line, "is_key");
	struct dl_str what = dl_db_text(known, line, "what");
	struct dl_str phone_key = dl_db_text(known, line, "phone_key");

	for (size_t i = 0; is_key && i < n_seen; i++) {
		if (!dl_str_eq(seen[i].message.key, what))
			continue;
		seen[i].is_owned = true;
		what = dl_seen_message_lid(arena, &seen[i].message);
		break;
	}
	/* Now "what" is a @lid, or empty, or a key that nobody has. */
	for (size_t i = 0; what.len && i < n_seen; i++)
		if (!seen[i].lid_owner.len &&
		    dl_str_eq(dl_seen_message_lid(arena, &seen[i].message),
			      what))
			seen[i].lid_owner = phone_key;
}

enum dl_code
dl_reconciliation_know(const struct dl_reconciliation *r,
		       struct dl_reconcile_seen *seen, size_t n_seen,
		       struct dl_error *err)
{
	struct dl_db_array keys, lids;
	PGresult *known;
	enum dl_code code;

	dl_db_array_begin(&keys, r->arena, KEY_BYTES * (n_seen + 1));
	dl_db_array_begin(&lids, r->arena, KEY_BYTES * (n_seen + 1));
	for (size_t i = 0; i < n_seen; i++) {
		struct dl_str lid =
		    dl_seen_message_lid(r->arena, &seen[i].message);

		dl_db_array_str(&keys, seen[i].message.key);
		if (lid.len)
			dl_db_array_str(&lids, lid);
	}
	const char *params[] = {r->instance, dl_db_array_end(&keys),
				dl_db_array_end(&lids)};
	code = dl_db_call(r->pool, r->arena, NULL, true, DL_SQL_RECONCILE_KNOWN,
			  params, &known, err);
	for (int line = 0; code == DL_OK && line < PQntuples(known); line++)
		learn(known, line, r->arena, seen, n_seen);
	return code;
}

/* --------------------------------------------------------------- settling */

/* Three arrays that run beside each other, and how long they are. */
struct verdicts {
	struct dl_db_array ids, tokens, keys;
	struct dl_str *key_of; /* by place */
	size_t n;
};

static void
add_verdict(struct verdicts *v, const struct dl_reconciliation *r, size_t row,
	    const struct dl_reconcile_seen *seen)
{
	dl_db_array_text(&v->ids, dl_db_cstr(r->columns, (int)row, "id"));
	dl_db_array_text(&v->tokens,
			 dl_db_cstr(r->columns, (int)row, "claim_token"));
	dl_db_array_str(&v->keys, seen->message.key);
	v->key_of[v->n++] = seen->message.key;
}

static enum dl_code
count_verdicts(struct dl_reconciliation *r, const struct verdicts *v,
	       const PGresult *lines, struct dl_error *err)
{
	enum dl_code code = DL_OK;

	for (int line = 0; line < PQntuples(lines) && code == DL_OK; line++) {
		int64_t item = dl_db_int(lines, line, "item", 0);
		struct dl_str result = dl_db_text(lines, line, "result");

		if (item < 1 || (size_t)item > v->n)
			continue;
		r->n_duplicates += dl_str_eq(result, DL_STR("duplicate"));
		if (!dl_str_eq(result, DL_STR("sent")))
			continue;
		r->n_settled++;
		code = dl_reconciliation_take_up(
		    r->pool, r->arena, r->instance,
		    dl_arena_strndup(r->arena, v->key_of[item - 1].ptr,
				     v->key_of[item - 1].len),
		    1, err);
	}
	return code;
}

enum dl_code
dl_reconciliation_settle(struct dl_reconciliation *r,
			 const struct dl_reconcile_seen *seen,
			 struct dl_error *err)
{
	struct verdicts v = {.n = 0};
	size_t max = r->n_rows + 1;
	PGresult *lines;
	enum dl_code code;

	v.key_of = dl_arena_array(r->arena, max, sizeof(*v.key_of));
	if (!v.key_of)
		return dl_fail(err, DL_TOO_LARGE, "reconcile.settle", "rows");
	dl_db_array_begin(&v.ids, r->arena, ID_BYTES * max);
	dl_db_array_begin(&v.tokens, r->arena, ID_BYTES * max);
	dl_db_array_begin(&v.keys, r->arena, KEY_BYTES * max);
	for (size_t i = 0; i < r->n_rows; i++) {
		if (r->rows[i].settled_by != DL_RECONCILE_NONE)
			add_verdict(&v, r, i, &seen[r->rows[i].settled_by]);
		else if (r->rows[i].sent_before != DL_RECONCILE_NONE)
			add_verdict(&v, r, i, &seen[r->rows[i].sent_before]);
	}
	if (!v.n)
		return DL_OK;
	const char *params[] = {r->instance, dl_db_array_end(&v.ids),
				dl_db_array_end(&v.tokens),
				dl_db_array_end(&v.keys), r->program};
	code = dl_db_call(r->pool, r->arena, NULL, true, DL_SQL_SETTLE_ROWS,
			  params, &lines, err);
	return code == DL_OK ? count_verdicts(r, &v, lines, err) : code;
}

/* ---------------------------------------------------------- kept receipts */

enum dl_code
dl_reconciliation_take_up(struct dl_db_pool *pool, struct dl_arena *arena,
			  const char *instance, const char *key,
			  int64_t max_keys, struct dl_error *err)
{
	const char *params[] = {instance, key, dl_db_from_int(arena, max_keys)};
	struct dl_db_array instances, keys;
	PGresult *kept;
	enum dl_code code = dl_db_call(
	    pool, arena, NULL, true, DL_SQL_KEPT_RECEIPTS, params, &kept, err);

	if (code != DL_OK)
		return code;
	/* A key comes with each of its receipts, of which there are five. */
	dl_db_array_begin(&instances, arena, KEY_BYTES * 5 * (size_t)max_keys);
	dl_db_array_begin(&keys, arena, KEY_BYTES * 5 * (size_t)max_keys);
	for (int i = 0; i < PQntuples(kept) && code == DL_OK; i++) {
		const char *receipt[] = {dl_db_cstr(kept, i, "instance_name"),
					 dl_db_cstr(kept, i, "evolution_key"),
					 dl_db_cstr(kept, i, "receipt"), NULL};

		dl_db_array_text(&instances, receipt[0]);
		dl_db_array_text(&keys, receipt[1]);
		/* One a transaction: an ERROR locks other campaigns too. */
		if (receipt[2])
			code =
			    dl_db_call(pool, arena, NULL, true,
				       DL_SQL_NOTE_RECEIPT, receipt, NULL, err);
	}
	if (code != DL_OK)
		return code;
	const char *done[] = {dl_db_array_end(&instances),
			      dl_db_array_end(&keys),
			      dl_db_from_int(arena, key ? 0 : MAX_FORGOTTEN)};
	if (key && !PQntuples(kept))
		return DL_OK;
	return dl_db_call(pool, arena, NULL, true, DL_SQL_FORGET_SEEN_SENDS,
			  done, NULL, err);
}
