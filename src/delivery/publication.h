/* SPDX-License-Identifier: MIT */
/*
 * Rows on their way to the queue: the result of a statement that tells what
 * is to be published (sweep_stale_pending, control_publishable) is published
 * in batches, and what the queue accepts is marked.  Every such statement has
 * the columns id, campaign_id, run, generation, instance_name, phone_number,
 * message_content, message_type, gap_seconds and not_before (unix seconds).
 *
 * Thread-safe: no state between calls.
 */
#ifndef DL_DELIVERY_PUBLICATION_H
#define DL_DELIVERY_PUBLICATION_H

#include <stdint.h>

#include "remote/qstash.h"
#include "store/db.h"

/* The message of one row; its text belongs to rows. */
void dl_publication_message(const PGresult *rows, int row,
			    struct dl_qstash_message *message);

/*
 * Publishes rows in their order until until_boot_ms (dl_clock_boot_ms) and
 * marks the accepted ones (delivery/marker.h); no connection is held while the
 * queue works.  Always fills *report.  A failed marking, which is harmless, is
 * logged.  Returns how many markings failed, 0 or 1.
 */
int dl_publication_publish(const struct dl_qstash *queue,
			   struct dl_db_pool *pool, const PGresult *rows,
			   int64_t until_boot_ms,
			   struct dl_qstash_report *report);

#endif
