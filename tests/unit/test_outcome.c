/* SPDX-License-Identifier: MIT */
/* domain/outcome: each row of the table, each recorded answer, the texts. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_in.h"
#include "domain/outcome.h"
#include "unit.h"

#define ANSWERS DL_SRCDIR "/tests/data/evolution-2.3.6-answers.txt"

#define OK_ DL_OUTCOME_SENT
#define P   DL_OUTCOME_PERMANENT
#define T   DL_OUTCOME_TRANSIENT
#define I_  DL_OUTCOME_INSTANCE_FAULT
#define K   DL_OUTCOME_CREDENTIAL
#define U   DL_OUTCOME_UNKNOWN

static struct dl_arena *arena;

static struct dl_outcome
classify(long status, struct dl_str body)
{
	struct dl_outcome_answer answer = {.transport = DL_OUTCOME_ANSWERED,
					   .http_status = status,
					   .body = body};
	struct dl_outcome outcome;

	dl_outcome_classify(arena, &answer, &outcome);
	return outcome;
}

struct row {
	long status;
	const char *error;   /* the envelope's "error" */
	const char *message; /* response.message, JSON */
	enum dl_outcome_class class;
	enum dl_row_error row_error;
};

#define BAD "Bad Request"
#define ISE "Internal Server Error"
#define NF  "Not Found"

static const struct row table[] = {
    /* credentials and configuration */
    {401, "Unauthorized", "\"Unauthorized\"", K, DL_ROW_CREDENTIAL_REFUSED},
    {403, "Forbidden", "\"Forbidden\"", K, DL_ROW_CREDENTIAL_REFUSED},
    {404, NF, "[\"The \\\"x\\\" instance does not exist\"]", I_,
     DL_ROW_INSTANCE_UNKNOWN},
    {404, NF, "[\"Cannot POST /message/sendTxt/x\"]", I_, DL_ROW_ROUTE_UNKNOWN},
    /* its database is down, before the send */
    {500, ISE, "\"\\nInvalid `this.prismaRepository.contact.findMany()`\"", T,
     DL_ROW_PROVIDER_ERROR},
    {500, ISE, "[\"PrismaClientInitializationError: x\"]", T,
     DL_ROW_PROVIDER_ERROR},
    /* the number can't send */
    {500, ISE,
     "\"Cannot read properties of undefined (reading 'textMessage')\"", I_,
     DL_ROW_INSTANCE_DISCONNECTED},
    {500, ISE,
     "\"Cannot read properties of undefined (reading 'mediaMessage')\"", I_,
     DL_ROW_INSTANCE_DISCONNECTED},
    {500, ISE,
     "\"Cannot read properties of undefined (reading 'audioWhatsapp')\"", I_,
     DL_ROW_INSTANCE_DISCONNECTED},
    {500, ISE, "\"Cannot read properties of undefined (reading 'onWhatsApp')\"",
     I_, DL_ROW_INSTANCE_DISCONNECTED},
    {400, BAD,
     "[\"TypeError: Cannot read properties of undefined (reading "
     "'sendMessage')\"]",
     I_, DL_ROW_INSTANCE_DISCONNECTED},
    {500, ISE, "\"Cannot read properties of undefined (reading 'find')\"", I_,
     DL_ROW_INSTANCE_DISCONNECTED},
    {400, BAD,
     "[\"TypeError: Cannot read properties of undefined (reading 'id')\"]", I_,
     DL_ROW_INSTANCE_DISCONNECTED},
    {500, ISE, "\"Connection Closed\"", I_, DL_ROW_INSTANCE_DISCONNECTED},
    {400, BAD, "[\"Error: Connection Closed\"]", I_,
     DL_ROW_INSTANCE_DISCONNECTED},
    {400, BAD, "[\"Error: Connection Terminated\"]", I_,
     DL_ROW_INSTANCE_DISCONNECTED},
    {500, ISE, "\"Timed Out\"", T, DL_ROW_PROVIDER_ERROR},
    {400, BAD, "[\"Error: Timed Out\"]", U, DL_ROW_OUTCOME_UNKNOWN},
    {400, BAD, "[\"Error: rate-overlimit\"]", T, DL_ROW_RATE_LIMITED},
    {500, ISE, "\"rate-overlimit\"", T, DL_ROW_RATE_LIMITED},
    {400, BAD, "[\"Error: not-acceptable\"]", I_, DL_ROW_INSTANCE_REFUSED},
    {500, ISE, "\"forbidden\"", I_, DL_ROW_INSTANCE_REFUSED},
    {400, BAD, "[\"SessionError: No sessions\"]", T, DL_ROW_SESSION_ERROR},
    /* this message can't go out */
    {400, BAD, "[{\"jid\":\"@s\",\"exists\":false,\"number\":\"\"}]", P,
     DL_ROW_NOT_ON_WHATSAPP},
    {400, BAD, "[\"[object Object]\"]", P, DL_ROW_REQUEST_REJECTED},
    {400, BAD, "[[\"instance requires property \\\"text\\\"\"]]", P,
     DL_ROW_MESSAGE_REJECTED},
    {400, BAD, "[\"Text is required\"]", P, DL_ROW_TEXT_REJECTED},
    {400, ISE, "\"Unexpected end of JSON input\"", P, DL_ROW_REQUEST_REJECTED},
    {413, ISE, "\"request entity too large\"", P, DL_ROW_MEDIA_TOO_LARGE},
    {400, BAD, "[\"Owned media must be a url or base64\"]", P,
     DL_ROW_MEDIA_INVALID},
    {400, BAD, "[\"For base64 the file name must be informed.\"]", P,
     DL_ROW_MEDIA_INVALID},
    /* media */
    {500, ISE, "[\"AxiosError: Request failed with status code 404\"]", P,
     DL_ROW_MEDIA_NOT_FOUND},
    {500, ISE, "[\"AxiosError: Request failed with status code 429\"]", T,
     DL_ROW_MEDIA_UNREACHABLE},
    {500, ISE, "[\"AxiosError: Request failed with status code 503\"]", T,
     DL_ROW_MEDIA_UNREACHABLE},
    {500, ISE, "[\"Error: Failed to fetch stream from https://a.b/c\"]", T,
     DL_ROW_MEDIA_UNREACHABLE},
    {500, ISE, "[\"Error: connect ECONNREFUSED 127.0.0.1:9\"]", T,
     DL_ROW_MEDIA_UNREACHABLE},
    {500, ISE, "[\"Error: getaddrinfo ENOTFOUND a.invalid\"]", T,
     DL_ROW_MEDIA_UNREACHABLE},
    {500, ISE, "[\"TypeError: fetch failed\"]", T, DL_ROW_MEDIA_UNREACHABLE},
    {500, ISE, "[\"Error: Input buffer contains unsupported image format\"]", P,
     DL_ROW_MEDIA_INVALID},
    {500, ISE, "[\"Error: Input Buffer is empty\"]", P, DL_ROW_MEDIA_INVALID},
    {500, ISE, "[\"Error: Media upload failed on all hosts\"]", T,
     DL_ROW_MEDIA_UPLOAD_FAILED},
    {400, BAD, "[\"Error: Media upload failed on all hosts\"]", T,
     DL_ROW_MEDIA_UPLOAD_FAILED},
    /* the media host's status passed on: no verdict on key or instance */
    {404, ISE, "\"Request failed with status code 404\"", P,
     DL_ROW_MEDIA_NOT_FOUND},
    {401, ISE, "\"Request failed with status code 401\"", P,
     DL_ROW_MEDIA_NOT_FOUND},
    {403, ISE, "\"Request failed with status code 403\"", P,
     DL_ROW_MEDIA_NOT_FOUND},
    {503, ISE, "\"Request failed with status code 503\"", T,
     DL_ROW_MEDIA_UNREACHABLE},
    {500, ISE, "[\"Error: Failed to get video duration: ENOENT: stat 'http\"]",
     P, DL_ROW_MEDIA_INVALID},
    {500, ISE, "\"Method not available in the Baileys service\"", P,
     DL_ROW_REQUEST_REJECTED},
    /* it was sent */
    {400, BAD, "[\"PrismaClientValidationError: x\"]", U,
     DL_ROW_OUTCOME_UNKNOWN},
    /* nothing known */
    {500, ISE, "\"Something new\"", T, DL_ROW_PROVIDER_ERROR},
    {400, BAD, "[\"Something new\"]", P, DL_ROW_REQUEST_REJECTED},
};

static void
test_table(void)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct row *row = &table[i];
		struct dl_outcome outcome;
		char *body;

		arena = dl_arena_create(1 << 20);
		body = dl_arena_printf(
		    arena,
		    "{\"status\":%ld,\"error\":\"%s\",\"response\":{"
		    "\"message\":%s}}",
		    row->status, row->error, row->message);
		outcome = classify(row->status, dl_str(body));
		if (outcome.class != row->class ||
		    outcome.error != row->row_error)
			printf("\n%ld %s: %d %s\n", row->status, row->message,
			       (int)outcome.class,
			       dl_row_error_text(outcome.error)->code);
		CU_ASSERT_EQUAL(outcome.class, row->class);
		CU_ASSERT_EQUAL(outcome.error, row->row_error);
		CU_ASSERT_TRUE(outcome.message.len > 0);
		CU_ASSERT_EQUAL(outcome.park_s > 0,
				row->class == I_ || row->class == K ||
				    row->row_error == DL_ROW_RATE_LIMITED);
		dl_arena_destroy(arena);
	}
}

/* Answers that are not Evolution's envelope. */
static void
test_bare_answers(void)
{
	static const struct {
		long status;
		const char *body;
		enum dl_outcome_class class;
	} rows[] = {
	    {502, "<html>502 Bad Gateway</html>", U},
	    {504, "<html>504</html>", U},
	    {503, "<html>503</html>", T},
	    {500, "<html>500</html>", U},
	    {520, "", U},
	    {500, "{\"message\":\"An unexpected error occurred\"}", U},
	    {502, "{\"message\":\"fetch failed\"}", U},
	    {504, "{\"message\":\"Endpoint request timed out\"}", U},
	    {429, "slow down", T},
	    {401, "<html>401</html>", K},
	    {404, "<html>404</html>", I_},
	    {301, "", I_},
	    {405, "", I_},
	    {400, "", P},
	    {400, "{}", P},
	    {400, "{\"status\":400,\"response\":{\"message\":[\"PrismaClientV",
	     U},
	    {201, "", OK_},
	    {201, "not json", OK_},
	    {200, "<html>welcome</html>", U},
	    {204, "", U},
	};

	arena = dl_arena_create(1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (classify(rows[i].status, dl_str(rows[i].body)).class !=
		    rows[i].class)
			printf("\n%ld %s\n", rows[i].status, rows[i].body);
		CU_ASSERT_EQUAL(
		    classify(rows[i].status, dl_str(rows[i].body)).class,
		    rows[i].class);
	}
	dl_arena_destroy(arena);
}

static void
test_transport(void)
{
	struct dl_outcome_answer answer = {.transport = DL_OUTCOME_NOT_SENT,
					   .transport_text =
					       DL_STR("Connection refused")};
	struct dl_outcome outcome;

	arena = dl_arena_create(1 << 20);
	dl_outcome_classify(arena, &answer, &outcome);
	CU_ASSERT_EQUAL(outcome.class, T);
	DL_ASSERT_STR(outcome.message, DL_STR("Connection refused"));
	CU_ASSERT_PTR_NULL(outcome.response);
	CU_ASSERT_PTR_NULL(dl_outcome_response_cut(arena, &answer));
	answer.transport = DL_OUTCOME_NO_ANSWER;
	dl_outcome_classify(arena, &answer, &outcome);
	CU_ASSERT_EQUAL(outcome.class, U);
	dl_arena_destroy(arena);
}

static void
test_accepted(void)
{
	static const char whole[] =
	    "{\"key\":{\"remoteJid\":\"5511987654321@s.whatsapp.net\","
	    "\"fromMe\":true,\"id\":\"3EB0\"},\"status\":\"PENDING\"}";
	struct dl_outcome outcome;

	arena = dl_arena_create(1 << 20);
	outcome = classify(201, dl_str(whole));
	CU_ASSERT_EQUAL(outcome.class, OK_);
	CU_ASSERT_EQUAL(outcome.error, DL_ROW_OK);
	DL_ASSERT_STR(outcome.key_id, DL_STR("3EB0"));
	DL_ASSERT_STR(outcome.remote_jid,
		      DL_STR("5511987654321@s.whatsapp.net"));
	CU_ASSERT_EQUAL(outcome.message.len, 0);
	/* two keys: the last, as PostgreSQL has it */
	outcome = classify(
	    201, DL_STR("{\"key\":{\"id\":\"A\"},\"key\":{\"id\":\"B\"}}"));
	DL_ASSERT_STR(outcome.key_id, DL_STR("B"));
	/* a NUL goes from what is stored only */
	outcome = classify(201, DL_STR("{\"key\":{\"id\":\"A\\u0000B\"}}"));
	CU_ASSERT_EQUAL(outcome.key_id.len, 3);
	DL_ASSERT_STR(dl_str(outcome.response),
		      DL_STR("{\"key\":{\"id\":\"AB\"}}"));
	/* cut behind the key */
	outcome = classify(201, (struct dl_str){whole, strlen(whole) - 15});
	DL_ASSERT_STR(outcome.key_id, DL_STR("3EB0"));
	/* cut inside it */
	outcome = classify(201, (struct dl_str){whole, 30});
	CU_ASSERT_EQUAL(outcome.class, OK_);
	CU_ASSERT_PTR_NULL(outcome.key_id.ptr);
	dl_arena_destroy(arena);
}

/* What each recorded refusal of a send must be; the 201s follow by status. */
static enum dl_outcome_class
recorded_class(const char *title, long status)
{
	static const struct {
		const char *title;
		enum dl_outcome_class class;
	} rows[] = {
	    {"no key", K},
	    {"missing key header", K},
	    {"wrong key", K},
	    {"instance key on another (unknown) instance", I_},
	    {"wrong key + unknown instance (404 wins)", I_},
	    {"no instance in path", I_},
	    {"GET on a POST route", I_},
	    {"check: connection closed", I_},
	    {"check: query timed out", I_},
	    {"send: connection closed", I_},
	    {"send: timed out", U},
	    {"send: rate-overlimit", T},
	    {"sent, then DB failure (message WAS sent)", U},
	    {"media: document url 404", T},
	    {"media: image url refused", T},
	    {"media: document url refused", T},
	    {"media: dns failure", T},
	    {"media: upload failed on all hosts", T},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].title, title))
			return rows[i].class;
	return status == 201 ? OK_ : P;
}

static void
check_recorded(const char *title, struct dl_str body, long status)
{
	enum dl_outcome_class want = recorded_class(title, status);
	struct dl_outcome outcome;

	arena = dl_arena_create(1 << 20);
	outcome = classify(status, body);
	if (outcome.class != want)
		printf("\n%s: %d\n", title, (int)outcome.class);
	CU_ASSERT_EQUAL(outcome.class, want);
	CU_ASSERT_EQUAL(outcome.class == OK_, outcome.key_id.ptr != NULL);
	dl_arena_destroy(arena);
}

static void
test_recorded(void)
{
	static char title[256], body[1 << 16], line[1 << 16];
	FILE *file = fopen(ANSWERS, "r");
	int n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "## ", 3)) {
			snprintf(title, sizeof(title), "%.200s", line + 3);
		} else if (line[0] == '[') {
			check_recorded(title, dl_str(body),
				       strtol(line + 1, NULL, 10));
			n++;
		} else {
			snprintf(body, sizeof(body), "%s", line);
		}
	}
	fclose(file);
	CU_ASSERT_EQUAL(n, 58);
}

static void
test_clean(void)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
	    {"plain", "plain"},
	    {" two\nlines\t", "two lines"},
	    {"to 5511987654321@s.whatsapp.net", "to ***@s.whatsapp.net"},
	    {"+55 (11) 98765-4321!", "+***!"},
	    {"code 404 in 12 s", "code 404 in 12 s"},
	    {"key SECRET-1 was", "key *** was"},
	    {"token B6D711FC-DE4D-4FD5-9365-44120E713976 bad", "token *** bad"},
	    {"prismaRepositoryContactFindMany",
	     "prismaRepositoryContactFindMany"},
	    {"a\xff"
	     "b",
	     "a\xef\xbf\xbd"
	     "b"},
	    {"\xc3\xa9", "\xc3\xa9"},
	    {"", ""},
	};

	arena = dl_arena_create(1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		DL_ASSERT_STR(dl_outcome_clean(arena, dl_str(rows[i].text),
					       DL_STR("SECRET-1")),
			      dl_str(rows[i].want));
	dl_arena_destroy(arena);
}

static void
test_clean_limit(void)
{
	char *text;
	struct dl_str got;

	arena = dl_arena_create(1 << 20);
	text = dl_arena_alloc(arena, 2 * 600 + 1);
	for (int i = 0; i < 600; i++)
		memcpy(text + 2 * i, "\xc3\xa9", 2);
	got = dl_outcome_clean(arena, dl_str(text), DL_STR(""));
	CU_ASSERT_EQUAL(got.len, 2 * DL_OUTCOME_MESSAGE_MAX);
	dl_arena_destroy(arena);
}

static void
test_response(void)
{
	static const struct {
		const char *body;
		size_t len;
		const char *want;
	} rows[] = {
	    {"{\"a\":1}", 7, "{\"a\":1}"},
	    {"{\"a\":\"\\u0000b\"}", 15, "{\"a\":\"b\"}"},
	    {"{\"a\":\"\\\\u0000\"}", 15, "{\"a\":\"\\\\u0000\"}"},
	    /* what is read leniently and stored as it is */
	    {"{\"a\":1,\"a\":2}", 13, "{\"a\":1,\"a\":2}"},
	    {"[[[[[[[[[[[[[[[[[[5]]]]]]]]]]]]]]]]]]", 37,
	     "[[[[[[[[[[[[[[[[[[5]]]]]]]]]]]]]]]]]]"},
	    {"null", 4, "null"},
	    /* what is read leniently and no JSON to PostgreSQL */
	    {"{\"a\":01}", 8,
	     "{\"http_status\":400,\"raw\":\"{\\\"a\\\":01}\","
	     "\"truncated\":true}"},
	    {"<html>", 6,
	     "{\"http_status\":400,\"raw\":\"<html>\",\"truncated\":true}"},
	    {"a\0b", 3,
	     "{\"http_status\":400,\"raw\":\"ab\",\"truncated\":true}"},
	    {"", 0, "{\"http_status\":400,\"raw\":\"\",\"truncated\":true}"},
	    {"{\"a\":\"\\ud800\"}", 14,
	     "{\"http_status\":400,\"raw\":\"{\\\"a\\\":\\\"\\\\ud800\\\"}\","
	     "\"truncated\":true}"},
	};

	arena = dl_arena_create(1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_outcome outcome =
		    classify(400, (struct dl_str){rows[i].body, rows[i].len});

		DL_ASSERT_STR(dl_str(outcome.response), dl_str(rows[i].want));
	}
	dl_arena_destroy(arena);
}

static void
test_response_limit(void)
{
	struct dl_outcome outcome;
	json_object *tree;
	char *body;

	arena = dl_arena_create(1 << 20);
	body = dl_arena_printf(arena, "{\"a\":\"%*s\"}",
			       DL_OUTCOME_RESPONSE_MAX, "");
	outcome = classify(400, dl_str(body));
	CU_ASSERT_EQUAL(dl_json_parse(arena, dl_str(outcome.response), &tree),
			DL_JSON_OK);
	CU_ASSERT_EQUAL(dl_json_get_str(tree, "raw").len, DL_OUTCOME_RAW_MAX);
	dl_arena_destroy(arena);
}

static void
test_row_errors(void)
{
	for (int i = DL_ROW_OK + 1; i < DL_ROW__COUNT; i++) {
		const struct dl_row_error_text *text =
		    dl_row_error_text((enum dl_row_error)i);

		CU_ASSERT_PTR_EQUAL(dl_row_error_find(dl_str(text->code)),
				    text);
		CU_ASSERT_TRUE(strlen(text->meaning) > 0);
		CU_ASSERT_TRUE(strlen(text->action) > 0);
	}
	CU_ASSERT_PTR_NULL(dl_row_error_find(DL_STR("")));
	CU_ASSERT_PTR_NULL(dl_row_error_find(DL_STR("no_such_code")));
}

static const struct unit_test tests[] = {
    {"each row of the table", test_table},
    {"answers without Evolution's envelope", test_bare_answers},
    {"no answer", test_transport},
    {"accepted", test_accepted},
    {"every recorded answer", test_recorded},
    {"error_message shows no phone and no key", test_clean},
    {"error_message has 500 characters", test_clean_limit},
    {"evolution_response", test_response},
    {"a long evolution_response is cut", test_response_limit},
    {"row error codes", test_row_errors},
};

UNIT_MAIN("outcome", tests)
