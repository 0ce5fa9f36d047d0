/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the input's first line is the token, the rest the body.  Only
 * a token signed with the key may pass, and the fuzzer does not know it.
 */
#include "config.h"

#include <stdlib.h>

#include "domain/signature.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_str body = {(const char *)data, size};
	struct dl_str token = dl_str_cut(&body, '\n');
	struct dl_signature_expect expect = {.current_key = DL_STR("sig_9Zt0"),
					     .next_key = DL_STR("sig_k3Qv"),
					     .base_url =
						 DL_STR("https://a.example"),
					     .uri = DL_STR("/process-message"),
					     .body = body,
					     .now_s = 1800000000,
					     .leeway_s = 30};

	if (dl_signature_verify(arena, token, &expect) == DL_SIGNATURE_OK)
		abort();
	dl_arena_destroy(arena);
	return 0;
}
