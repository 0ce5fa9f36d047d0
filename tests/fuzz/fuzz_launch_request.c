/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: a body of POST /launch.  What is accepted keeps what the
 * database and the queue are promised: contacts with a phone and an object's
 * text, no two with one key, texts within their bounds.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_in.h"
#include "domain/launch_request.h"
#include "fuzz.h"

static const struct dl_launch_limits limits = {.max_contacts = 50,
					       .max_messages = 100,
					       .max_templates = 4,
					       .max_instances = 4,
					       .max_contact_keys = 8,
					       .max_delay_s = 86400,
					       .country_code = 55};

static void
require(bool is_true)
{
	if (!is_true)
		abort();
}

static void
check_contact(struct dl_arena *arena, const struct dl_launch_request *request,
	      size_t i)
{
	const struct dl_launch_contact *c = &request->contacts[i];
	json_object *tree;
	struct dl_buf *text = dl_buf_create(arena, 1 << 16);

	require(strlen(c->phone.digits) >= 8 && strlen(c->phone.key) >= 8);
	require(dl_json_parse(arena, c->json, &tree) == DL_JSON_OK);
	require(json_object_is_type(tree, json_type_object));
	for (size_t k = 0; k < i; k++)
		require(strcmp(request->contacts[k].phone.key, c->phone.key));
	for (size_t t = 0; t < request->n_templates; t++) {
		dl_buf_reset(text);
		dl_launch_render(request, i, t, text);
		require(!dl_buf_failed(text));
		require(dl_template_code_points(dl_buf_str(text)) <=
			DL_TEMPLATE_TEXT_MAX);
	}
}

static void
check_request(struct dl_arena *arena, const struct dl_launch_request *request,
	      size_t n_sent)
{
	require(request->campaign_name.len && request->n_instances >= 1);
	require(request->n_templates >= 1 && request->n_contacts >= 1);
	require(request->delay_min_s >= 0 &&
		request->delay_min_s <= request->delay_max_s);
	require(request->n_contacts + request->duplicates_total +
		    request->rejected_total <=
		n_sent);
	for (size_t i = 0; i < request->n_contacts; i++)
		check_contact(arena, request, i);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dl_launch_request request;
	static struct dl_problem_list problems;
	struct dl_arena *arena = dl_arena_create(64 << 20);
	struct dl_str body = {(const char *)data, size};
	enum dl_problem_code code;

	code = dl_launch_request_read(arena, body, &limits, 1795521600000,
				      &request, &problems);
	if (code == DL_P_OK) {
		require(problems.total == 0);
		check_request(arena, &request, size);
	} else {
		int status = dl_problem_http_status(code);

		require(status == 400 || status == 413 || status == 422);
		require(problems.n <= problems.total);
	}
	dl_arena_destroy(arena);
	return 0;
}
