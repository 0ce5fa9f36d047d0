/* SPDX-License-Identifier: MIT */
/* The answer to a launch: members, lists and its sentence. */
#include "config.h"

#include "base/json_in.h"
#include "domain/launch_answer.h"
#include "unit.h"

static json_object *
write_answer(struct dl_arena *arena, const struct dl_launch_answer *answer)
{
	struct dl_buf *buf = dl_buf_create(arena, 100000);
	json_object *tree;

	dl_launch_answer_write(answer, buf);
	CU_ASSERT_EQUAL_FATAL(dl_json_parse(arena, dl_buf_str(buf), &tree),
			      DL_JSON_OK);
	return tree;
}

static void
test_sentence(void)
{
	static const struct {
		int64_t total, suppressed, queued;
		const char *want;
	} rows[] = {
	    {200, 4, 196, "196 mensagens enfileiradas!"},
	    {2, 1, 1, "1 mensagem enfileirada!"},
	    {200, 4, 100,
	     "100 de 196 mensagens enfileiradas; o restante segue sozinho."},
	    {10, 0, 0,
	     "0 de 10 mensagens enfileiradas; o restante segue sozinho."},
	    {3, 3, 0,
	     "Nada a enviar: todos os contatos pediram para não receber "
	     "mensagens."},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_arena *arena = dl_arena_create(1 << 16);
		struct dl_launch_answer answer = {
		    .campaign_id = DL_STR("c"),
		    .status = DL_STR("pending"),
		    .total_messages = rows[i].total,
		    .suppressed = rows[i].suppressed,
		    .queued = rows[i].queued,
		};

		DL_ASSERT_STR(
		    dl_json_get_str(write_answer(arena, &answer), "message"),
		    dl_str(rows[i].want));
		dl_arena_destroy(arena);
	}
}

static void
test_members(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_launch_request *request =
	    dl_arena_alloc(arena, sizeof(*request));
	struct dl_launch_warning warning = {DL_STR("loja-sp-01"),
					    DL_STR("close")};
	struct dl_launch_answer answer = {
	    .campaign_id = DL_STR("0c5f0d7e-2222-4b1a-8f11-3b1c7e5a9002"),
	    .status = DL_STR("processing"),
	    .total_messages = 2,
	    .queued = 2,
	    .warnings = &warning,
	    .n_warnings = 1,
	    .has_slots = true,
	    .first_s = 1795474800,
	    .last_s = 1795474808,
	    .request = request,
	};
	json_object *tree, *first;

	request->n_duplicates = 1;
	request->duplicates_total = 7;
	request->duplicates[0] =
	    (struct dl_launch_duplicate){9, 2, DL_STR("11 9")};
	request->n_rejected = 1;
	request->rejected_total = 1;
	request->rejected[0] = (struct dl_launch_rejected){
	    17, DL_STR("190"), DL_P_PHONE_SHORT, "Faltam dígitos."};
	tree = write_answer(arena, &answer);
	CU_ASSERT_EQUAL(
	    json_object_get_int(dl_json_get(tree, "duplicates_total")), 7);
	first = json_object_array_get_idx(dl_json_get(tree, "duplicates"), 0);
	CU_ASSERT_EQUAL(json_object_get_int(dl_json_get(first, "first_index")),
			2);
	first = json_object_array_get_idx(dl_json_get(tree, "rejected"), 0);
	DL_ASSERT_STR(dl_json_get_str(first, "code"), DL_STR("phone_short"));
	DL_ASSERT_STR(dl_json_get_str(first, "telefone"), DL_STR("190"));
	first = json_object_array_get_idx(dl_json_get(tree, "warnings"), 0);
	DL_ASSERT_STR(dl_json_get_str(first, "state"), DL_STR("close"));
	DL_ASSERT_STR(dl_json_get_str(tree, "first_at"),
		      DL_STR("2026-11-23T23:00:00.000Z"));
	CU_ASSERT_TRUE(json_object_get_boolean(dl_json_get(tree, "success")));
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"sentence", test_sentence},
    {"members", test_members},
};

UNIT_MAIN("launch answer", tests)
