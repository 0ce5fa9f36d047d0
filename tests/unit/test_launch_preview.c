/* SPDX-License-Identifier: MIT */
/* A preview: durations in words, and what a plan is told as. */
#include "config.h"

#include <stdio.h>

#include "base/json_in.h"
#include "domain/duration_words.h"
#include "domain/launch_preview.h"
#include "unit.h"

/* 2026-11-24T12:00:00Z */
#define NOW_MS INT64_C(1795521600000)

static void
test_duration(void)
{
	static const struct {
		int64_t seconds;
		const char *want;
	} rows[] = {
	    {-5, "menos de 1 minuto"},
	    {0, "menos de 1 minuto"},
	    {59, "menos de 1 minuto"},
	    {60, "cerca de 1 minuto"},
	    {89, "cerca de 1 minuto"},
	    {90, "cerca de 2 minutos"},
	    {545, "cerca de 9 minutos"},
	    {3569, "cerca de 59 minutos"},
	    {3570, "cerca de 1 hora"},
	    {3600, "cerca de 1 hora"},
	    {3750, "cerca de 1 hora e 5 minutos"},
	    {8100, "cerca de 2 horas e 15 minutos"},
	    {55000, "cerca de 15 horas e 15 minutos"},
	    {86249, "cerca de 23 horas e 55 minutos"},
	    {86250, "1 dia"},
	    {86400, "1 dia"},
	    {90000, "1 dia e 1 hora"},
	    {97200, "1 dia e 3 horas"},
	    {172799, "2 dias"},
	    {176400, "2 dias e 1 hora"},
	    {2590199, "29 dias e 23 horas"},
	    {2592000, "30 dias"},
	    {2635200, "31 dias"},
	    {INT64_MAX, "106751991167301 dias"},
	};
	char words[DL_DURATION_WORDS_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		DL_ASSERT_STR(dl_str(dl_duration_words(rows[i].seconds, words)),
			      dl_str(rows[i].want));
}

static int64_t
least(void *ctx, int64_t low, int64_t high)
{
	(void)ctx;
	(void)high;
	return low;
}

struct fixture {
	struct dl_arena *arena;
	struct dl_launch_request *request;
	struct dl_problem_list *problems;
	struct dl_launch_plan plan;
	enum dl_problem_code code;
};

/* Reads body and plans it; nobody but the second key has opted out. */
static void
prepare(struct fixture *f, const char *body)
{
	static const struct dl_launch_limits limits = {.max_contacts = 100,
						       .max_messages = 300,
						       .max_templates = 20,
						       .max_instances = 50,
						       .max_contact_keys = 100,
						       .max_delay_s = 86400,
						       .country_code = 55};
	const struct dl_str opted_out = DL_STR("5511900000002");
	struct dl_error err = {0};

	f->arena = dl_arena_create((size_t)64 << 20);
	f->request = dl_arena_alloc(f->arena, sizeof(*f->request));
	f->problems = dl_arena_alloc(f->arena, sizeof(*f->problems));
	f->code = dl_launch_request_read(f->arena, dl_str(body), &limits,
					 NOW_MS, f->request, f->problems);
	CU_ASSERT_EQUAL_FATAL(dl_launch_plan_make(f->arena, f->request,
						  &opted_out, 1, NULL, NOW_MS,
						  least, NULL, &f->plan, &err),
			      DL_OK);
}

static json_object *
write_preview(struct fixture *f, enum dl_problem_code refusal)
{
	struct dl_launch_preview preview = {
	    .refusal = refusal, .request = f->request, .plan = &f->plan};
	struct dl_buf *buf = dl_buf_create(f->arena, 1000000);
	json_object *tree;

	dl_launch_preview_write(&preview, f->arena, buf);
	CU_ASSERT_EQUAL_FATAL(dl_json_parse(f->arena, dl_buf_str(buf), &tree),
			      DL_JSON_OK);
	return tree;
}

/* The value at a path of names and indexes, as JSON: "lanes.0.messages". */
static const char *
at(json_object *tree, const char *path)
{
	struct dl_str rest = dl_str(path);

	while (rest.ptr && tree) {
		struct dl_str step = dl_str_cut(&rest, '.');
		char name[64];
		int64_t i;

		snprintf(name, sizeof(name), "%.*s", (int)step.len, step.ptr);
		tree = dl_str_to_int64(step, &i)
			   ? json_object_array_get_idx(tree, (size_t)i)
			   : dl_json_get(tree, name);
	}
	return json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN);
}

#define CHECK_AT(tree, path, want)                                             \
	DL_ASSERT_STR(dl_str(at((tree), (path))), dl_str(want))

#define HEAD                                                                   \
	"{\"campaignName\":\"x\",\"instances\":[\"a\",\"b\"],\"tempoMin\":60," \
	"\"tempoMax\":60,"
/* 0 and 6 are one; 1 is short, 2 has opted out, 3 and 4 lack values. */
#define CONTACTS                                                               \
	"\"contatos\":[{\"telefone\":\"11900000001\",\"nome\":\"Ana\","        \
	"\"x\":1},{\"telefone\":\"1190000\"},"                                 \
	"{\"telefone\":\"11900000002\",\"nome\":\"Zé\",\"x\":2},"             \
	"{\"telefone\":\"11900000003\",\"x\":\" \"},"                          \
	"{\"telefone\":\"11900000004\",\"nome\":\"Bia\"},"                     \
	"{\"telefone\":\"11900000005\",\"nome\":\"Eva\",\"x\":5},"             \
	"{\"telefone\":\"(11) 90000-0001\"}],"                                 \
	"\"templates\":[{\"type\":\"texto\",\"text\":\"Oi {nome} {x} "         \
	"{nome}\"},{\"type\":\"imagem\",\"text\":\"{x|-}{telefone}\","         \
	"\"mediaUrl\":\"https://a.com/b.png\"}]}"

static void
test_blank(void)
{
	struct fixture f = {0};
	json_object *tree;

	prepare(&f, HEAD "\"onMissingVariable\":\"blank\"," CONTACTS);
	CU_ASSERT_EQUAL(f.code, DL_P_OK);
	tree = write_preview(&f, DL_P_OK);
	CHECK_AT(tree, "would_launch", "true");
	CHECK_AT(tree, "problem", "null");
	CHECK_AT(tree, "accepted", "{\"contacts\":4,\"messages\":8}");
	CHECK_AT(tree, "total_messages", "10");
	CHECK_AT(tree, "rejected_by_code", "{\"phone_short\":1}");
	CHECK_AT(tree, "duplicates.0.first_index", "0");
	CHECK_AT(tree, "suppressed", "2");
	CHECK_AT(tree, "suppressed_contacts", "1");
	CHECK_AT(tree, "suppressed_indexes", "[2]");
	CHECK_AT(tree, "missing",
		 "[{\"index\":3,\"names\":[\"nome\",\"x\"]},"
		 "{\"index\":4,\"names\":[\"x\"]}]");
	CHECK_AT(tree, "missing_total", "2");
	CHECK_AT(tree, "samples.0.messages.0",
		 "{\"index\":0,\"telefone\":\"55119****0001\","
		 "\"text\":\"Oi Ana 1 Ana\"}");
	CHECK_AT(tree, "samples.0.messages.1.index", "3");
	CHECK_AT(tree, "samples.0.messages.1.text", "\"Oi   \"");
	CHECK_AT(tree, "samples.1.fileName", "\"b.png\"");
	CHECK_AT(tree, "samples.1.messages.3.text", "\"511900000005\"");
	CHECK_AT(tree, "samples.1.messages.4", "null");
	CHECK_AT(tree, "lanes.0",
		 "{\"instance_name\":\"a\",\"messages\":4,"
		 "\"first_at\":\"2026-11-24T12:00:00.000Z\","
		 "\"last_at\":\"2026-11-24T12:05:00.000Z\"}");
	CHECK_AT(tree, "lanes.1.messages", "4");
	CHECK_AT(tree, "lanes.1.first_at", "\"2026-11-24T12:02:00.000Z\"");
	CHECK_AT(tree, "last_at", "\"2026-11-24T12:07:00.000Z\"");
	CHECK_AT(tree, "duration_s", "420");
	CHECK_AT(tree, "duration", "\"cerca de 7 minutos\"");
	CHECK_AT(tree, "message",
		 "\"8 mensagens em cerca de 7 minutos. Nada foi gravado nem "
		 "enviado.\"");
	dl_arena_destroy(f.arena);
}

static void
test_skip(void)
{
	struct fixture f = {0};
	json_object *tree;

	prepare(&f, HEAD "\"onMissingVariable\":\"skip\"," CONTACTS);
	CU_ASSERT_EQUAL(f.code, DL_P_OK);
	tree = write_preview(&f, DL_P_OK);
	CHECK_AT(tree, "accepted", "{\"contacts\":2,\"messages\":4}");
	CHECK_AT(tree, "rejected_by_code",
		 "{\"missing_variable\":2,\"phone_short\":1}");
	CHECK_AT(tree, "missing.1.names", "[\"x\"]");
	CHECK_AT(tree, "samples.0.messages.1.text", "\"Oi Eva 5 Eva\"");
	dl_arena_destroy(f.arena);
}

static void
test_reject(void)
{
	struct fixture f = {0};
	json_object *tree;

	prepare(&f, HEAD CONTACTS);
	CU_ASSERT_EQUAL(f.code, DL_P_MISSING_VARIABLE);
	CU_ASSERT_EQUAL(f.request->missing_refused, 2);
	CU_ASSERT_EQUAL(f.problems->total, 2);
	tree = write_preview(&f, DL_P_MISSING_VARIABLE);
	CHECK_AT(tree, "would_launch", "false");
	CHECK_AT(tree, "problem.code", "\"missing_variable\"");
	CHECK_AT(tree, "problem.status", "422");
	CHECK_AT(tree, "accepted", "{\"contacts\":0,\"messages\":0}");
	CHECK_AT(tree, "total_messages", "0");
	CHECK_AT(tree, "missing.0.names", "[\"nome\",\"x\"]");
	CHECK_AT(tree, "lanes.0.messages", "0");
	CHECK_AT(tree, "lanes.0.first_at", "null");
	CHECK_AT(tree, "first_at", "null");
	CHECK_AT(tree, "duration", "null");
	CHECK_AT(tree, "message",
		 "\"O envio seria recusado. Nada foi gravado nem enviado.\"");
	dl_arena_destroy(f.arena);
}

static void
test_all_opted_out(void)
{
	struct fixture f = {0};
	json_object *tree;

	prepare(&f, HEAD "\"contatos\":[{\"telefone\":\"11900000002\"}],"
			 "\"templates\":[{\"type\":\"texto\",\"text\":\"a\"}]"
			 "}");
	tree = write_preview(&f, DL_P_OK);
	CHECK_AT(tree, "accepted", "{\"contacts\":0,\"messages\":0}");
	CHECK_AT(tree, "total_messages", "1");
	CHECK_AT(tree, "suppressed", "1");
	CHECK_AT(tree, "samples.0.messages", "[]");
	CHECK_AT(tree, "first_at", "null");
	dl_arena_destroy(f.arena);
}

static const struct unit_test tests[] = {
    {"durations in words", test_duration},
    {"gaps are left blank", test_blank},
    {"contacts are skipped", test_skip},
    {"the launch would be refused", test_reject},
    {"all opted out", test_all_opted_out},
};

UNIT_MAIN("launch preview", tests)
