/* SPDX-License-Identifier: MIT */
/* Result rows to the queue, and back as marks. */
#include "config.h"

#include "delivery/publication.h"

#include "base/log.h"
#include "delivery/marker.h"

struct publication {
	const PGresult *rows;
	struct dl_marker *marker;
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

/* dl_qstash_source.accepted */
static void
take_accepted(void *ctx, const struct dl_qstash_accepted *items, size_t n)
{
	const struct publication *p = ctx;

	for (size_t i = 0; i < n; i++) {
		int row = (int)items[i].index;

		dl_marker_add(p->marker, dl_db_cstr(p->rows, row, "id"),
			      dl_db_int(p->rows, row, "generation", 0),
			      items[i].queue_id);
	}
}

int
dl_publication_publish(const struct dl_qstash *queue, struct dl_db_pool *pool,
		       const PGresult *rows, int64_t until_boot_ms,
		       struct dl_qstash_report *report)
{
	struct publication p = {.rows = rows, .marker = dl_marker_begin(pool)};
	const struct dl_qstash_source source = {
	    .n = (size_t)PQntuples(rows),
	    .get = get_row,
	    .accepted = take_accepted,
	    .ctx = &p,
	};
	struct dl_error err = {0};

	dl_qstash_publish(queue, &source, until_boot_ms, report);
	dl_marker_end(p.marker, &err);
	if (err.code == DL_OK)
		return 0;
	dl_log_error(&err);
	return 1;
}
