/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: a body of POST /control.  What is accepted keeps what the
 * program and the database are promised: an id, an action with values within
 * their bounds; what is refused has a code that says so.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "domain/control_request.h"
#include "fuzz.h"

static const struct dl_launch_limits limits = {
    .max_templates = 4, .max_delay_s = 86400, .country_code = 55};

static void
require(bool is_true)
{
	if (!is_true)
		abort();
}

static void
check_schedule(const struct dl_control_schedule *s)
{
	require(s->has_start || s->has_min || s->has_max || s->has_window ||
		s->has_expiry || !s->is_scheduled);
	if (s->has_min)
		require(s->delay_min_s >= 0 && s->delay_min_s <= 86400);
	if (s->has_max)
		require(s->delay_max_s >= 0 && s->delay_max_s <= 86400);
	if (s->has_min && s->has_max)
		require(s->delay_min_s <= s->delay_max_s);
}

static void
check_request(const struct dl_control_request *request)
{
	require(strlen(request->campaign_id.text) == DL_UUID_MAX - 1);
	require(request->action < DL_CONTROL__COUNT);
	require(!dl_str_eq(request->error_code, DL_STR("outcome_unknown")));
	check_schedule(&request->schedule);
	require(request->template_index >= 0 && request->template_index < 4);
	require(request->n_message_ids <= DL_CONTROL_MAX_IDS);
	for (size_t i = 0; i < request->n_message_ids; i++)
		require(strlen(request->message_ids[i].text) ==
			DL_UUID_MAX - 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dl_control_request request;
	static struct dl_problem_list problems;
	struct dl_arena *arena = dl_arena_create(16 << 20);
	struct dl_str body = {(const char *)data, size};
	enum dl_problem_code code = dl_control_request_read(
	    arena, body, &limits, 1795521600000, &request, &problems);

	if (code == DL_P_OK) {
		require(problems.total == 0);
		check_request(&request);
	} else {
		int status = dl_problem_http_status(code);

		require(status == 400 || status == 413 || status == 422);
		require(problems.n <= problems.total);
	}
	dl_arena_destroy(arena);
	return 0;
}
