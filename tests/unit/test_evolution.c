/* SPDX-License-Identifier: MIT */
/* remote/evolution: what is asked, how it is escaped, what a failure means. */
#include "config.h"

#include "base/json_in.h"
#include "remote/evolution.h"
#include "unit.h"

static struct dl_arena *arena;

/* A transport that answers once and remembers what it was asked. */
struct fake {
	enum dl_code code;
	bool is_uncertain;
	bool was_vetoed;
	long status;
	const char *answer;
	char url[512];
	char headers[512];
	char body[4096];
	int64_t timeout_ms;
};

static enum dl_code
fake_send(void *ctx, struct dl_arena *in, const struct dl_http_request *request,
	  struct dl_http_answer *answer, struct dl_error *err)
{
	struct fake *fake = ctx;

	snprintf(fake->url, sizeof(fake->url), "%s", request->url);
	fake->headers[0] = '\0';
	for (size_t i = 0; i < request->n_headers; i++)
		snprintf(fake->headers + strlen(fake->headers),
			 sizeof(fake->headers) - strlen(fake->headers), "%s\n",
			 request->headers[i]);
	snprintf(fake->body, sizeof(fake->body), "%.*s", (int)request->body.len,
		 request->body.ptr ? request->body.ptr : "");
	fake->timeout_ms = request->timeout_ms;
	dl_http_answer_init(answer, in, request->max_answer);
	answer->status = fake->status;
	answer->was_vetoed = fake->was_vetoed;
	dl_buf_puts(answer->body, fake->answer ? fake->answer : "");
	if (fake->code != DL_OK) {
		err->uncertain = fake->is_uncertain;
		return dl_fail(err, fake->code, "http", "no answer");
	}
	return DL_OK;
}

static struct dl_evolution
client(const struct dl_http_transport *http)
{
	return (struct dl_evolution){.http = http,
				     .url = DL_STR("https://evo.example/api"),
				     .key = DL_STR("global"),
				     .timeout_ms = 75000,
				     .media_timeout_ms = 180000,
				     .delay_ms = 1200};
}

static void
test_bodies(void)
{
	static const struct {
		const char *type;
		const char *text;
		const char *url;
		const char *route;
		const char *body;
	} rows[] = {
	    {"texto", "Oi \"J\"", "", "/message/sendText/",
	     "{\"number\":\"5511\",\"text\":\"Oi \\\"J\\\"\","
	     "\"linkPreview\":false,\"delay\":1200}"},
	    {"imagem", "x", "https://c.d/a.png", "/message/sendMedia/",
	     "{\"number\":\"5511\",\"mediatype\":\"image\","
	     "\"media\":\"https://c.d/a.png\",\"fileName\":\"a.png\","
	     "\"caption\":\"x\",\"delay\":1200}"},
	    {"video", "", "https://c.d/a", "/message/sendMedia/",
	     "{\"number\":\"5511\",\"mediatype\":\"video\","
	     "\"media\":\"https://c.d/a\",\"fileName\":\"a.mp4\","
	     "\"delay\":1200}"},
	    {"documento", "", "https://c.d/a.docx", "/message/sendMedia/",
	     "{\"number\":\"5511\",\"mediatype\":\"document\","
	     "\"media\":\"https://c.d/a.docx\",\"fileName\":\"a.docx\","
	     "\"delay\":1200}"},
	    {"audio", "", "https://c.d/a.mp3", "/message/sendWhatsAppAudio/",
	     "{\"number\":\"5511\",\"audio\":\"https://c.d/a.mp3\","
	     "\"delay\":1200}"},
	    {"outro", "", "", NULL, ""},
	};
	struct dl_evolution evolution = client(NULL);

	arena = dl_arena_create(1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_evolution_message message = {
		    .number = DL_STR("5511"),
		    .type = dl_str(rows[i].type),
		    .text = dl_str(rows[i].text),
		    .media_url = dl_str(rows[i].url)};
		struct dl_str body = DL_STR("");
		const char *route =
		    dl_evolution_request(&evolution, arena, &message, &body);

		DL_ASSERT_STR(dl_str(route), dl_str(rows[i].route));
		DL_ASSERT_STR(body, dl_str(rows[i].body));
	}
	dl_arena_destroy(arena);
}

/* 4,096 characters, each of which JSON writes with six. */
static void
test_longest_text(void)
{
	struct dl_evolution evolution = client(NULL);
	struct dl_evolution_message message = {.number = DL_STR("5511"),
					       .type = DL_STR("texto")};
	struct dl_str body;
	char *text;

	arena = dl_arena_create(1 << 20);
	text = dl_arena_alloc(arena, 4097);
	memset(text, 1, 4096);
	message.text = dl_str(text);
	CU_ASSERT_PTR_NOT_NULL(
	    dl_evolution_request(&evolution, arena, &message, &body));
	dl_arena_destroy(arena);
}

static void
test_file_names(void)
{
	static const struct {
		const char *type, *name, *url, *want;
	} rows[] = {
	    {"imagem", "cupom.png", "https://c.d/x.jpg", "cupom.png"},
	    {"imagem", "cupom", "https://c.d/x.jpg", "cupom.jpg"},
	    {"imagem", "cupom.PNG", "", "cupom.PNG"},
	    {"imagem", "", "https://c.d/x.webp?v=1#f", "x.webp"},
	    {"imagem", "", "https://c.d/", "arquivo.jpg"},
	    {"imagem", "", "https://c.d", "arquivo.jpg"},
	    {"documento", "contrato", "https://c.d/x", "contrato.pdf"},
	    {"documento", "a.b", "https://c.d/x.docx", "a.b.docx"},
	    {"documento", "dir/a\".pdf", "", "dir_a_.pdf"},
	    {"video", "", "https://c.d/a%20b", "a_20b.mp4"},
	    {"documento", "relat\xc3\xb3rio.xlsx", "", "relat\xc3\xb3rio.xlsx"},
	};

	arena = dl_arena_create(1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		DL_ASSERT_STR(dl_str(dl_evolution_file_name(
				  arena, dl_str(rows[i].type),
				  dl_str(rows[i].name), dl_str(rows[i].url))),
			      dl_str(rows[i].want));
	dl_arena_destroy(arena);
}

static void
test_send(void)
{
	struct fake fake = {.status = 201, .answer = "{}"};
	struct dl_http_transport http = {fake_send, NULL, &fake};
	struct dl_evolution evolution = client(&http);
	struct dl_evolution_message message = {.instance = DL_STR("loja 1/?"),
					       .token = DL_STR("own"),
					       .number = DL_STR("5511"),
					       .type = DL_STR("texto"),
					       .text = DL_STR("x")};
	struct dl_outcome_answer answer;
	struct dl_error err = {0};
	bool was_vetoed;

	arena = dl_arena_create(4 << 20);
	CU_ASSERT_EQUAL(dl_evolution_send(&evolution, arena, &message, &answer,
					  &was_vetoed, &err),
			DL_OK);
	CU_ASSERT_STRING_EQUAL(
	    fake.url,
	    "https://evo.example/api/message/sendText/loja%201%2F%3F");
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.headers, "apikey: own\n"));
	CU_ASSERT_EQUAL(fake.timeout_ms, 75000);
	CU_ASSERT_EQUAL(answer.transport, DL_OUTCOME_ANSWERED);
	CU_ASSERT_EQUAL(answer.http_status, 201);
	CU_ASSERT_FALSE(was_vetoed);
	message.token = DL_STR("");
	message.type = DL_STR("audio");
	CU_ASSERT_EQUAL(dl_evolution_send(&evolution, arena, &message, &answer,
					  &was_vetoed, &err),
			DL_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.headers, "apikey: global\n"));
	CU_ASSERT_EQUAL(fake.timeout_ms, 180000);
	dl_arena_destroy(arena);
}

static void
test_no_answer(void)
{
	struct fake fake = {.code = DL_TRY_LATER};
	struct dl_http_transport http = {fake_send, NULL, &fake};
	struct dl_evolution evolution = client(&http);
	struct dl_evolution_message message = {.instance = DL_STR("a"),
					       .number = DL_STR("5511"),
					       .type = DL_STR("texto"),
					       .text = DL_STR("x")};
	struct dl_outcome_answer answer;
	struct dl_error err = {0};
	bool was_vetoed;

	arena = dl_arena_create(8 << 20);
	CU_ASSERT_EQUAL(dl_evolution_send(&evolution, arena, &message, &answer,
					  &was_vetoed, &err),
			DL_OK);
	CU_ASSERT_EQUAL(answer.transport, DL_OUTCOME_NOT_SENT);
	fake.is_uncertain = true;
	CU_ASSERT_EQUAL(dl_evolution_send(&evolution, arena, &message, &answer,
					  &was_vetoed, &err),
			DL_OK);
	CU_ASSERT_EQUAL(answer.transport, DL_OUTCOME_NO_ANSWER);
	fake.is_uncertain = false;
	fake.was_vetoed = true;
	CU_ASSERT_EQUAL(dl_evolution_send(&evolution, arena, &message, &answer,
					  &was_vetoed, &err),
			DL_OK);
	CU_ASSERT_TRUE(was_vetoed);
	dl_arena_destroy(arena);
}

static void
test_state(void)
{
	static const struct {
		long status;
		const char *answer;
		enum dl_code code;
		const char *state;
	} rows[] = {
	    {200, "{\"instance\":{\"instanceName\":\"a\",\"state\":\"open\"}}",
	     DL_OK, "open"},
	    {200, "{\"instance\":{\"instanceName\":\"a\"}}", DL_OK, ""},
	    {200, "<html>", DL_TRY_LATER, ""},
	    {401, "{}", DL_UNAUTHENTICATED, ""},
	    {404, "{}", DL_NOT_FOUND, ""},
	    {500, "{}", DL_TRY_LATER, ""},
	};

	arena = dl_arena_create(1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake fake = {.status = rows[i].status,
				    .answer = rows[i].answer};
		struct dl_http_transport http = {fake_send, NULL, &fake};
		struct dl_evolution evolution = client(&http);
		struct dl_error err = {0};
		struct dl_str state;

		CU_ASSERT_EQUAL(dl_evolution_state(&evolution, arena,
						   DL_STR("a"), DL_STR(""),
						   &state, &err),
				rows[i].code);
		DL_ASSERT_STR(state, dl_str(rows[i].state));
	}
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"the body of each type", test_bodies},
    {"the longest text", test_longest_text},
    {"file names", test_file_names},
    {"address, key, deadline", test_send},
    {"no answer", test_no_answer},
    {"connectionState", test_state},
};

UNIT_MAIN("evolution", tests)
