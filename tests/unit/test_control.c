/* SPDX-License-Identifier: MIT */
/* domain/control_action and domain/control_request: tables. */
#include "config.h"

#include <stdio.h>

#include "domain/control_request.h"
#include "unit.h"

/* ----------------------------------------------------------------- actions */

static const char *const statuses[] = {"pending",   "processing", "paused",
				       "completed", "failed",     "cancelled"};

/*
 * Each action in each of these, without and with a failed message: d does
 * it, n leaves it as it is, r refuses it.
 */
static const struct {
	const char *action;
	bool sends_again;
	const char *without, *with;
} table[] = {
    {"pause", false, "ddnrrr", "ddnrrr"},
    {"resume", false, "nndrrr", "nndrrr"},
    {"cancel", false, "dddrrn", "dddrrn"},
    {"retry_failed", false, "dddddr", "dddddr"},
    {"reschedule", false, "dddrrr", "dddrrr"},
    {"edit", false, "dddrrr", "dddddr"},
    {"resolve_uncertain", false, "dddddd", "dddddd"},
    {"resolve_uncertain", true, "dddddr", "dddddr"},
};

static void
check_row(size_t i)
{
	enum dl_control_action action;

	CU_ASSERT_TRUE_FATAL(
	    dl_control_action_find(dl_str(table[i].action), &action));
	CU_ASSERT_STRING_EQUAL(dl_control_action_name(action), table[i].action);
	for (size_t s = 0; s < 6; s++)
		for (int failed = 0; failed < 2; failed++) {
			struct dl_control_facts facts = {dl_str(statuses[s]),
							 failed};
			char wanted =
			    failed ? table[i].with[s] : table[i].without[s];
			char got = "dnr"[dl_control_verdict(
			    action, &facts, table[i].sends_again)];

			CU_ASSERT_EQUAL(got, wanted);
			if (got != wanted)
				printf("%s of %s: %c\n", table[i].action,
				       statuses[s], got);
		}
}

static void
test_verdicts(void)
{
	enum dl_control_action action;
	struct dl_control_facts odd = {DL_STR("draft"), true};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		check_row(i);
	CU_ASSERT_FALSE(dl_control_action_find(DL_STR("stop"), &action));
	CU_ASSERT_FALSE(dl_control_action_find(DL_STR(""), &action));
	CU_ASSERT_EQUAL(dl_control_verdict(DL_CONTROL_PAUSE, &odd, false),
			DL_CONTROL_REFUSE);
}

static void
test_allowed(void)
{
	const char *names[DL_CONTROL__COUNT];
	struct dl_control_facts facts = {DL_STR("paused"), false};

	CU_ASSERT_EQUAL(dl_control_allowed(&facts, names), 6);
	CU_ASSERT_STRING_EQUAL(names[0], "resume");
	CU_ASSERT_STRING_EQUAL(names[1], "cancel");
	facts.status = DL_STR("cancelled");
	CU_ASSERT_EQUAL(dl_control_allowed(&facts, names), 1);
	CU_ASSERT_STRING_EQUAL(names[0], "resolve_uncertain");
	facts.status = DL_STR("draft");
	CU_ASSERT_EQUAL(dl_control_allowed(&facts, names), 0);
}

/* ---------------------------------------------------------------- requests */

#define ID    "0193a1b2-0000-7000-8000-000000000001"
#define OTHER "0193a1b2-0000-7000-8000-000000000002"
#define HEAD  "{\"campaign_id\":\"" ID "\",\"action\":"
/* 2026-11-27T12:00:00Z */
#define NOW_MS 1795780800000

static struct dl_control_request request;
static struct dl_problem_list problems;

static enum dl_problem_code
read_request(struct dl_arena *arena, const char *body)
{
	static const struct dl_launch_limits limits = {
	    .max_templates = 20, .max_delay_s = 86400, .country_code = 55};

	return dl_control_request_read(arena, dl_str(body), &limits, NOW_MS,
				       &request, &problems);
}

static const struct {
	const char *body;
	enum dl_problem_code code;
	const char *field; /* of the first fault; NULL: none is listed */
} requests[] = {
    {HEAD "\"pause\"}", DL_P_OK, NULL},
    {HEAD "\"resume\"}", DL_P_OK, NULL},
    {HEAD "\"cancel\"}", DL_P_OK, NULL},
    {"", DL_P_INVALID_JSON, NULL},
    {"[]", DL_P_WRONG_TYPE, NULL},
    {"{}", DL_P_MISSING_FIELD, "campaign_id"},
    {"{\"campaign_id\":\"" ID "\"}", DL_P_MISSING_FIELD, "action"},
    {"{\"campaign_id\":7,\"action\":\"pause\"}", DL_P_WRONG_TYPE,
     "campaign_id"},
    {"{\"campaign_id\":\"7\",\"action\":\"pause\"}", DL_P_INVALID_ID,
     "campaign_id"},
    {HEAD "\"Pause\"}", DL_P_UNKNOWN_ACTION, "action"},
    {HEAD "null}", DL_P_MISSING_FIELD, "action"},
    {HEAD "1}", DL_P_WRONG_TYPE, "action"},
    {HEAD "\"pause\",\"pause\":1}", DL_P_UNKNOWN_FIELD, "pause"},
    {HEAD "\"pause\",\"action\":\"cancel\"}", DL_P_DUPLICATE_KEY, NULL},
    {HEAD "\"cancel\",\"error_code\":\"x\"}", DL_P_UNKNOWN_FIELD, "error_code"},
    /* retry_failed */
    {HEAD "\"retry_failed\"}", DL_P_OK, NULL},
    {HEAD "\"retry_failed\",\"error_code\":null}", DL_P_OK, NULL},
    {HEAD "\"retry_failed\",\"error_code\":\"provider_error\"}", DL_P_OK, NULL},
    {HEAD "\"retry_failed\",\"errorCode\":\"x\"}", DL_P_UNKNOWN_FIELD,
     "errorCode"},
    {HEAD "\"retry_failed\",\"error_code\":\"\"}", DL_P_MISSING_FIELD,
     "error_code"},
    {HEAD "\"retry_failed\",\"error_code\":5}", DL_P_WRONG_TYPE, "error_code"},
    {HEAD "\"retry_failed\",\"error_code\":\"outcome_unknown\"}",
     DL_P_INVALID_VALUE, "error_code"},
    /* reschedule */
    {HEAD "\"reschedule\"}", DL_P_MISSING_FIELD, "scheduledFor"},
    {HEAD "\"reschedule\",\"scheduledFor\":null}", DL_P_OK, NULL},
    {HEAD "\"reschedule\",\"scheduledFor\":\"2026-11-28T00:00:00Z\"}", DL_P_OK,
     NULL},
    {HEAD "\"reschedule\",\"scheduledFor\":\"2026-11-26T00:00:00Z\"}",
     DL_P_SCHEDULED_IN_PAST, "scheduledFor"},
    {HEAD "\"reschedule\",\"scheduledFor\":\"2028-01-01T00:00:00Z\"}",
     DL_P_SCHEDULED_TOO_FAR, "scheduledFor"},
    {HEAD "\"reschedule\",\"scheduledFor\":\"amanhã\"}", DL_P_INVALID_DATE,
     "scheduledFor"},
    {HEAD "\"reschedule\",\"tempoMin\":5}", DL_P_OK, NULL},
    {HEAD "\"reschedule\",\"tempoMin\":5,\"tempoMax\":4}", DL_P_INVALID_DELAY,
     "tempoMin"},
    {HEAD "\"reschedule\",\"tempoMax\":86401}", DL_P_INVALID_DELAY, "tempoMax"},
    {HEAD "\"reschedule\",\"tempoMin\":\"5\"}", DL_P_WRONG_TYPE, "tempoMin"},
    {HEAD "\"reschedule\",\"sendWindow\":null}", DL_P_OK, NULL},
    {HEAD "\"reschedule\",\"sendWindow\":{\"start\":\"09:00\","
	  "\"end\":\"18:00\"}}",
     DL_P_OK, NULL},
    {HEAD "\"reschedule\",\"sendWindow\":{\"start\":\"19:00\","
	  "\"end\":\"18:00\"}}",
     DL_P_INVALID_WINDOW, "sendWindow"},
    {HEAD "\"reschedule\",\"sendWindow\":\"09:00\"}", DL_P_WRONG_TYPE,
     "sendWindow"},
    {HEAD "\"reschedule\",\"expiresAt\":\"2026-11-27T11:00:00Z\"}",
     DL_P_INVALID_DATE, "expiresAt"},
    {HEAD "\"reschedule\",\"expiresAt\":null}", DL_P_OK, NULL},
    /* edit */
    {HEAD "\"edit\",\"template_index\":0}", DL_P_MISSING_FIELD, "text"},
    {HEAD "\"edit\",\"text\":\"x\"}", DL_P_MISSING_FIELD, "template_index"},
    {HEAD "\"edit\",\"template_index\":0,\"text\":\"x\"}", DL_P_OK, NULL},
    {HEAD "\"edit\",\"template_index\":-1,\"text\":\"x\"}", DL_P_INVALID_VALUE,
     "template_index"},
    {HEAD "\"edit\",\"template_index\":20,\"text\":\"x\"}", DL_P_INVALID_VALUE,
     "template_index"},
    {HEAD "\"edit\",\"template_index\":\"0\",\"text\":\"x\"}", DL_P_WRONG_TYPE,
     "template_index"},
    {HEAD "\"edit\",\"template_index\":0,\"text\":7}", DL_P_WRONG_TYPE, "text"},
    {HEAD "\"edit\",\"template_index\":0,\"type\":\"texto\",\"text\":\"x\"}",
     DL_P_UNKNOWN_FIELD, "type"},
    /* resolve_uncertain */
    {HEAD "\"resolve_uncertain\"}", DL_P_MISSING_FIELD, "resolution"},
    {HEAD "\"resolve_uncertain\",\"resolution\":\"again\"}", DL_P_INVALID_VALUE,
     "resolution"},
    {HEAD "\"resolve_uncertain\",\"resolution\":1}", DL_P_WRONG_TYPE,
     "resolution"},
    {HEAD "\"resolve_uncertain\",\"resolution\":\"sent\"}", DL_P_OK, NULL},
    {HEAD "\"resolve_uncertain\",\"resolution\":\"sent\","
	  "\"message_ids\":[]}",
     DL_P_MISSING_FIELD, "message_ids"},
    {HEAD "\"resolve_uncertain\",\"resolution\":\"sent\","
	  "\"message_ids\":[\"" ID "\",\"x\"]}",
     DL_P_INVALID_ID, "message_ids[1]"},
    {HEAD "\"resolve_uncertain\",\"resolution\":\"sent\","
	  "\"message_ids\":[7]}",
     DL_P_WRONG_TYPE, "message_ids[0]"},
    {HEAD "\"resolve_uncertain\",\"resolution\":\"sent\","
	  "\"message_ids\":\"" ID "\"}",
     DL_P_WRONG_TYPE, "message_ids"},
};

static void
test_requests(void)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct dl_arena *arena = dl_arena_create(1 << 20);
		enum dl_problem_code code =
		    read_request(arena, requests[i].body);
		const char *field = problems.n ? problems.items[0].field : NULL;

		CU_ASSERT_EQUAL(code, requests[i].code);
		if (requests[i].field)
			CU_ASSERT_STRING_EQUAL(field ? field : "",
					       requests[i].field);
		if (code != requests[i].code)
			printf("%s: %s\n", requests[i].body,
			       dl_problem_name(code));
		dl_arena_destroy(arena);
	}
}

static void
test_schedule(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	const struct dl_control_schedule *s = &request.schedule;

	CU_ASSERT_EQUAL(
	    read_request(arena,
			 HEAD "\"reschedule\",\"scheduledFor\":"
			      "\"2026-11-28T09:00:00-03:00\",\"tempoMax\":9,"
			      "\"sendWindow\":null,\"expiresAt\":"
			      "\"2026-12-01T00:00:00Z\"}"),
	    DL_P_OK);
	CU_ASSERT_TRUE(s->has_start && s->is_scheduled);
	CU_ASSERT_EQUAL(s->scheduled_for_ms, NOW_MS + 86400000);
	CU_ASSERT_TRUE(!s->has_min && s->has_max);
	CU_ASSERT_EQUAL(s->delay_max_s, 9);
	CU_ASSERT_TRUE(s->has_window && !s->send_window.len);
	CU_ASSERT_TRUE(s->has_expiry);
	CU_ASSERT_EQUAL(s->expires_at_ms, 1796083200000);
	CU_ASSERT_EQUAL(read_request(arena, HEAD "\"reschedule\","
						 "\"scheduledFor\":null}"),
			DL_P_OK);
	CU_ASSERT_TRUE(s->has_start && !s->is_scheduled && !s->has_expiry);
	dl_arena_destroy(arena);
}

static void
test_values(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);

	CU_ASSERT_EQUAL(
	    read_request(arena,
			 HEAD "\"resolve_uncertain\",\"resolution\":"
			      "\"failed\",\"message_ids\":[\"" ID "\",\"" OTHER
			      "\",\"0193A1B2-0000-7000-8000-000000000001\"]}"),
	    DL_P_OK);
	CU_ASSERT_EQUAL(request.resolution, DL_RESOLVE_FAILED);
	CU_ASSERT_EQUAL(request.n_message_ids, 2);
	CU_ASSERT_STRING_EQUAL(request.message_ids[1].text, OTHER);
	CU_ASSERT_STRING_EQUAL(request.campaign_id.text, ID);
	CU_ASSERT_EQUAL(read_request(arena,
				     HEAD "\"edit\",\"template_index\":3,"
					  "\"text\":\"\",\"fileName\":null}"),
			DL_P_OK);
	CU_ASSERT_EQUAL(request.template_index, 3);
	CU_ASSERT_TRUE(request.text.ptr && !request.text.len);
	CU_ASSERT_TRUE(!request.media_url.ptr && !request.file_name.ptr);
	dl_arena_destroy(arena);
}

/* 1,001 ids are one too many; so small an arena is full. */
static void
test_bounds(void)
{
	struct dl_arena *arena = dl_arena_create(4 << 20);
	struct dl_buf *body = dl_buf_create(arena, 1 << 20);

	dl_buf_puts(body, HEAD "\"resolve_uncertain\",\"resolution\":\"sent\","
			       "\"message_ids\":[\"" ID "\"");
	for (int i = 0; i < DL_CONTROL_MAX_IDS; i++)
		dl_buf_puts(body, ",\"" OTHER "\"");
	dl_buf_puts(body, "]}");
	CU_ASSERT_EQUAL(read_request(arena, dl_buf_cstr(body)),
			DL_P_TOO_MANY_ITEMS);
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"verdicts", test_verdicts}, {"allowed", test_allowed},
    {"requests", test_requests}, {"schedule", test_schedule},
    {"values", test_values},     {"bounds", test_bounds},
};

UNIT_MAIN("control", tests)
