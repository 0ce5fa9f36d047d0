/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the queue's answer to a batch of (first byte mod 100) + 1
 * messages.  An id that is taken is printable ASCII of a bounded length, and
 * no slot has both an id and an error.
 */
#include "config.h"

#include <stdlib.h>

#include "fuzz.h"
#include "remote/qstash.h"

static void
check(const struct dl_qstash_slot *slot)
{
	if (slot->queue_id.len > DL_QSTASH_ID_MAX ||
	    (slot->queue_id.len && slot->error.len))
		abort();
	for (size_t i = 0; i < slot->queue_id.len; i++)
		if (slot->queue_id.ptr[i] <= 0x20 ||
		    slot->queue_id.ptr[i] > 0x7e)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dl_arena *arena = dl_arena_create(8 << 20);
	struct dl_qstash_slot slots[DL_QSTASH_BATCH_MESSAGES];
	size_t n = size ? data[0] % DL_QSTASH_BATCH_MESSAGES + 1 : 1;
	struct dl_str body = {NULL, 0};

	if (size > 1)
		body = (struct dl_str){(const char *)data + 1, size - 1};
	if (dl_qstash_read_slots(arena, body, slots, n))
		for (size_t i = 0; i < n; i++)
			check(&slots[i]);
	dl_arena_destroy(arena);
	return 0;
}
