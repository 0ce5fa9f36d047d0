/* SPDX-License-Identifier: MIT */
/*
 * Several requests under way at once, on one thread (curl's multi interface).
 * What one request is and what its result means is http.c's.
 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>

#include "base/die.h"
#include "remote/http_internal.h"

/* One request under way, and what it uses. */
struct slot {
	CURL *easy;
	struct dl_arena *arena;
	struct dl_http_request request;
	struct dl_http_answer answer;
	struct dl_http_call call;
	void *token;
	bool is_busy;
};

struct run {
	CURLM *multi;
	const struct dl_http_source *source;
	struct slot *slots;
	int n_slots;
	int n_busy;
};

static void
must(CURLMcode rc)
{
	if (rc != CURLM_OK)
		dl_die("http.many", curl_multi_strerror(rc));
}

static void
run_init(struct run *run, const struct dl_http_source *source, int n_slots)
{
	*run = (struct run){
	    .multi = dl_must(curl_multi_init()),
	    .source = source,
	    .slots = dl_must(calloc((size_t)n_slots, sizeof(struct slot))),
	    .n_slots = n_slots,
	};
	must(
	    curl_multi_setopt(run->multi, CURLMOPT_MAXCONNECTS, (long)n_slots));
	must(curl_multi_setopt(run->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
			       (long)n_slots));
}

static void
run_clear(struct run *run)
{
	for (int i = 0; i < run->n_slots; i++) {
		if (!run->slots[i].easy)
			continue;
		curl_easy_cleanup(run->slots[i].easy);
		dl_arena_destroy(run->slots[i].arena);
	}
	curl_multi_cleanup(run->multi);
	free(run->slots);
}

/* Gives the slot a request; false when the source has none. */
static bool
slot_start(struct run *run, struct slot *slot)
{
	const struct dl_http_source *source = run->source;

	if (!slot->easy) {
		slot->easy = dl_http_easy_create();
		slot->arena = dl_arena_create(source->arena_cap);
	}
	slot->request = (struct dl_http_request){0};
	if (!source->next(source->ctx, slot->arena, &slot->request,
			  &slot->token)) {
		dl_arena_reset(slot->arena);
		return false;
	}
	dl_http_answer_init(&slot->answer, slot->arena,
			    slot->request.max_answer);
	dl_http_call_begin(slot->easy, &slot->call, &slot->request,
			   &slot->answer);
	must(curl_multi_add_handle(run->multi, slot->easy));
	slot->is_busy = true;
	run->n_busy++;
	return true;
}

static void
fill_slots(struct run *run)
{
	for (int i = 0; i < run->n_slots; i++)
		if (!run->slots[i].is_busy && !slot_start(run, &run->slots[i]))
			return;
}

static void
slot_finish(struct run *run, struct slot *slot, CURLcode rc)
{
	struct dl_error err = {0};
	enum dl_code code;

	must(curl_multi_remove_handle(run->multi, slot->easy));
	code = dl_http_call_end(slot->easy, rc, &slot->call, &err);
	slot->is_busy = false;
	run->n_busy--;
	run->source->done(run->source->ctx, slot->token, code, &slot->answer,
			  &err);
	dl_arena_reset(slot->arena);
}

static struct slot *
slot_of(struct run *run, const CURL *easy)
{
	int i = 0;

	while (i < run->n_slots && run->slots[i].easy != easy)
		i++;
	assert(i < run->n_slots);
	return &run->slots[i];
}

static void
finish_ended(struct run *run)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(run->multi, &left)))
		if (msg->msg == CURLMSG_DONE)
			slot_finish(run, slot_of(run, msg->easy_handle),
				    msg->data.result);
}

void
dl_http_curl_send_many(void *ctx, const struct dl_http_source *source,
		       int max_in_flight)
{
	struct run run;
	int running;

	(void)ctx;
	assert(max_in_flight > 0);
	run_init(&run, source, max_in_flight);
	fill_slots(&run);
	while (run.n_busy) {
		must(curl_multi_perform(run.multi, &running));
		finish_ended(&run);
		fill_slots(&run);
		if (running && run.n_busy)
			must(curl_multi_poll(run.multi, NULL, 0, 1000, NULL));
	}
	run_clear(&run);
}
