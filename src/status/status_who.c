/* SPDX-License-Identifier: MIT */
/* Sign-ins of campaign-status, merged. */
#include "config.h"

#include "status/status_who.h"

#include <stdlib.h>

#include "base/die.h"
#include "store/merger.h"

/* One array literal: DL_MERGER_MAX quoted UUIDs and their commas, bytes. */
#define ARRAY_MAX   (DL_MERGER_MAX * (sizeof("\"\",") + 36) + sizeof("{}"))
#define BATCH_ARENA (64 * 1024)

struct dl_status_who {
	struct dl_db_pool *pool;
	struct dl_merger *merger;
};

/* item comes first: the merger hands it back. */
struct who_item {
	struct dl_merger_item item;
	const struct dl_auth_claim *claim;
	const struct dl_uuid *campaign_id; /* NULL: none */
	struct dl_status_seen *seen;
};

static void
read_row(const PGresult *rows, int row, struct dl_status_seen *seen)
{
	dl_auth_membership(rows, row, &seen->membership);
	seen->has_campaign = dl_db_cstr(rows, row, "version") != NULL;
	seen->version = dl_db_int(rows, row, "version", 0);
}

static enum dl_code
run_who(void *ctx, struct dl_merger_item **items, size_t n,
	struct dl_error *err)
{
	const struct dl_status_who *who = ctx;
	struct dl_arena *arena = dl_arena_create(BATCH_ARENA);
	struct dl_db_array users, tenants, campaigns;
	enum dl_code code;
	PGresult *rows;

	dl_db_array_begin(&users, arena, ARRAY_MAX);
	dl_db_array_begin(&tenants, arena, ARRAY_MAX);
	dl_db_array_begin(&campaigns, arena, ARRAY_MAX);
	for (size_t i = 0; i < n; i++) {
		const struct who_item *item = (struct who_item *)items[i];

		dl_db_array_text(&users, item->claim->user_id.text);
		dl_db_array_text(&tenants, dl_auth_requested(item->claim));
		dl_db_array_text(&campaigns, item->campaign_id
						 ? item->campaign_id->text
						 : NULL);
	}
	const char *params[] = {dl_db_array_end(&users),
				dl_db_array_end(&tenants),
				dl_db_array_end(&campaigns)};
	code = dl_db_call(who->pool, arena, NULL, true, DL_SQL_STATUS_WHO,
			  params, &rows, err);
	/* Fewer would look like refusals. */
	if (code == DL_OK && (size_t)PQntuples(rows) != n)
		code = dl_fail(err, DL_INTERNAL, "status.who",
			       "%d rows for %zu requests", PQntuples(rows), n);
	for (int row = 0; code == DL_OK && row < PQntuples(rows); row++) {
		int64_t at = dl_db_int(rows, row, "item", 0) - 1;

		if (at >= 0 && (size_t)at < n)
			read_row(rows, row,
				 ((struct who_item *)items[at])->seen);
	}
	dl_arena_destroy(arena);
	return code;
}

struct dl_status_who *
dl_status_who_create(struct dl_db_pool *pool)
{
	struct dl_status_who *who = dl_must(calloc(1, sizeof(*who)));

	who->pool = pool;
	who->merger = dl_merger_create(run_who, who, NULL);
	return who;
}

void
dl_status_who_destroy(struct dl_status_who *who)
{
	dl_merger_destroy(who->merger);
	free(who);
}

enum dl_code
dl_status_who_ask(struct dl_status_who *who, const struct dl_auth_claim *claim,
		  const struct dl_uuid *campaign_id,
		  struct dl_status_seen *seen, struct dl_error *err)
{
	struct who_item item = {
	    .claim = claim, .campaign_id = campaign_id, .seen = seen};
	enum dl_code code;

	/* Refused, unless a row says otherwise. */
	*seen = (struct dl_status_seen){.membership.result = DL_MEMBER_NONE};
	code = dl_merger_submit(who->merger, &item.item);
	return dl_fail_as(err, code, &item.item.err);
}
