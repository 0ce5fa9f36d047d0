/* SPDX-License-Identifier: MIT */
/* A campaign's state in a person's words. */
#include "config.h"

#include "unit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "cli/progress.h"

static void
lines(void)
{
	static const struct {
		const char *status;
		int bar_width;
		const char *want;
	} rows[] = {
	    {"{\"status\":\"processing\",\"total_messages\":200,"
	     "\"percent\":45.25,\"counts\":{\"sent\":88,\"failed\":2},"
	     "\"rate_per_min\":11.6,\"eta_from\":\"2026-11-24T12:00:40Z\","
	     "\"eta_to\":\"2026-11-24T12:01:00Z\"}",
	     10,
	     "[####------] 45,3% de 200, 88 enviadas, 2 falhas, 12/min, "
	     "faltam 40 s a 60 s"},
	    {"{\"status\":\"processing\",\"total_messages\":9,\"percent\":0,"
	     "\"counts\":{},\"rate_per_min\":null,"
	     "\"eta_from\":\"2026-11-24T12:45:35Z\","
	     "\"eta_to\":\"2026-11-24T12:45:40Z\"}",
	     0, "0,0% de 9, 0 enviadas, 0 falhas, faltam ~46 min"},
	    {"{\"status\":\"paused\",\"total_messages\":9,\"percent\":50,"
	     "\"counts\":{\"sent\":4},\"eta_from\":\"2026-11-24T11:59:00Z\","
	     "\"eta_to\":\"2026-11-24T15:07:00Z\"}",
	     0,
	     "50,0% de 9, 4 enviadas, 0 falhas, pausada, termina em até 3h07"},
	    {"{\"status\":\"completed\",\"total_messages\":9,\"percent\":100,"
	     "\"counts\":{\"sent\":9},\"eta_to\":\"2026-11-24T15:07:00Z\"}",
	     4, "[####] 100,0% de 9, 9 enviadas, 0 falhas, conclu\303\255da"},
	    {"{\"status\":\"processing\",\"total_messages\":9,\"percent\":1,"
	     "\"counts\":{},\"eta_from\":\"2026-11-24T10:00:00Z\","
	     "\"eta_to\":\"2026-11-24T11:00:00Z\"}",
	     0, "1,0% de 9, 0 enviadas, 0 falhas"},
	    {"{\"status\":\"processing\",\"total_messages\":9,\"percent\":1,"
	     "\"counts\":{},\"lanes\":[{\"is_parked\":true},"
	     "{\"is_parked\":false,\"capped_until\":\"2026-11-25T03:00:00Z\"},"
	     "{\"is_parked\":true,\"capped_until\":null}]}",
	     0,
	     "1,0% de 9, 0 enviadas, 0 falhas, 2 números parados, 1 no "
	     "limite do dia"},
	    {"{}", 2, "[--] 0,0% de 0, 0 enviadas, 0 falhas, "},
	};
	struct dl_arena *arena = dl_arena_create(1 << 20);
	int64_t now_ms;

	CU_ASSERT_TRUE(dl_clock_parse(DL_STR("2026-11-24T12:00:00Z"), &now_ms));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_buf *line = dl_buf_create(arena, 1000);
		json_object *status =
		    dl_json_parse_lenient(arena, dl_str(rows[i].status));

		cli_progress_line(line, status, rows[i].bar_width, now_ms);
		DL_ASSERT_STR(dl_buf_str(line), dl_str(rows[i].want));
	}
	dl_arena_destroy(arena);
}

static void
report(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	json_object *status = dl_json_parse_lenient(
	    arena,
	    DL_STR("{\"campaign_id\":\"1\",\"name\":\"Natal\","
		   "\"status\":\"failed\",\"status_reason\":\"nada saiu\","
		   "\"total_messages\":3,\"counts\":{\"failed\":2,"
		   "\"suppressed\":1},\"top_errors\":[{\"code\":\"x\","
		   "\"count\":2,\"message\":\"Sem WhatsApp.\","
		   "\"action\":\"Confira.\"}],\"lanes\":[{"
		   "\"instance_name\":\"loja\",\"is_parked\":true,"
		   "\"parked_until\":\"amanha\","
		   "\"reason\":\"fechada\"},{\"instance_name\":\"b\","
		   "\"is_parked\":false,\"parked_until\":null},{"
		   "\"instance_name\":\"c\",\"is_parked\":true,"
		   "\"parked_until\":null,\"state\":\"close\"},{"
		   "\"instance_name\":\"d\",\"daily_cap\":50,"
		   "\"capped_until\":\"depois\"}],"
		   "\"eta_from\":\"cedo\",\"eta_to\":\"tarde\"}"));
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	cli_progress_report(out, status);
	fclose(out);
	DL_ASSERT_STR(dl_str(text),
		      DL_STR("Natal (1): falhou\n"
			     "Motivo: nada saiu\n"
			     "       3  mensagens\n"
			     "       0  enviadas\n"
			     "       2  falhas\n"
			     "       1  suprimidas\n"
			     "Término previsto: entre cedo e tarde\n"
			     "Erros mais comuns:\n"
			     "       2  Sem WhatsApp. (x)\n"
			     "          Confira.\n"
			     "N\303\272mero loja parado at\303"
			     "\251 amanha: fechada\n"
			     "Número c parado até a "
			     "instância abrir: close\n"
			     "Número d no limite de hoje (50 "
			     "mensagens); o que não cabe segue "
			     "em depois\n"));
	free(text);
	text = NULL;
	out = open_memstream(&text, &len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	cli_progress_report(
	    out, dl_json_parse_lenient(
		     arena, DL_STR("{\"status\":\"processing\","
				   "\"eta_from\":\"cedo\",\"eta_to\":null}")));
	fclose(out);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Término previsto: não antes de "
					    "cedo; depende dos números "
					    "parados\n"));
	free(text);
	dl_arena_destroy(arena);
}

static void
final_states(void)
{
	static const struct {
		const char *status;
		bool is_final;
	} rows[] = {
	    {"{\"status\":\"pending\"}", false},
	    {"{\"status\":\"processing\"}", false},
	    {"{\"status\":\"paused\"}", false},
	    {"{\"status\":\"completed\"}", true},
	    {"{\"status\":\"failed\"}", true},
	    {"{\"status\":\"cancelled\"}", true},
	    {"{\"status\":\"new\"}", false},
	    {"{}", false},
	};
	struct dl_arena *arena = dl_arena_create(1 << 20);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(cli_progress_is_final(dl_json_parse_lenient(
				    arena, dl_str(rows[i].status))),
				rows[i].is_final);
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"lines", lines},
    {"report", report},
    {"final states", final_states},
};

UNIT_MAIN("cli_progress", tests)
