/* SPDX-License-Identifier: MIT */
/*
 * disparalead sweep: rows whose outcome nobody knows.  For each number that
 * has some, Evolution is asked once what it sent; what it sent settles rows,
 * and a row that it provably did not send is pending again.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "base/log.h"
#include "cli/sweep.h"
#include "delivery/reconciliation.h"

/* Numbers of one run. */
#define MAX_LANES 50
/* A number is asked at most so often, seconds. */
#define EVERY_S 45
/* Pages of one number. */
#define MAX_PAGES 40
/* Messages that webhooks told of, of one number. */
#define MAX_KEPT 500
/* Messages whose kept receipts one run takes up. */
#define MAX_TAKEN_UP 500
/* One page of findMessages as a tree. */
#define PAGE_ARENA ((size_t)16 * 1024 * 1024)
#define ID_BYTES   48
#define LID_BYTES  (2 * DL_SEEN_JID_MAX + 4)

#define MAX_SEEN ((size_t)MAX_PAGES * DL_EVOLUTION_PAGE + MAX_KEPT)

/* One number. */
struct look {
	struct sweep *s;
	struct dl_str instance, token;
	struct dl_reconciliation r;
	struct dl_arena *page_arena; /* reset after each answer */
	struct dl_reconcile_seen *seen;
	size_t n_seen;
	bool is_whole;    /* seen goes back to the oldest row's claim */
	bool is_measured; /* Evolution told its time: r.ahead_ms is new */
	bool is_open;     /* asked, and it said so */
	bool is_state_known;
};

/* Evolution did not answer: nothing is proven, and no step failed. */
static bool
is_not_told(const struct dl_error *err)
{
	dl_log_error(err);
	return false;
}

/* The database's clock. */
static int64_t
now_ms(const struct look *look)
{
	return look->r.now_ms + dl_clock_boot_ms() - look->r.loaded_boot_ms;
}

/* ---------------------------------------------------------- what was sent */

static void
add_seen(struct look *look, const struct dl_seen_message *message)
{
	if (look->n_seen < MAX_SEEN)
		look->seen[look->n_seen++].message =
		    dl_seen_message_copy(look->s->arena, message);
}

static bool
is_there(const struct look *look, struct dl_str key)
{
	for (size_t i = 0; i < look->n_seen; i++)
		if (dl_str_eq(look->seen[i].message.key, key))
			return true;
	return false;
}

/* The oldest claim of a row that is uncertain; those closed follow along. */
static int64_t
oldest_claim(const struct dl_reconciliation *r)
{
	for (size_t i = 0; i < r->n_rows; i++)
		if (dl_str_eq(dl_db_text(r->columns, (int)i, "status"),
			      DL_STR("uncertain")))
			return r->rows[i].claimed_ms;
	return r->now_ms;
}

/* One page; false where there is no use in another. */
static bool
ask_page(struct look *look, int64_t page)
{
	int64_t wanted_ms = oldest_claim(&look->r) - DL_RECONCILE_SLACK_MS;
	struct dl_evolution_found found;
	struct dl_error err = {0};

	if (dl_evolution_find(&look->s->evolution, look->page_arena,
			      look->instance, look->token, DL_STR(""), page,
			      now_ms(look), &found, &err) != DL_OK)
		return is_not_told(&err);
	if (found.has_date) {
		look->r.ahead_ms = found.ahead_ms;
		look->is_measured = true;
	}
	for (size_t i = 0; i < found.n; i++)
		add_seen(look, &found.messages[i]);
	/* Twice the slack: the clock may have been set meanwhile. */
	look->is_whole =
	    found.is_last ||
	    (found.oldest_ms && found.oldest_ms - look->r.ahead_ms <
				    wanted_ms - DL_RECONCILE_SLACK_MS);
	return !look->is_whole;
}

static void
ask_pages(struct look *look)
{
	bool may_go_on = true;

	for (int64_t page = 1;
	     may_go_on && page <= MAX_PAGES &&
	     dl_clock_boot_ms() < look->s->reconcile_until_boot_ms;
	     page++) {
		may_go_on = ask_page(look, page);
		dl_arena_reset(look->page_arena);
	}
}

/* What webhooks told and Evolution's database may not have. */
static bool
add_kept(struct look *look)
{
	const char *params[] = {look->r.instance,
				dl_db_from_int(look->s->arena, MAX_KEPT)};
	struct dl_seen_message message;
	PGresult *rows;

	if (!sweep_call(look->s, DL_SQL_RECONCILE_KEPT, params, &rows))
		return false;
	for (int row = 0; row < PQntuples(rows); row++) {
		json_object *tree = dl_json_parse_lenient(
		    look->s->arena, dl_db_text(rows, row, "message"));

		if (dl_seen_message_read(tree, &message) &&
		    !is_there(look, message.key))
			add_seen(look, &message);
	}
	return true;
}

/* Keeps Evolution's clock and the @lids whose owners were learned. */
static bool
keep_learned(struct look *look)
{
	struct dl_arena *arena = look->s->arena;
	struct dl_db_array lids, owners;

	dl_db_array_begin(&lids, arena, LID_BYTES * (look->n_seen + 1));
	dl_db_array_begin(&owners, arena, LID_BYTES * (look->n_seen + 1));
	for (size_t i = 0; i < look->n_seen; i++) {
		struct dl_str lid =
		    dl_seen_message_lid(arena, &look->seen[i].message);

		if (!lid.len || !look->seen[i].lid_owner.len)
			continue;
		dl_db_array_str(&lids, lid);
		dl_db_array_str(&owners, look->seen[i].lid_owner);
	}
	const char *params[] = {
	    look->r.instance, dl_db_from_int(arena, look->r.ahead_ms),
	    dl_db_array_end(&lids), dl_db_array_end(&owners)};
	return sweep_call(look->s, DL_SQL_RECONCILE_KEEP, params, NULL);
}

/* ----------------------------------------------------- what was not sent */

static bool
is_open(struct look *look)
{
	struct dl_error err = {0};
	struct dl_str state;

	if (look->is_state_known)
		return look->is_open;
	look->is_state_known = true;
	if (dl_evolution_state(&look->s->evolution, look->page_arena,
			       look->instance, look->token, &state,
			       &err) != DL_OK)
		return is_not_told(&err);
	look->is_open = dl_str_eq(state, DL_STR("open"));
	return look->is_open;
}

/* Whether findMessages shows the message of that key. */
static bool
is_shown(struct look *look, struct dl_str key)
{
	struct dl_evolution_found found;
	struct dl_error err = {0};
	bool is_found = false;

	if (is_there(look, key))
		return true;
	if (dl_clock_boot_ms() >= look->s->reconcile_until_boot_ms)
		return false;
	if (dl_evolution_find(&look->s->evolution, look->page_arena,
			      look->instance, look->token, key, 1, now_ms(look),
			      &found, &err) != DL_OK)
		return is_not_told(&err);
	for (size_t i = 0; i < found.n && !is_found; i++)
		is_found = dl_str_eq(found.messages[i].key, key);
	dl_arena_reset(look->page_arena);
	return is_found;
}

/*
 * Evolution has what it accepted before this row and after it, and nothing
 * that could be this row's.
 */
static bool
is_absent(struct look *look, size_t i)
{
	const PGresult *rows = look->r.columns;
	const struct dl_reconcile_row *row = &look->r.rows[i];

	return row->settled_by == DL_RECONCILE_NONE && !row->may_be_there &&
	       dl_db_bool(rows, (int)i, "may_be_absent") && is_open(look) &&
	       is_shown(look, dl_db_text(rows, (int)i, "key_before")) &&
	       is_shown(look, dl_db_text(rows, (int)i, "key_after"));
}

static void
return_absent(struct look *look)
{
	struct sweep *s = look->s;
	struct dl_db_array ids, tokens;
	PGresult *moved;
	size_t n = 0;

	dl_db_array_begin(&ids, s->arena, ID_BYTES * (look->r.n_rows + 1));
	dl_db_array_begin(&tokens, s->arena, ID_BYTES * (look->r.n_rows + 1));
	for (size_t i = 0; i < look->r.n_rows; i++) {
		if (!is_absent(look, i))
			continue;
		dl_db_array_text(&ids,
				 dl_db_cstr(look->r.columns, (int)i, "id"));
		dl_db_array_text(&tokens, dl_db_cstr(look->r.columns, (int)i,
						     "claim_token"));
		n++;
	}
	const char *params[] = {
	    dl_db_array_end(&ids), dl_db_array_end(&tokens),
	    dl_db_from_int(s->arena, s->cli->settings.qstash_retries)};
	if (n && sweep_call(s, DL_SQL_RETURN_ABSENT, params, &moved))
		s->absent += dl_db_int(moved, 0, "n", 0);
}

/* --------------------------------------------------------------- one number */

static void
look_at(struct look *look)
{
	struct sweep *s = look->s;
	struct dl_error err = {0};

	if (dl_reconciliation_load(&look->r, NULL, &err) != DL_OK) {
		sweep_error(s, &err);
		return;
	}
	look->seen = dl_arena_array(s->arena, MAX_SEEN, sizeof(*look->seen));
	if (!look->r.n_rows || !look->seen)
		return;
	ask_pages(look);
	if (!add_kept(look))
		return;
	if (dl_reconciliation_know(&look->r, look->seen, look->n_seen, &err) !=
	    DL_OK) {
		sweep_error(s, &err);
		return;
	}
	dl_reconcile(look->r.rows, look->r.n_rows, look->seen, look->n_seen,
		     look->r.ahead_ms);
	if (dl_reconciliation_settle(&look->r, look->seen, &err) != DL_OK)
		sweep_error(s, &err);
	s->found += look->r.n_settled;
	s->duplicates += look->r.n_duplicates;
	if (look->is_measured && keep_learned(look) && look->is_whole)
		return_absent(look);
}

void
sweep_reconcile(struct sweep *s)
{
	int64_t every_s = s->cli->settings.reconcile_deadline_s / 10;
	const char *params[] = {
	    dl_db_from_int(s->arena, every_s < EVERY_S ? every_s : EVERY_S),
	    dl_db_from_int(s->arena, MAX_LANES)};
	struct dl_arena *page_arena = dl_arena_create(PAGE_ARENA);
	struct dl_arena *rest = s->arena;
	struct dl_error err = {0};
	PGresult *lanes;

	if (!sweep_call(s, DL_SQL_LANES_TO_RECONCILE, params, &lanes))
		lanes = NULL;
	s->arena = dl_arena_create(SWEEP_ROUND_ARENA);
	for (int row = 0; row < PQntuples(lanes) && !s->is_cut; row++) {
		struct dl_str name = dl_db_text(lanes, row, "instance_name");
		struct look look = {
		    .s = s,
		    .instance = name,
		    .token = dl_db_text(lanes, row, "token"),
		    .page_arena = page_arena,
		    .r = {.pool = s->cli->pool,
			  .arena = s->arena,
			  .instance = dl_db_cstr(lanes, row, "instance_name"),
			  .program = "sweep"}};

		look_at(&look);
		dl_arena_reset(page_arena);
		dl_arena_reset(s->arena);
	}
	dl_arena_destroy(s->arena);
	s->arena = rest;
	dl_arena_destroy(page_arena);
	if (!s->is_cut &&
	    dl_reconciliation_take_up(s->cli->pool, s->arena, NULL, NULL,
				      MAX_TAKEN_UP, &err) != DL_OK)
		sweep_error(s, &err);
	dl_arena_reset(s->arena);
}
