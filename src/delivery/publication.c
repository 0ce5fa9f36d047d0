/* SPDX-License-Identifier: MIT */
/* Result rows to the queue, and back as marks. */
#include "config.h"

#include "delivery/publication.h"

#include "base/log.h"

/* A batch's arrays and the answer to marking it. */
#define MARK_ARENA (1024 * 1024)
#define MARK_ARRAY (64 * 1024)

struct publication {
	struct dl_db_pool *pool;
	const PGresult *rows;
	int failures; /* of marking; after one no more is marked */
};

void
dl_publication_message(const PGresult *rows, int row,
		       struct dl_qstash_message *message)
{
	*message = (struct dl_qstash_message){
	    .id = dl_db_cstr(rows, row, "id"),
	    .campaign_id = dl_db_cstr(rows, row, "campaign_id"),
	    .instance_name = dl_db_text(rows, row, "instance_name"),
	    .phone_number = dl_db_text(rows, row, "phone_number"),
	    .content = dl_db_text(rows, row, "message_content"),
	    .generation = dl_db_int(rows, row, "generation", 0),
	    .run = dl_db_int(rows, row, "run", 0),
	    .gap_s = dl_db_int(rows, row, "gap_seconds", 0),
	    .not_before_s = dl_db_int(rows, row, "not_before", 0),
	    .is_media = !dl_str_eq(dl_db_text(rows, row, "message_type"),
				   DL_STR("texto"))};
}

/* dl_qstash_source.get */
static void
get_row(void *ctx, size_t index, struct dl_arena *arena,
	struct dl_qstash_message *message)
{
	const struct publication *p = ctx;

	(void)arena;
	dl_publication_message(p->rows, (int)index, message);
}

static enum dl_code
mark(struct publication *p, struct dl_arena *arena,
     const struct dl_qstash_accepted *items, size_t n, struct dl_error *err)
{
	struct dl_db_array ids, generations, queue_ids;

	dl_db_array_begin(&ids, arena, MARK_ARRAY);
	dl_db_array_begin(&generations, arena, MARK_ARRAY);
	dl_db_array_begin(&queue_ids, arena, MARK_ARRAY);
	for (size_t i = 0; i < n; i++) {
		int row = (int)items[i].index;

		dl_db_array_text(&ids, dl_db_cstr(p->rows, row, "id"));
		dl_db_array_int(&generations,
				dl_db_int(p->rows, row, "generation", 0));
		dl_db_array_str(&queue_ids, items[i].queue_id);
	}
	const char *params[] = {dl_db_array_end(&ids),
				dl_db_array_end(&generations),
				dl_db_array_end(&queue_ids)};
	if (!params[0] || !params[1] || !params[2])
		return dl_fail(err, DL_TOO_LARGE, "publication.mark",
			       "the queue's ids are too long");
	return dl_db_call(p->pool, arena, NULL, true, DL_SQL_MARK_PUBLISHED,
			  params, NULL, err);
}

/* dl_qstash_source.accepted */
static void
take_accepted(void *ctx, const struct dl_qstash_accepted *items, size_t n)
{
	struct publication *p = ctx;
	struct dl_error err = {0};
	struct dl_arena *arena;

	if (p->failures)
		return;
	arena = dl_arena_create(MARK_ARENA);
	if (mark(p, arena, items, n, &err) != DL_OK) {
		p->failures++;
		dl_log_error(&err);
	}
	dl_arena_destroy(arena);
}

int
dl_publication_publish(const struct dl_qstash *queue, struct dl_db_pool *pool,
		       const PGresult *rows, int64_t until_boot_ms,
		       struct dl_qstash_report *report)
{
	struct publication p = {.pool = pool, .rows = rows};
	const struct dl_qstash_source source = {
	    .n = (size_t)PQntuples(rows),
	    .get = get_row,
	    .accepted = take_accepted,
	    .ctx = &p,
	};

	dl_qstash_publish(queue, &source, until_boot_ms, report);
	return p.failures;
}
