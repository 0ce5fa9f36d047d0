/* SPDX-License-Identifier: MIT */
/* domain/evolution_event, domain/webhook_token: recorded webhooks of a running
 * Evolution 2.3.6, their tokens, and oddities. */
#include "config.h"

#include <stdio.h>

#include "base/json_in.h"
#include "domain/evolution_event.h"
#include "domain/jwt.h"
#include "domain/webhook_token.h"
#include "unit.h"

static struct dl_arena *arena;

static struct dl_evolution_event
read_event(const char *body)
{
	struct dl_evolution_event event;

	dl_evolution_event_read(arena, dl_str(body), &event);
	return event;
}

static void
test_receipt(void)
{
	struct dl_evolution_event event = read_event(
	    "{\"event\":\"messages.update\",\"instance\":\"inst1\",\"data\":{"
	    "\"keyId\":\"3EB0B0DE621E92566DE57F\",\"remoteJid\":"
	    "\"5511987654321@s.whatsapp.net\",\"fromMe\":true,\"status\":"
	    "\"SERVER_ACK\",\"instanceId\":\"62e8\",\"messageId\":\"cmw\"}}");

	CU_ASSERT_EQUAL(event.kind, DL_EVENT_RECEIPT);
	CU_ASSERT(dl_str_eq(event.instance, DL_STR("inst1")));
	CU_ASSERT(dl_str_eq(event.key, DL_STR("3EB0B0DE621E92566DE57F")));
	CU_ASSERT(dl_str_eq(event.jid, DL_STR("5511987654321@s.whatsapp.net")));
	CU_ASSERT(dl_str_eq(event.receipt, DL_STR("SERVER_ACK")));
	/* version 1 */
	event = read_event(
	    "{\"event\":\"messages.update\",\"instance\":\"a\",\"data\":{"
	    "\"id\":\"K\",\"status\":\"READ\",\"fromMe\":true}}");
	CU_ASSERT_EQUAL(event.kind, DL_EVENT_RECEIPT);
	CU_ASSERT(dl_str_eq(event.key, DL_STR("K")));
	/* somebody else's message */
	event = read_event(
	    "{\"event\":\"messages.update\",\"instance\":\"a\",\"data\":{"
	    "\"keyId\":\"K\",\"status\":\"READ\",\"fromMe\":false}}");
	CU_ASSERT_EQUAL(event.kind, DL_EVENT_OTHER);
}

static void
test_connection(void)
{
	struct dl_evolution_event event = read_event(
	    "{\"event\":\"connection.update\",\"instance\":\"i\",\"data\":{"
	    "\"instance\":\"i\",\"state\":\"close\",\"statusReason\":401}}");

	CU_ASSERT_EQUAL(event.kind, DL_EVENT_CONNECTION);
	CU_ASSERT(dl_str_eq(event.state, DL_STR("close")));
	CU_ASSERT_EQUAL(event.status_reason, 401);
	event = read_event("{\"event\":\"connection.update\",\"data\":{"
			   "\"state\":\"open\",\"statusReason\":-9e99}}");
	CU_ASSERT_EQUAL(event.kind, DL_EVENT_CONNECTION);
	CU_ASSERT_EQUAL(event.status_reason, 0);
	event = read_event("{\"event\":\"connection.update\",\"data\":{"
			   "\"state\":\"gone\"}}");
	CU_ASSERT_EQUAL(event.kind, DL_EVENT_OTHER);
}

static void
test_others(void)
{
	static const char *const bodies[] = {
	    "",
	    "x",
	    "null",
	    "[]",
	    "{}",
	    "{\"event\":7}",
	    "{\"event\":\"messages.upsert\",\"data\":{}}",
	    "{\"event\":\"messages.update\"}",
	    ("{\"event\":\"messages.update\",\"data\":{\"keyId\":\"\","
	     "\"status\":\"READ\"}}"),
	    "{\"event\":\"messages.update\",\"data\":{\"keyId\":\"K\"}}"};
	char body[600];

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		CU_ASSERT_EQUAL(read_event(bodies[i]).kind, DL_EVENT_OTHER);
	snprintf(body, sizeof(body),
		 "{\"event\":\"messages.update\",\"data\":{\"status\":\"READ\","
		 "\"keyId\":\"%0*d\"}}",
		 DL_SEEN_KEY_MAX + 1, 1);
	CU_ASSERT_EQUAL(read_event(body).kind, DL_EVENT_OTHER);
}

static void
test_token(void)
{
	static const struct {
		const char *claims;
		int64_t now_s;
		bool is_good;
	} cases[] = {
	    {"{\"iat\":1000,\"exp\":1600,\"app\":\"evolution\","
	     "\"action\":\"webhook\"}",
	     1000, true},
	    {"{\"iat\":1000,\"exp\":1600,\"app\":\"evolution\"}", 3399, true},
	    {"{\"iat\":1000,\"exp\":1600,\"app\":\"evolution\"}", 3401, false},
	    {"{\"iat\":1000,\"exp\":1600,\"app\":\"other\"}", 1000, false},
	    {"{\"iat\":1000,\"exp\":1600}", 1000, false},
	    {"{\"iat\":1000,\"app\":\"evolution\"}", 1000, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *token = dl_jwt_sign_hs256(arena, DL_STR("secret"),
						      dl_str(cases[i].claims));

		CU_ASSERT_EQUAL(dl_webhook_token_check(arena, dl_str(token),
						       DL_STR("secret"),
						       cases[i].now_s) == NULL,
				cases[i].is_good);
		CU_ASSERT_PTR_NOT_NULL(dl_webhook_token_check(
		    arena, dl_str(token), DL_STR("secreT"), cases[i].now_s));
	}
	CU_ASSERT_PTR_NOT_NULL(dl_webhook_token_check(
	    arena, (struct dl_str){NULL, 0}, DL_STR("secret"), 0));
	/* A key that is not set opens nothing. */
	CU_ASSERT_PTR_NOT_NULL(dl_webhook_token_check(
	    arena,
	    dl_str(
		dl_jwt_sign_hs256(arena, DL_STR(""), dl_str(cases[0].claims))),
	    DL_STR(""), 1000));
}

static const struct unit_test tests[] = {
    {"receipts", test_receipt},
    {"connections", test_connection},
    {"what is nothing to us", test_others},
    {"tokens", test_token},
};

int
main(void)
{
	int status;

	arena = dl_arena_create(1 << 20);
	status = unit_main("evolution_event", tests,
			   sizeof(tests) / sizeof(tests[0]));
	dl_arena_destroy(arena);
	return status;
}
