/* SPDX-License-Identifier: MIT */
/*
 * domain/launch_request: every field, default, limit and fault of a launch.
 * A row of the tables changes one thing in a launch that is good.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "domain/launch_request.h"
#include "unit.h"

/* 2026-11-24T12:00:00Z */
#define NOW_MS 1795521600000

static const struct dl_launch_limits limits = {.max_contacts = 100,
					       .max_messages = 150,
					       .max_templates = 20,
					       .max_instances = 50,
					       .max_contact_keys = 100,
					       .max_delay_s = 86400,
					       .country_code = 55};

static struct dl_arena *arena;
static struct dl_launch_request request;
static struct dl_problem_list problems;

static const char *
read_body(const char *body)
{
	if (!arena)
		arena = dl_arena_create((size_t)256 << 20);
	dl_arena_reset(arena);
	return dl_problem_name(dl_launch_request_read(
	    arena, dl_str(body), &limits, NOW_MS, &request, &problems));
}

/* A good launch with options, contacts and templates of one's own. */
static const char *
launch(const char *options, const char *contacts, const char *templates)
{
	return dl_arena_printf(
	    arena ? arena : (arena = dl_arena_create((size_t)256 << 20)),
	    "{\"campaignName\":\"Black Friday\",\"instances\":[\"sp-01\","
	    "\"sp-02\"],%s\"contatos\":%s,\"templates\":%s}",
	    options ? options : "",
	    contacts ? contacts
		     : "[{\"telefone\":\"11987654321\",\"nome\":\"Ana\"}]",
	    templates ? templates
		      : "[{\"type\":\"texto\",\"text\":\"Oi {nome}\"}]");
}

/* Copies the body first: the reading empties the arena. */
static const char *
read_launch(const char *options, const char *contacts, const char *templates)
{
	char *body = strdup(launch(options, contacts, templates));
	static char *kept;

	free(kept);
	kept = body;
	return read_body(body);
}

#define CHECK_CODE(got, want, what)                                            \
	do {                                                                   \
		const char *got_ = (got);                                      \
		if (strcmp(got_, (want)) != 0)                                 \
			printf("\n%s: got %s, want %s\n", (what), got_,        \
			       (want));                                        \
		CU_ASSERT_STRING_EQUAL(got_, (want));                          \
	} while (0)

struct fault {
	const char *text; /* what is put in */
	const char *code;
	const char *field; /* of the first fault; NULL: not looked at */
	int64_t index;
};

static void
check_fault(const struct fault *row)
{
	if (row->field && strcmp(row->code, "ok") != 0) {
		CU_ASSERT_TRUE_FATAL(problems.n > 0);
		CU_ASSERT_STRING_EQUAL(problems.items[0].field, row->field);
		CU_ASSERT_EQUAL(problems.items[0].index, row->index);
		CU_ASSERT_TRUE(strlen(problems.items[0].message) > 10);
	}
}

static void
test_not_json(void)
{
	static const struct fault rows[] = {
	    {"", "invalid_json", NULL, 0},
	    {"{", "invalid_json", NULL, 0},
	    {"{\"contatos\":[", "invalid_json", NULL, 0},
	    {"{\"contatos\":[{}", "invalid_json", NULL, 0},
	    {"{\"contatos\":[{}]", "invalid_json", NULL, 0},
	    {"{\"contatos\":[{\"telefone\":\"11987654321\"},]}", "invalid_json",
	     NULL, 0},
	    {"{\"contatos\":[}]}", "invalid_json", NULL, 0},
	    {"{\"contatos\":[{]}}", "invalid_json", NULL, 0},
	    {"{\"a\":1,\"a\":2}", "duplicate_key", NULL, 0},
	    {"{\"contatos\":[],\"contatos\":[]}", "duplicate_key", NULL, 0},
	    {"{\"contatos\":[],\"contat\\u006fs\":[]}", "duplicate_key", NULL,
	     0},
	    {"{\"a\":\"\\u0000\"}", "nul_character", NULL, 0},
	    {"{\"a\":\"\xff\"}", "invalid_utf8", NULL, 0},
	    {"{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}", "too_deep", NULL, 0},
	    {"[1]", "wrong_type", NULL, 0},
	    {"null", "wrong_type", NULL, 0},
	    {"{} x", "invalid_json", NULL, 0},
	    {"{\"a\":NaN}", "invalid_json", NULL, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_CODE(read_body(rows[i].text), rows[i].code, rows[i].text);
}

/* The same faults inside a contact: each is parsed by itself. */
static void
test_contact_not_json(void)
{
	static const struct fault rows[] = {
	    {"[{\"telefone\":\"11987654321\",\"telefone\":\"1\"}]",
	     "duplicate_key", NULL, 0},
	    {"[{\"telefone\":\"11987654321\"},]", "invalid_json", NULL, 0},
	    {"[,{\"telefone\":\"11987654321\"}]", "invalid_json", NULL, 0},
	    {"[{\"telefone\":\"11987654321\"} {}]", "invalid_json", NULL, 0},
	    {"[{\"telefone\":11987654321,}]", "invalid_json", NULL, 0},
	    {"[{\"telefone\":'11987654321'}]", "invalid_json", NULL, 0},
	    {"[{\"telefone\":\"1\\u0000\"}]", "nul_character", NULL, 0},
	    {"[{\"telefone\":\"\xc3\"}]", "invalid_utf8", NULL, 0},
	    {"[{\"a\":[[[[[[[[[[[[[1]]]]]]]]]]]]]}]", "wrong_type",
	     "contatos[0].a", 0},
	    {"[{\"a\":[[[[[[[[[[[[[[1]]]]]]]]]]]]]]}]", "too_deep", NULL, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_CODE(read_launch(NULL, rows[i].text, NULL), rows[i].code,
			   rows[i].text);
		check_fault(&rows[i]);
	}
}

static void
test_missing_fields(void)
{
	static const char good_rest[] =
	    "\"contatos\":[{\"telefone\":\"11987654321\"}],"
	    "\"templates\":[{\"type\":\"texto\",\"text\":\"Oi\"}]}";
	static const struct fault rows[] = {
	    {"{\"instances\":[\"a\"],", "missing_field", "campaignName", -1},
	    {"{\"campaignName\":null,\"instances\":[\"a\"],", "missing_field",
	     "campaignName", -1},
	    {"{\"campaignName\":\" \\u00a0\",\"instances\":[\"a\"],",
	     "missing_field", "campaignName", -1},
	    {"{\"campaignName\":1,\"instances\":[\"a\"],", "wrong_type",
	     "campaignName", -1},
	    {"{\"campaignName\":\"x\",", "missing_field", "instances", -1},
	    {"{\"campaignName\":\"x\",\"instances\":[],", "missing_field",
	     "instances", -1},
	    {"{\"campaignName\":\"x\",\"instances\":\"a\",", "wrong_type",
	     "instances", -1},
	    {"{\"campaignName\":\"x\",\"instances\":[1],", "wrong_type",
	     "instances[0]", -1},
	    {"{\"campaignName\":\"x\",\"instances\":[\"a\",\" \"],",
	     "missing_field", "instances[1]", -1},
	    {"{\"campaignName\":\"x\",\"instances\":[\"a\"],", "ok", NULL, -1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char body[512];

		snprintf(body, sizeof(body), "%s%s", rows[i].text, good_rest);
		CHECK_CODE(read_body(body), rows[i].code, rows[i].text);
		check_fault(&rows[i]);
	}
	CHECK_CODE(read_body("{\"campaignName\":\"x\",\"instances\":[\"a\"]}"),
		   "missing_field", "neither templates nor contacts");
	CU_ASSERT_EQUAL(problems.total, 2);
}

static void
test_options(void)
{
	static const struct fault rows[] = {
	    {"\"usarIA\":true,\"campaignGroupId\":{\"a\":[1]},", "ok", NULL, 0},
	    {"\"publicTarget\":null,\"content\":null,\"tempoMin\":null,"
	     "\"scheduledFor\":null,\"pacing\":null,\"sendWindow\":null,",
	     "ok", NULL, 0},
	    {"\"publicTarget\":1,", "wrong_type", "publicTarget", -1},
	    {"\"content\":[],", "wrong_type", "content", -1},
	    {"\"tempoMin\":0,\"tempoMax\":0,", "ok", NULL, 0},
	    {"\"tempoMin\":86400,\"tempoMax\":86400,", "ok", NULL, 0},
	    {"\"tempoMin\":-1,", "invalid_delay", "tempoMin", -1},
	    {"\"tempoMax\":86401,", "invalid_delay", "tempoMax", -1},
	    {"\"tempoMin\":9,", "invalid_delay", "tempoMin", -1},
	    {"\"tempoMin\":8,\"tempoMax\":3,", "invalid_delay", "tempoMin", -1},
	    {"\"tempoMin\":\"3\",", "wrong_type", "tempoMin", -1},
	    {"\"tempoMin\":3.5,", "wrong_type", "tempoMin", -1},
	    {"\"tempoMax\":99999999999999999999,", "wrong_type", "tempoMax",
	     -1},
	    {"\"onMissingVariable\":\"blank\",", "ok", NULL, 0},
	    {"\"onMissingVariable\":\"drop\",", "invalid_value",
	     "onMissingVariable", -1},
	    {"\"onMissingVariable\":true,", "wrong_type", "onMissingVariable",
	     -1},
	    {"\"pacing\":\"both\",", "invalid_value", "pacing", -1},
	    {"\"placeholders\":\"AT\",", "invalid_value", "placeholders", -1},
	    {"\"scheduledFor\":\"\",", "ok", NULL, 0},
	    {"\"scheduledFor\":\"2026-11-24T11:55:00Z\",", "ok", NULL, 0},
	    {"\"scheduledFor\":\"2026-11-24T11:54:59Z\",", "scheduled_in_past",
	     "scheduledFor", -1},
	    {"\"scheduledFor\":\"2027-11-24T12:00:00Z\",", "ok", NULL, 0},
	    {"\"scheduledFor\":\"2027-11-24T12:00:01Z\",", "scheduled_too_far",
	     "scheduledFor", -1},
	    {"\"scheduledFor\":\"2026-11-27 12:00\",", "invalid_date",
	     "scheduledFor", -1},
	    {"\"scheduledFor\":\"2026-02-30T12:00:00Z\",", "invalid_date",
	     "scheduledFor", -1},
	    {"\"scheduledFor\":1795521600,", "wrong_type", "scheduledFor", -1},
	    {"\"expiresAt\":\"2026-11-25T12:00:00Z\",", "ok", NULL, 0},
	    {"\"expiresAt\":\"2026-11-24T12:00:00Z\",", "invalid_date",
	     "expiresAt", -1},
	    {"\"expiresAt\":\"amanh\xc3\xa3\",", "invalid_date", "expiresAt",
	     -1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_CODE(read_launch(rows[i].text, NULL, NULL), rows[i].code,
			   rows[i].text);
		check_fault(&rows[i]);
	}
}

static void
test_windows(void)
{
	static const struct fault rows[] = {
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\"},", "ok",
	     NULL, 0},
	    {"\"sendWindow\":{\"start\":\"09:00\"},", "invalid_window",
	     "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"9:00\",\"end\":\"18:00\"},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"24:00\",\"end\":\"18:00\"},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"18:00\",\"end\":\"18:00\"},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"20:00\",\"end\":\"08:00\"},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"00:00\",\"end\":\"24:00\"},", "ok",
	     NULL, 0},
	    {"\"sendWindow\":{\"start\":\"00:00\",\"end\":\"24:01\"},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"00:00\",\"end\":\"23:60\"},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\",\"days\":["
	     "1,7]},",
	     "ok", NULL, 0},
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\",\"days\":"
	     "\"weekdays\"},",
	     "ok", NULL, 0},
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\",\"days\":"
	     "\"weekend\"},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\",\"days\":[]"
	     "},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\",\"days\":["
	     "0]},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\",\"days\":["
	     "8]},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\",\"days\":["
	     "\"1\"]},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\",\"days\":["
	     "1,1,1,1,1,1,1,1]},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\",\"days\":"
	     "null,\"recipientLocal\":null},",
	     "ok", NULL, 0},
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\","
	     "\"recipientLocal\":true},",
	     "ok", NULL, 0},
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\","
	     "\"recipientLocal\":\"sim\"},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":{\"start\":\"09:00\",\"end\":\"18:00\","
	     "\"timezone\":\"America/Bahia\"},",
	     "invalid_window", "sendWindow", -1},
	    {"\"sendWindow\":\"09:00-18:00\",", "wrong_type", "sendWindow", -1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_CODE(read_launch(rows[i].text, NULL, NULL), rows[i].code,
			   rows[i].text);
		check_fault(&rows[i]);
	}
}

static void
test_templates(void)
{
	static const struct fault rows[] = {
	    {"[]", "missing_field", "templates", -1},
	    {"null", "missing_field", "templates", -1},
	    {"{}", "wrong_type", "templates", -1},
	    {"[1]", "wrong_type", "templates[0]", -1},
	    {"[{\"text\":\"Oi\"}]", "missing_field", "templates[0].type", -1},
	    {"[{\"type\":\"\",\"text\":\"Oi\"}]", "missing_field",
	     "templates[0].type", -1},
	    {"[{\"type\":\"Texto\",\"text\":\"Oi\"}]", "unknown_template_type",
	     "templates[0].type", -1},
	    {"[{\"type\":\"sticker\"}]", "unknown_template_type",
	     "templates[0].type", -1},
	    {"[{\"type\":1}]", "wrong_type", "templates[0].type", -1},
	    {"[{\"type\":\"texto\"}]", "missing_field", "templates[0].text",
	     -1},
	    {"[{\"type\":\"texto\",\"text\":\"\"}]", "missing_field",
	     "templates[0].text", -1},
	    {"[{\"type\":\"texto\",\"text\":7}]", "wrong_type",
	     "templates[0].text", -1},
	    {"[{\"type\":\"texto\",\"text\":\"Oi\",\"mediaUrl\":\"\"}]", "ok",
	     NULL, 0},
	    {"[{\"type\":\"texto\",\"text\":\"Oi\",\"texto\":\"\"}]",
	     "unknown_field", "templates[0].texto", -1},
	    {"[{\"type\":\"imagem\"}]", "missing_media",
	     "templates[0].mediaUrl", -1},
	    {"[{\"type\":\"audio\",\"mediaUrl\":\"\"}]", "missing_media",
	     "templates[0].mediaUrl", -1},
	    {"[{\"type\":\"video\",\"mediaUrl\":null}]", "missing_media",
	     "templates[0].mediaUrl", -1},
	    {"[{\"type\":\"documento\",\"mediaUrl\":5}]", "wrong_type",
	     "templates[0].mediaUrl", -1},
	    {"[{\"type\":\"imagem\",\"mediaUrl\":\"http://a.com/b.png\"}]",
	     "invalid_media_url", "templates[0].mediaUrl", -1},
	    {"[{\"type\":\"imagem\",\"mediaUrl\":\"https://a.com/b.png\"}]",
	     "ok", NULL, 0},
	    {"[{\"type\":\"texto\",\"text\":\"{nomee}\"}]", "unknown_variable",
	     "templates[0].text", -1},
	    {"[{\"type\":\"texto\",\"text\":\"{nomee|voc\xc3\xaa}\"}]", "ok",
	     NULL, 0},
	    {"[{\"type\":\"texto\",\"text\":\"Oi\"},{\"type\":\"audio\","
	     "\"mediaUrl\":\"https://a.com/b.mp3\",\"text\":\"{x}\"}]",
	     "ok", NULL, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_CODE(read_launch(NULL, NULL, rows[i].text), rows[i].code,
			   rows[i].text);
		check_fault(&rows[i]);
	}
}

static void
test_contacts(void)
{
	static const struct fault rows[] = {
	    {"null", "missing_field", "contatos", -1},
	    {"[]", "no_valid_contact", "contatos", -1},
	    {"[ \\n ]", "invalid_json", NULL, 0},
	    {"{}", "wrong_type", "contatos", -1},
	    {"\"x\"", "wrong_type", "contatos", -1},
	    {"[1]", "wrong_type", "contatos[0]", 0},
	    {"[null]", "wrong_type", "contatos[0]", 0},
	    {"[{\"telefone\":\"1\",\"nome\":\"x\"}]", "no_valid_contact",
	     "contatos", -1},
	    {"[{\"telefone\":\"11987654321\",\"nome\":[]}]", "wrong_type",
	     "contatos[0].nome", 0},
	    {"[{\"telefone\":\"11987654321\",\"nome\":{}}]", "wrong_type",
	     "contatos[0].nome", 0},
	    {"[{\"telefone\":11987654321,\"nome\":99999999999999999999}]",
	     "wrong_type", "contatos[0].nome", 0},
	    {"[{\"telefone\":11987654321,\"nome\":\"x\"}]", "ok", NULL, 0},
	    {"[{\"telefone\":11987654321,\"nome\":1.5e3}]", "ok", NULL, 0},
	    {"[{\"telefone\":11987654321,\"nome\":0.0}]", "ok", NULL, 0},
	    {"[{\"telefone\":11987654321,\"nome\":1e999}]", "wrong_type",
	     "contatos[0].nome", 0},
	    {"[{\"telefone\":11987654321,\"nome\":1e-20000}]", "wrong_type",
	     "contatos[0].nome", 0},
	    {"[{\"telefone\":11987654321,\"nome\":1.}]", "invalid_json", NULL,
	     0},
	    {"[{\"telefone\":11987654321,\"nome\":true}]", "ok", NULL, 0},
	    {"[{\"telefone\":11987654321,\"nome\":\"x\"},{\"telefone\":"
	     "21987654321,\"nome\":\" \"}]",
	     "missing_variable", "contatos[1]", 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_CODE(read_launch(NULL, rows[i].text, NULL), rows[i].code,
			   rows[i].text);
		check_fault(&rows[i]);
	}
}

static void
test_good(void)
{
	struct dl_buf *text;

	CHECK_CODE(
	    read_launch(
		"\"publicTarget\":\"Clientes SP\",\"content\":\"Cupom\","
		"\"tempoMin\":5,\"tempoMax\":6,\"pacing\":\"instance\","
		"\"scheduledFor\":\"2026-11-27T12:00:00-03:00\","
		"\"expiresAt\":\"2026-11-28T12:00:00Z\",",
		"[ {\"telefone\":\"(11) 98765-4321\",\"nome\":\"Jo\xc3\xa3o\"} "
		", {\"telefone\":\"(11) 8765-4321\"} ]",
		"[{\"type\":\"texto\",\"text\":\"Oi {NOME|amigo}\"},"
		"{\"type\":\"documento\",\"mediaUrl\":"
		"\"https://a.com/x/tabela%20nova.PDF?v=1\"}]"),
	    "ok", "good");
	CU_ASSERT_EQUAL(problems.total, 0);
	DL_ASSERT_STR(request.campaign_name, DL_STR("Black Friday"));
	DL_ASSERT_STR(request.target_audience, DL_STR("Clientes SP"));
	DL_ASSERT_STR(request.creative, DL_STR("Cupom"));
	CU_ASSERT_EQUAL(request.n_instances, 2);
	DL_ASSERT_STR(request.instances[1], DL_STR("sp-02"));
	CU_ASSERT_EQUAL(request.delay_min_s, 5);
	CU_ASSERT_EQUAL(request.delay_max_s, 6);
	CU_ASSERT_TRUE(request.is_scheduled);
	CU_ASSERT_EQUAL(request.start_ms, request.scheduled_for_ms);
	CU_ASSERT_EQUAL(request.start_ms, NOW_MS + (3 * 24 + 3) * 3600000LL);
	CU_ASSERT_EQUAL(request.pacing, DL_PACING_INSTANCE);
	CU_ASSERT_EQUAL(request.n_templates, 2);
	DL_ASSERT_STR(request.templates[1].file_name,
		      DL_STR("tabela nova.PDF"));
	CU_ASSERT_EQUAL(request.n_contacts, 1);
	CU_ASSERT_EQUAL(request.duplicates_total, 1);
	CU_ASSERT_EQUAL(request.duplicates[0].index, 1);
	CU_ASSERT_EQUAL(request.duplicates[0].first_index, 0);
	DL_ASSERT_STR(request.duplicates[0].telefone, DL_STR("(11) 8765-4321"));
	DL_ASSERT_STR(dl_str_trim(request.contacts[0].json),
		      DL_STR("{\"telefone\":\"(11) "
			     "98765-4321\",\"nome\":\"Jo\xc3\xa3o\"}"));
	CU_ASSERT_STRING_EQUAL(request.contacts[0].phone.key, "5511987654321");
	text = dl_buf_create(arena, 1024);
	dl_launch_render(&request, 0, 0, text);
	DL_ASSERT_STR(dl_buf_str(text), DL_STR("Oi Jo\xc3\xa3o"));
}

static void
test_defaults(void)
{
	CHECK_CODE(read_launch(NULL, NULL, NULL), "ok", "defaults");
	CU_ASSERT_EQUAL(request.delay_min_s, 3);
	CU_ASSERT_EQUAL(request.delay_max_s, 8);
	CU_ASSERT_FALSE(request.is_scheduled);
	CU_ASSERT_EQUAL(request.start_ms, NOW_MS);
	CU_ASSERT_EQUAL(request.on_missing, DL_MISSING_REJECT);
	CU_ASSERT_EQUAL(request.pacing, DL_PACING_CAMPAIGN);
	CU_ASSERT_EQUAL(request.placeholders, DL_TEMPLATE_BRACES);
	CU_ASSERT_EQUAL(request.target_audience.len, 0);
	CU_ASSERT_EQUAL(request.expires_at_ms, 0);
	CU_ASSERT_EQUAL(request.send_window.len, 0);
	/* a little late is now */
	read_launch("\"scheduledFor\":\"2026-11-24T11:56:00Z\",", NULL, NULL);
	CU_ASSERT_EQUAL(request.start_ms, NOW_MS);
	CU_ASSERT_TRUE(request.is_scheduled);
}

/* The key may be spelt with escapes, and a name given twice counts once. */
static void
test_spellings(void)
{
	CHECK_CODE(
	    read_body("{\"campaignName\":\"contatos\",\"instances\":[\"a\","
		      "\"a\"],\"\\u0063ontatos\" : [ "
		      "{\"telefone\":\"11987654321\"} ],"
		      "\"templates\":[{\"type\":\"texto\",\"text\":\"]}\"}]}"),
	    "ok", "escaped key");
	CU_ASSERT_EQUAL(request.n_contacts, 1);
	CU_ASSERT_EQUAL(request.n_instances, 1);
}

static void
test_left_out(void)
{
	static const struct {
		const char *policy;
		const char *code;
		size_t n_contacts, rejected;
	} rows[] = {{"reject", "missing_variable", 0, 0},
		    {"blank", "ok", 3, 1},
		    {"skip", "ok", 2, 2}};

	for (size_t i = 0; i < 3; i++) {
		char options[64];

		snprintf(options, sizeof(options),
			 "\"onMissingVariable\":\"%s\",", rows[i].policy);
		CHECK_CODE(
		    read_launch(options,
				"[{\"telefone\":\"11987654321\",\"nome\":1.50},"
				"{\"telefone\":\"123\",\"nome\":\"Bia\"},"
				"{\"telefone\":\"11987654322\",\"nome\":null},"
				"{\"telefone\":\"11987654323\",\"nome\":\"C\"},"
				"{\"telefone\":\"11987654323\"}]",
				NULL),
		    rows[i].code, rows[i].policy);
		if (strcmp(rows[i].code, "ok") != 0)
			continue;
		CU_ASSERT_EQUAL(request.n_contacts, rows[i].n_contacts);
		CU_ASSERT_EQUAL(request.rejected_total, rows[i].rejected);
		CU_ASSERT_EQUAL(request.duplicates_total, 1);
		CU_ASSERT_EQUAL(request.rejected[0].index, 1);
		CU_ASSERT_EQUAL(request.rejected[0].code, DL_P_PHONE_SHORT);
		DL_ASSERT_STR(request.rejected[0].telefone, DL_STR("123"));
	}
	CU_ASSERT_EQUAL(request.rejected[1].index, 2);
	CU_ASSERT_EQUAL(request.rejected[1].code, DL_P_MISSING_VARIABLE);
	CU_ASSERT_EQUAL(request.contacts[1].index, 3);
}

/* A text that its template alone makes too long, and one that values do. */
static void
test_lengths(void)
{
	char text[5000], template[6000], contacts[6000];

	memset(text, 'x', sizeof(text));
	text[4097] = '\0';
	snprintf(template, sizeof(template),
		 "[{\"type\":\"texto\",\"text\":\"%s\"}]", text);
	CHECK_CODE(read_launch(NULL, NULL, template), "text_too_long", "4097");
	text[4096] = '\0';
	snprintf(template, sizeof(template),
		 "[{\"type\":\"texto\",\"text\":\"%s\"}]", text);
	CHECK_CODE(read_launch(NULL, NULL, template), "ok", "4096");
	text[1025] = '\0';
	snprintf(template, sizeof(template),
		 "[{\"type\":\"imagem\",\"mediaUrl\":\"https://a.com/b.png\","
		 "\"text\":\"%s\"}]",
		 text);
	CHECK_CODE(read_launch(NULL, NULL, template), "text_too_long", "1025");
	text[1024] = 'x';
	memset(text, 'x', 4094);
	text[4094] = '\0';
	snprintf(contacts, sizeof(contacts),
		 "[{\"telefone\":\"11987654321\",\"nome\":\"%s\"},"
		 "{\"telefone\":\"11987654322\",\"nome\":\"B\"}]",
		 text);
	CHECK_CODE(read_launch(NULL, contacts, NULL), "ok", "by its values");
	CU_ASSERT_EQUAL(request.n_contacts, 1);
	CU_ASSERT_EQUAL(request.rejected[0].code, DL_P_TEXT_TOO_LONG);
	text[201] = '\0';
	snprintf(template, sizeof(template), "\"publicTarget\":\"\",\"x\":0,");
	snprintf(contacts, sizeof(contacts),
		 "{\"campaignName\":\"%s\",\"instances\":[\"a\"],"
		 "\"contatos\":[{\"telefone\":\"11987654321\"}],"
		 "\"templates\":[{\"type\":\"texto\",\"text\":\"Oi\"}]}",
		 text);
	CHECK_CODE(read_body(contacts), "too_long", "201");
}

/* n times head, a number, tail, between brackets. */
static char *
repeat(const char *head, const char *tail, size_t n)
{
	size_t len = strlen(head) + strlen(tail) + 24;
	char *list = malloc(n * len + 3);
	size_t at = 1;

	list[0] = '[';
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(list + at, len, "%s%s%04zu%s",
				       i ? "," : "", head, i, tail);
	list[at] = ']';
	list[at + 1] = '\0';
	return list;
}

static void
test_limits(void)
{
	static const char phone[] = "{\"telefone\":\"1198765";
	static const char texts[] = "[{\"type\":\"texto\",\"text\":\"a\"},"
				    "{\"type\":\"texto\",\"text\":\"b\"}]";
	char *list, *contact;

	for (size_t n = 100; n <= 101; n++) {
		list = repeat(phone, "\"}", n);
		CHECK_CODE(
		    read_launch(NULL, list,
				"[{\"type\":\"texto\",\"text\":\"Oi\"}]"),
		    n == 100 ? "ok" : "too_many_contacts", "contacts");
		free(list);
	}
	list = repeat(phone, "\"}", 76);
	CHECK_CODE(read_launch(NULL, list, texts), "too_many_messages", "152");
	free(list);
	list = repeat("{\"type\":\"texto\",\"text\":\"", "\"}", 21);
	CHECK_CODE(read_launch(NULL, NULL, list), "too_many_items", "texts");
	free(list);
	list = repeat("\"k", "\":1", 101);
	list[0] = '{';
	list[strlen(list) - 1] = '}';
	contact = malloc(strlen(list) + 3);
	snprintf(contact, strlen(list) + 3, "[%s]", list);
	CHECK_CODE(read_launch(NULL, contact, NULL), "too_many_items", "keys");
	free(contact);
	free(list);
	list = repeat("\"i", "\"", 51);
	contact = malloc(strlen(list) + 200);
	snprintf(contact, strlen(list) + 200,
		 "{\"campaignName\":\"x\",\"instances\":%s,\"contatos\":[],"
		 "\"templates\":[]}",
		 list);
	CHECK_CODE(read_body(contact), "too_many_items", "instances");
	free(contact);
	free(list);
	/* what would blow a tree up is refused before one is built */
	list = repeat("{\"", "\":0}", 12000);
	contact = malloc(strlen(list) + 20);
	snprintf(contact, strlen(list) + 20, "{\"usarIA\":%s}", list);
	CHECK_CODE(read_body(contact), "too_many_items", "outside contatos");
	free(contact);
	free(list);
}

/* At most 100 faults are named, all are counted. */
static void
test_many_faults(void)
{
	struct dl_launch_limits more = limits;
	char *list = repeat("{\"telefone\":\"", "\",\"nome\":[]}", 100);
	const char *code = read_launch(NULL, list, NULL);

	CHECK_CODE(code, "wrong_type", "100 faults");
	CU_ASSERT_EQUAL(problems.n, 100);
	CU_ASSERT_EQUAL(problems.total, 100);
	free(list);
	list = repeat("{\"telefone\":\"", "\",\"nome\":[]}", 250);
	more.max_contacts = 1000;
	{
		char *body = strdup(launch(NULL, list, NULL));

		dl_arena_reset(arena);
		CU_ASSERT_EQUAL(dl_launch_request_read(arena, dl_str(body),
						       &more, NOW_MS, &request,
						       &problems),
				DL_P_WRONG_TYPE);
		free(body);
	}
	CU_ASSERT_EQUAL(problems.n, 100);
	CU_ASSERT_EQUAL(problems.total, 250);
	free(list);
}

/* A launch with n contacts and as many texts, under the settings' limits. */
static enum dl_problem_code
read_large(size_t n, size_t n_texts)
{
	static const struct dl_launch_limits full = {.max_contacts = 100000,
						     .max_messages = 300000,
						     .max_templates = 20,
						     .max_instances = 50,
						     .max_contact_keys = 100,
						     .max_delay_s = 86400,
						     .country_code = 55};
	struct dl_buf body;
	enum dl_problem_code code;

	dl_buf_init(&body, NULL, 32 << 20);
	dl_buf_puts(&body, "{\"campaignName\":\"x\",\"instances\":[\"a\"],"
			   "\"templates\":[");
	for (size_t i = 0; i < n_texts; i++)
		dl_buf_appendf(&body,
			       "%s{\"type\":\"texto\",\"text\":\"%zu "
			       "{nome}\"}",
			       i ? "," : "", i);
	dl_buf_puts(&body, "],\"contatos\":[");
	for (size_t i = 0; i < n; i++)
		dl_buf_appendf(&body,
			       "%s{\"telefone\":119%08zu,\"nome\":\"N%zu\","
			       "\"empresa\":\"Acme\"}",
			       i ? "," : "", i, i);
	dl_buf_puts(&body, "]}");
	CU_ASSERT_FALSE(dl_buf_failed(&body));
	dl_arena_reset(arena);
	code = dl_launch_request_read(arena, dl_buf_str(&body), &full, NOW_MS,
				      &request, &problems);
	dl_buf_clear(&body);
	return code;
}

/* The largest launch takes little memory: nothing is kept twice. */
static void
test_large(void)
{
	CU_ASSERT_EQUAL(read_large(100000, 3), DL_P_OK);
	CU_ASSERT_EQUAL(request.n_contacts, 100000);
	CU_ASSERT_TRUE(dl_arena_used(arena) < (size_t)64 << 20);
	CU_ASSERT_EQUAL(read_large(100001, 3), DL_P_TOO_MANY_CONTACTS);
	CU_ASSERT_EQUAL(read_large(100000, 4), DL_P_TOO_MANY_MESSAGES);
	dl_arena_reset(arena);
}

/* The limits are settings, and their defaults those of the documentation. */
static void
test_limits_of_settings(void)
{
	struct dl_settings settings;
	struct dl_launch_limits got;

	setenv("MAX_TEMPLATES", "7", 1);
	setenv("MEDIA_ALLOWED_HOSTS", "cdn.example.com", 1);
	unsetenv("MAX_CONTACTS");
	CU_ASSERT_EQUAL_FATAL(dl_settings_load(&settings, 0, stdout), DL_OK);
	got = dl_launch_limits_of(&settings);
	CU_ASSERT_EQUAL(got.max_contacts, 100000);
	CU_ASSERT_EQUAL(got.max_messages, 300000);
	CU_ASSERT_EQUAL(got.max_templates, 7);
	CU_ASSERT_EQUAL(got.max_instances, 50);
	CU_ASSERT_EQUAL(got.max_contact_keys, 100);
	CU_ASSERT_EQUAL(got.max_delay_s, 86400);
	CU_ASSERT_EQUAL(got.country_code, 55);
	DL_ASSERT_STR(got.media_allowed_hosts, DL_STR("cdn.example.com"));
	dl_settings_clear(&settings);
	unsetenv("MAX_TEMPLATES");
	unsetenv("MEDIA_ALLOWED_HOSTS");
}

/* Too little memory is the body's fault, never a crash. */
static void
test_arena_caps(void)
{
	static const char body[] =
	    "{\"campaignName\":\"x\",\"instances\":[\"a\"],\"contatos\":[{"
	    "\"telefone\":\"11987654321\",\"nome\":\"Ana\"},{\"telefone\":"
	    "\"1\"}],\"templates\":[{\"type\":\"imagem\",\"text\":\"{nome}\""
	    ",\"mediaUrl\":\"https://a.com/b\"}]}";
	bool has_passed = false;

	for (size_t cap = 0; cap < 200000; cap += cap < 4000 ? 16 : 1024) {
		struct dl_arena *small = dl_arena_create(cap);
		enum dl_problem_code code = dl_launch_request_read(
		    small, dl_str(body), &limits, NOW_MS, &request, &problems);

		CU_ASSERT_TRUE(code == DL_P_OK || !has_passed);
		has_passed = has_passed || code == DL_P_OK;
		if (code == DL_P_OK) {
			CU_ASSERT_EQUAL(request.n_instances, 1);
			CU_ASSERT_EQUAL(request.n_contacts, 1);
			DL_ASSERT_STR(request.rejected[0].telefone,
				      DL_STR("1"));
			DL_ASSERT_STR(request.templates[0].file_name,
				      DL_STR("b.jpg"));
			DL_ASSERT_STR(request.contacts[0].values[0],
				      DL_STR("Ana"));
		}
		dl_arena_destroy(small);
	}
	CU_ASSERT_TRUE(has_passed);
}

static const struct unit_test tests[] = {
    {"what is no JSON", test_not_json},
    {"a contact that is no JSON", test_contact_not_json},
    {"missing fields and wrong types", test_missing_fields},
    {"options", test_options},
    {"templates", test_templates},
    {"windows", test_windows},
    {"contacts", test_contacts},
    {"a good launch", test_good},
    {"defaults", test_defaults},
    {"spellings", test_spellings},
    {"who is left out", test_left_out},
    {"lengths", test_lengths},
    {"limits", test_limits},
    {"many faults", test_many_faults},
    {"the largest launch", test_large},
    {"limits from settings", test_limits_of_settings},
    {"too little memory", test_arena_caps},
};

UNIT_MAIN("launch_request", tests)
