/* SPDX-License-Identifier: MIT */
/*
 * domain/reconcile, domain/seen_message, remote/evolution_find: whose a
 * message of Evolution's is, and the forms in which it comes.
 */
#include "config.h"

#include <stdio.h>

#include "base/json_in.h"
#include "domain/reconcile.h"
#include "remote/evolution.h"
#include "unit.h"

static struct dl_arena *arena;

/* Claims and messages are written in seconds from here. */
#define T0    1795474230
#define NONE  (-1)
#define WA    "@s.whatsapp.net"
#define MAX_N 4

struct row {
	const char *phone_key, *type, *text, *file;
	int claimed_s;
	bool is_sending, was_claimed_before;
	int settled_by; /* index of a message */
	bool may_be_there;
	int sent_before; /* 1 more than an index; 0: none */
};

struct seen {
	const char *jid, *alt, *type, *text, *file;
	int at_s;
	bool is_owned;
	const char *lid_owner;
};

struct scene {
	const char *name;
	int ahead_s;
	struct row rows[MAX_N];
	struct seen seen[MAX_N];
};

#define OLD "551187654321"  /* without its ninth digit */
#define NEW "5511987654321" /* the key of both spellings */
#define MSG(jid, at)                                                           \
	{                                                                      \
		jid, NULL, "texto", "oi", NULL, at, false, NULL                \
	}
#define ROW(at, by, there)                                                     \
	{                                                                      \
		NEW, "texto", "oi", NULL, at, false, false, by, there, 0       \
	}

static const struct scene scenes[] = {
    {"the same spelling", 0, {ROW(0, 0, true)}, {MSG(NEW WA, 3)}},
    {"without its ninth digit", 0, {ROW(0, 0, true)}, {MSG(OLD WA, 3)}},
    {"with a device", 0, {ROW(0, 0, true)}, {MSG(NEW ":12" WA, 3)}},
    {"the old suffix", 0, {ROW(0, 0, true)}, {MSG(NEW "@c.us", 3)}},
    {"another person", 0, {ROW(0, NONE, false)}, {MSG("5511987654322" WA, 3)}},
    {"a group", 0, {ROW(0, NONE, false)}, {MSG(NEW "@g.us", 3)}},
    {"Mexico loses a digit",
     0,
     {{"5215512345678", "texto", "oi", NULL, 0, false, false, 0, true, 0}},
     {MSG("525512345678" WA, 3)}},
    {"Argentina gains one",
     0,
     {{"541112345678", "texto", "oi", NULL, 0, false, false, 0, true, 0}},
     {MSG("5491112345678" WA, 3)}},

    {"a @lid whose owner is known",
     0,
     {ROW(0, 0, true)},
     {{"2399@lid", NULL, "texto", "oi", NULL, 3, false, NEW}}},
    {"a @lid with the phone beside it",
     0,
     {ROW(0, 0, true)},
     {{"2399@lid", OLD WA, "texto", "oi", NULL, 3, false, NULL}}},
    {"the phone with a @lid beside it",
     0,
     {ROW(0, 0, true)},
     {{NEW WA, "2399@lid", "texto", "oi", NULL, 3, false, NULL}}},
    {"a @lid of nobody known settles nothing, and forbids to send again",
     0,
     {ROW(0, NONE, true)},
     {MSG("2399@lid", 3)}},
    {"the same with another text does not",
     0,
     {ROW(0, NONE, false)},
     {{"2399@lid", NULL, "texto", "tchau", NULL, 3, false, NULL}}},
    {"a @lid of somebody else",
     0,
     {ROW(0, NONE, false)},
     {{"2399@lid", NULL, "texto", "oi", NULL, 3, false, "5511900000001"}}},

    {"another text to that person forbids to send again",
     0,
     {ROW(0, NONE, true)},
     {{NEW WA, NULL, "texto", "tchau", NULL, 3, false, NULL}}},
    {"but not where it is a row's",
     0,
     {ROW(0, NONE, false)},
     {{NEW WA, NULL, "texto", "tchau", NULL, 3, true, NULL}}},
    {"white space at the ends",
     0,
     {{NEW, "texto", " oi\n", NULL, 0, false, false, 0, true, 0}},
     {MSG(NEW WA, 3)}},
    {"the text as a caption",
     0,
     {ROW(0, NONE, true)},
     {{NEW WA, NULL, "imagem", "oi", NULL, 3, false, NULL}}},
    {"an image by its caption",
     0,
     {{NEW, "imagem", "veja", NULL, 0, false, false, 1, true, 0}},
     {{NEW WA, NULL, "imagem", "outra", NULL, 3, false, NULL},
      {NEW WA, NULL, "imagem", "veja", NULL, 3, false, NULL}}},
    {"an image without one",
     0,
     {{NEW, "imagem", "", NULL, 0, false, false, 0, true, 0}},
     {{NEW WA, NULL, "imagem", NULL, NULL, 3, false, NULL}}},
    {"a document by its name",
     0,
     {{NEW, "documento", "", "b.pdf", 0, false, false, 1, true, 0}},
     {{NEW WA, NULL, "documento", NULL, "a.pdf", 3, false, NULL},
      {NEW WA, NULL, "documento", NULL, "b.pdf", 3, false, NULL}}},
    {"a document by its caption",
     0,
     {{NEW, "documento", "x", "a.pdf", 0, false, false, 1, true, 0}},
     {{NEW WA, NULL, "documento", "y", "a.pdf", 3, false, NULL},
      {NEW WA, NULL, "documento", "x", "a.pdf", 3, false, NULL}}},
    {"a voice note has no text",
     0,
     {{NEW, "audio", "", NULL, 0, false, false, 0, true, 0}},
     {{NEW WA, NULL, "audio", NULL, NULL, 3, false, NULL}}},

    {"two minutes before", 0, {ROW(0, 0, true)}, {MSG(NEW WA, -120)}},
    {"a second more", 0, {ROW(0, NONE, false)}, {MSG(NEW WA, -121)}},
    {"twelve minutes later", 0, {ROW(0, 0, true)}, {MSG(NEW WA, 720)}},
    {"a second more", 0, {ROW(0, NONE, false)}, {MSG(NEW WA, 721)}},
    {"a clock an hour ahead", 3600, {ROW(0, 0, true)}, {MSG(NEW WA, 3605)}},
    {"a clock an hour behind", -3600, {ROW(0, 0, true)}, {MSG(NEW WA, -3595)}},
    {"not measured", 0, {ROW(0, NONE, false)}, {MSG(NEW WA, 3605)}},
    {"a key that is a row's",
     0,
     {ROW(0, NONE, false)},
     {{NEW WA, NULL, "texto", "oi", NULL, 3, true, NULL}}},

    {"two campaigns, one message: the older claim",
     0,
     {ROW(0, 0, true), ROW(60, NONE, true)},
     {MSG(NEW WA, 70)}},
    {"two messages: each has one, by age",
     0,
     {ROW(0, 1, true), ROW(60, 0, true)},
     {MSG(NEW WA, 70), MSG(NEW WA, 4)}},
    {"three messages for two rows",
     0,
     {ROW(0, 2, true), ROW(60, 1, true)},
     {MSG(NEW WA, 90), MSG(NEW WA, 70), MSG(NEW WA, 4)}},
    {"one message too early for the second",
     0,
     {ROW(0, 0, true), ROW(300, NONE, false)},
     {MSG(NEW WA, 4)}},
    {"one of them has an owner",
     0,
     {ROW(0, 1, true), ROW(60, NONE, true)},
     {{NEW WA, NULL, "texto", "oi", NULL, 4, true, NULL}, MSG(NEW WA, 66)}},
    {"another row is being sent: the one message may be its own",
     0,
     {ROW(0, NONE, true),
      {NEW, "texto", "oi", NULL, 60, true, false, NONE, true, 0}},
     {MSG(NEW WA, 62)}},
    {"of two the older is not",
     0,
     {ROW(0, 1, true),
      {NEW, "texto", "oi", NULL, 60, true, false, NONE, true, 0}},
     {MSG(NEW WA, 62), MSG(NEW WA, 4)}},
    {"sent before, and on its way again",
     0,
     {{NEW, "texto", "oi", NULL, 900, true, true, NONE, false, 1}},
     {MSG(NEW WA, 4)}},
    {"on its way for the first time: an older message is another's",
     0,
     {{NEW, "texto", "oi", NULL, 900, true, false, NONE, false, 0}},
     {MSG(NEW WA, 4)}},
};

static void
set_scene(const struct scene *scene, struct dl_reconcile_row *rows,
	  size_t *n_rows, struct dl_reconcile_seen *seen, size_t *n_seen)
{
	*n_rows = *n_seen = 0;
	for (size_t i = 0; i < MAX_N && scene->rows[i].phone_key; i++) {
		const struct row *from = &scene->rows[i];

		rows[(*n_rows)++] = (struct dl_reconcile_row){
		    .phone_key = dl_str(from->phone_key),
		    .type = dl_str(from->type),
		    .text = dl_str(from->text),
		    .file_name = dl_str(from->file),
		    .claimed_ms = ((int64_t)T0 + from->claimed_s) * 1000,
		    .is_sending = from->is_sending,
		    .was_claimed_before = from->was_claimed_before};
	}
	for (size_t i = 0; i < MAX_N && scene->seen[i].jid; i++) {
		const struct seen *from = &scene->seen[i];

		seen[(*n_seen)++] = (struct dl_reconcile_seen){
		    .message = {.key = dl_str("K"),
				.jids = {dl_str(from->jid), dl_str(from->alt)},
				.type = dl_str(from->type),
				.text = dl_str(from->text),
				.file_name = dl_str(from->file),
				.at_ms = ((int64_t)T0 + from->at_s) * 1000},
		    .lid_owner = dl_str(from->lid_owner),
		    .is_owned = from->is_owned};
	}
}

static void
test_scenes(void)
{
	struct dl_reconcile_row rows[MAX_N];
	struct dl_reconcile_seen seen[MAX_N];
	size_t n_rows, n_seen;

	for (size_t s = 0; s < sizeof(scenes) / sizeof(scenes[0]); s++) {
		const struct scene *scene = &scenes[s];

		set_scene(scene, rows, &n_rows, seen, &n_seen);
		dl_reconcile(rows, n_rows, seen, n_seen,
			     (int64_t)scene->ahead_s * 1000);
		for (size_t i = 0; i < n_rows; i++) {
			const struct row *want = &scene->rows[i];
			int by = rows[i].settled_by == DL_RECONCILE_NONE
				     ? NONE
				     : (int)rows[i].settled_by;
			int before = rows[i].sent_before == DL_RECONCILE_NONE
					 ? 0
					 : (int)rows[i].sent_before + 1;

			if (by != want->settled_by ||
			    rows[i].may_be_there != want->may_be_there ||
			    before != want->sent_before)
				printf("\n%s: row %zu: %d %d %d\n", scene->name,
				       i, by, rows[i].may_be_there, before);
			CU_ASSERT_EQUAL(by, want->settled_by);
			CU_ASSERT_EQUAL(rows[i].may_be_there,
					want->may_be_there);
			CU_ASSERT_EQUAL(before, want->sent_before);
		}
	}
}

static void
test_keys(void)
{
	static const struct {
		const char *jid;
		const char *keys[DL_RECONCILE_KEYS];
	} cases[] = {
	    {"551187654321" WA, {"5511987654321", NULL}},
	    {"551132654321" WA, {"551132654321", NULL}},
	    {"5215512345678" WA, {"5215512345678", "525512345678"}},
	    {"525512345678" WA, {"525512345678", "5215512345678"}},
	    {"541112345678" WA, {"541112345678", "5491112345678"}},
	    {"14155552671" WA, {"14155552671", NULL}},
	    {"2399@lid", {NULL, NULL}},
	    {"120363@g.us", {NULL, NULL}},
	    {"", {NULL, NULL}},
	    {"1234567890123456" WA, {NULL, NULL}},
	};
	char keys[DL_RECONCILE_KEYS][DL_PHONE_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = dl_reconcile_keys(dl_str(cases[i].jid), keys);

		for (size_t k = 0; k < DL_RECONCILE_KEYS; k++)
			DL_ASSERT_STR(dl_str(k < n ? keys[k] : NULL),
				      dl_str(cases[i].keys[k]));
	}
}

/* --------------------------------------------------------------- messages */

static bool
read_message(const char *json, struct dl_seen_message *m)
{
	return dl_seen_message_read(dl_json_parse_lenient(arena, dl_str(json)),
				    m);
}

#define KEY "\"key\":{\"remoteJid\":\"1@lid\",\"fromMe\":true,\"id\":\"K\"}"
#define AT  ",\"messageTimestamp\":7"

static void
test_messages(void)
{
	static const struct {
		const char *json, *type, *text, *file;
	} cases[] = {
	    {"{" KEY AT ",\"message\":{\"conversation\":\"oi\"}}", "texto",
	     "oi", ""},
	    {"{" KEY ",\"messageTimestamp\":\"7\",\"message\":{"
	     "\"extendedTextMessage\":{\"text\":\"oi\"}}}",
	     "texto", "oi", ""},
	    {"{" KEY ",\"messageTimestamp\":{\"low\":7,\"high\":0},\"message\":"
	     "{\"imageMessage\":{\"caption\":\"c\"}}}",
	     "imagem", "c", ""},
	    {"{" KEY AT ",\"message\":{\"documentWithCaptionMessage\":{"
	     "\"message\":{\"documentMessage\":{\"caption\":\"c\","
	     "\"fileName\":\"a.pdf\"}}}}}",
	     "documento", "c", "a.pdf"},
	    {"{" KEY AT ",\"message\":{\"audioMessage\":{\"ptt\":true}}}",
	     "audio", "", ""},
	    {"{" KEY AT ",\"message\":{\"pollCreationMessageV3\":{}}}", "", "",
	     ""},
	    {"{" KEY AT "}", "", "", ""},
	    {"{" KEY AT ",\"message\":{\"conversation\":\"a\\u0000b\"}}", "",
	     "", ""},
	};
	struct dl_seen_message m, again;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dl_buf *text = dl_buf_create(arena, 4096);

		CU_ASSERT_TRUE_FATAL(read_message(cases[i].json, &m));
		DL_ASSERT_STR(m.key, DL_STR("K"));
		DL_ASSERT_STR(m.type, dl_str(cases[i].type));
		DL_ASSERT_STR(m.text, dl_str(cases[i].text));
		DL_ASSERT_STR(m.file_name, dl_str(cases[i].file));
		CU_ASSERT_EQUAL(m.at_ms, 7000);
		DL_ASSERT_STR(dl_seen_message_lid(arena, &m), DL_STR("1@lid"));
		/* What is kept reads the same. */
		m = dl_seen_message_copy(arena, &m);
		dl_seen_message_write(&m, text);
		CU_ASSERT_TRUE_FATAL(read_message(dl_buf_cstr(text), &again));
		DL_ASSERT_STR(again.type, m.type);
		DL_ASSERT_STR(again.text, m.text);
		DL_ASSERT_STR(again.file_name, m.file_name);
		DL_ASSERT_STR(again.jids[0], m.jids[0]);
		CU_ASSERT_EQUAL(again.at_ms, m.at_ms);
	}
}

static void
test_others_messages(void)
{
	static const char *const cases[] = {
	    "null",
	    "{}",
	    "{" KEY "}",
	    "{" KEY ",\"messageTimestamp\":-1}",
	    "{\"key\":{\"id\":\"K\",\"fromMe\":false}" AT "}",
	    "{\"key\":{\"id\":\"\",\"fromMe\":true}" AT "}",
	    "{\"key\":{\"id\":7,\"fromMe\":true}" AT "}",
	    "{\"key\":{\"id\":\"K\"}" AT "}",
	};
	struct dl_seen_message m;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CU_ASSERT_FALSE(read_message(cases[i], &m));
}

static void
test_found(void)
{
	struct dl_evolution_found found;
	const char *page =
	    "{\"messages\":{\"total\":3,\"pages\":2,\"currentPage\":1,"
	    "\"records\":[{" KEY AT ",\"message\":{\"conversation\":\"a\"}},"
	    "{\"key\":{\"id\":\"X\",\"fromMe\":false},"
	    "\"messageTimestamp\":5}]}}";

	CU_ASSERT_TRUE(dl_evolution_read_found(arena, dl_str(page), 1, &found));
	CU_ASSERT_EQUAL(found.n, 1);
	CU_ASSERT_FALSE(found.is_last);
	CU_ASSERT_EQUAL(found.oldest_ms, 5000);
	CU_ASSERT_TRUE(dl_evolution_read_found(arena, dl_str(page), 2, &found));
	CU_ASSERT_TRUE(found.is_last);
	/* version 1 */
	CU_ASSERT_TRUE(dl_evolution_read_found(arena, dl_str("[{" KEY AT "}]"),
					       1, &found));
	CU_ASSERT_EQUAL(found.n, 1);
	CU_ASSERT_TRUE(found.is_last);
	CU_ASSERT_TRUE(dl_evolution_read_found(
	    arena, dl_str("{\"messages\":{\"records\":[]}}"), 1, &found));
	CU_ASSERT_TRUE(found.is_last);
	CU_ASSERT_FALSE(
	    dl_evolution_read_found(arena, dl_str("<html>"), 1, &found));
	CU_ASSERT_FALSE(
	    dl_evolution_read_found(arena, dl_str("{}"), 1, &found));
}

static const struct unit_test tests[] = {
    {"whose a message is", test_scenes},
    {"keys of an address", test_keys},
    {"messages as they come", test_messages},
    {"what is no message of ours", test_others_messages},
    {"pages of findMessages", test_found},
};

int
main(void)
{
	int status;

	arena = dl_arena_create(1 << 20);
	status =
	    unit_main("reconcile", tests, sizeof(tests) / sizeof(tests[0]));
	dl_arena_destroy(arena);
	return status;
}
