/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: two bytes of status, then an answer.  Whatever comes, the
 * stored texts keep their limits and hold no NUL.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "domain/outcome.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dl_arena *arena = dl_arena_create(8 << 20);
	struct dl_outcome_answer answer = {.transport = DL_OUTCOME_ANSWERED};
	struct dl_outcome outcome;

	if (size >= 2) {
		answer.http_status = 100 + (data[0] * 256 + data[1]) % 500;
		answer.body = (struct dl_str){(const char *)data + 2, size - 2};
	}
	dl_outcome_classify(arena, &answer, &outcome);
	if (outcome.message.len > (size_t)4 * DL_OUTCOME_MESSAGE_MAX)
		abort();
	if (outcome.message.len &&
	    memchr(outcome.message.ptr, '\0', outcome.message.len))
		abort();
	if (!outcome.response ||
	    strlen(outcome.response) > (size_t)2 * DL_OUTCOME_RESPONSE_MAX)
		abort();
	dl_arena_destroy(arena);
	return 0;
}
