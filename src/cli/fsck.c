/* SPDX-License-Identifier: MIT */
/*
 * disparalead fsck: whether counters, states and tenants of the whole database
 * add up, one campaign at a time, so that memory does not grow with them.
 */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "cli/cli.h"

/* Ids of one statement. */
#define MAX_CAMPAIGNS 500
/* Differences of one campaign that are named; the others are counted. */
#define MAX_LINES 1000
/* One line of JSON: a text of the database is a counter, a uuid or a name. */
#define LINE_BYTES (64 * 1024)

struct fsck {
	struct cli *cli;
	struct dl_arena *campaign_arena; /* reset after each campaign */
	bool is_json;
	bool repairs;
	int64_t campaigns, differences, repaired;
};

static int
help(void)
{
	fputs(
	    "uso: disparalead fsck [--repair] [--json]\n\n"
	    "Confere o banco inteiro: contadores contra mensagens, estado das\n"
	    "campanhas, empresa de cada mensagem. Imprime cada diferença.\n\n"
	    "  --repair  corrige os contadores (só eles), campanha a "
	    "campanha,\n"
	    "            e registra no diário o que fez\n"
	    "  --json    uma linha de JSON por diferença e uma no fim\n\n"
	    "Saída: 0 tudo certo, ou tudo corrigido; 1 resta diferença.\n",
	    stdout);
	return CLI_OK;
}

static bool
call(struct fsck *f, struct dl_arena *arena, enum dl_statement statement,
     const char *const *params, PGresult **rows, int *status)
{
	struct dl_error err = {0};

	if (dl_db_call(f->cli->pool, arena, NULL, true, statement, params, rows,
		       &err) == DL_OK)
		return true;
	*status = cli_fail(&err);
	return false;
}

/* ----------------------------------------------------------------- output */

static void
print_json(const struct fsck *f, const char *campaign, int64_t invariant,
	   const PGresult *rows, int row, bool is_repaired)
{
	struct dl_json_out out;
	struct dl_buf *text = dl_buf_create(f->campaign_arena, LINE_BYTES);

	dl_json_begin(&out, text);
	dl_json_object_begin(&out);
	dl_json_member_text(&out, "campaign_id", campaign);
	dl_json_member_int(&out, "invariant", invariant);
	dl_json_member_str(&out, "what", dl_db_text(rows, row, "what"));
	dl_json_member_str(&out, "recorded", dl_db_text(rows, row, "recorded"));
	dl_json_member_str(&out, "counted", dl_db_text(rows, row, "counted"));
	dl_json_member_bool(&out, "repaired", is_repaired);
	dl_json_object_end(&out);
	puts(dl_buf_cstr(text));
}

static void
print_line(const struct fsck *f, const char *campaign, int64_t invariant,
	   const PGresult *rows, int row, bool is_repaired)
{
	const char *recorded = dl_db_cstr(rows, row, "recorded");
	const char *counted = dl_db_cstr(rows, row, "counted");

	if (f->is_json) {
		print_json(f, campaign, invariant, rows, row, is_repaired);
		return;
	}
	printf("%s: invariante %" PRId64 ": %s: registrado %s, contado %s%s\n",
	       campaign, invariant, dl_db_cstr(rows, row, "what"),
	       recorded ? recorded : "-", counted ? counted : "-",
	       is_repaired ? ": corrigido" : "");
}

static void
print_end(const struct fsck *f, int64_t ms)
{
	struct dl_json_out out;
	struct dl_buf *text;

	if (!f->is_json) {
		printf("%" PRId64 " campanhas, %" PRId64 " diferenças, %" PRId64
		       " corrigidas\n",
		       f->campaigns, f->differences, f->repaired);
		return;
	}
	text = dl_buf_create(f->campaign_arena, LINE_BYTES);
	dl_json_begin(&out, text);
	dl_json_object_begin(&out);
	dl_json_member_int(&out, "campaigns", f->campaigns);
	dl_json_member_int(&out, "differences", f->differences);
	dl_json_member_int(&out, "repaired", f->repaired);
	dl_json_member_int(&out, "ms", ms);
	dl_json_object_end(&out);
	puts(dl_buf_cstr(text));
}

/* ------------------------------------------------------------------ check */

/* Counters first: what is then still different is no matter of counters. */
static bool
repair(struct fsck *f, const char *campaign, int *status)
{
	const char *params[] = {campaign};
	PGresult *rows;

	if (!call(f, f->campaign_arena, DL_SQL_FSCK_REPAIR, params, &rows,
		  status))
		return false;
	for (int row = 0; row < PQntuples(rows); row++)
		print_line(f, campaign, 1, rows, row, true);
	f->differences += PQntuples(rows);
	f->repaired += PQntuples(rows);
	return true;
}

static bool
check_campaign(struct fsck *f, const char *campaign, int *status)
{
	const char *params[] = {campaign,
				dl_db_from_int(f->campaign_arena, MAX_LINES)};
	PGresult *rows;
	int64_t n;

	if (f->repairs && !repair(f, campaign, status))
		return false;
	if (!call(f, f->campaign_arena, DL_SQL_FSCK_DIFFERENCES, params, &rows,
		  status))
		return false;
	for (int row = 0; row < PQntuples(rows); row++)
		print_line(f, campaign, dl_db_int(rows, row, "invariant", 0),
			   rows, row, false);
	n = PQntuples(rows) ? dl_db_int(rows, 0, "n", 0) : 0;
	if (n > MAX_LINES && !f->is_json)
		printf("%s: e mais %" PRId64 "\n", campaign, n - MAX_LINES);
	f->campaigns++;
	f->differences += n;
	return true;
}

/* All campaigns behind one another by id; those launched meanwhile may count.
 */
static bool
check_all(struct fsck *f, int *status)
{
	char after[DL_UUID_MAX] = "";
	PGresult *rows;
	int n;

	do {
		const char *params[] = {
		    *after ? after : NULL,
		    dl_db_from_int(f->cli->arena, MAX_CAMPAIGNS)};

		if (!call(f, f->cli->arena, DL_SQL_FSCK_CAMPAIGNS, params,
			  &rows, status))
			return false;
		n = PQntuples(rows);
		for (int row = 0; row < n; row++) {
			if (!check_campaign(f, dl_db_cstr(rows, row, "id"),
					    status))
				return false;
			dl_arena_reset(f->campaign_arena);
		}
		if (n)
			snprintf(after, sizeof(after), "%s",
				 dl_db_cstr(rows, n - 1, "id"));
		dl_arena_reset(f->cli->arena);
	} while (n == MAX_CAMPAIGNS);
	return true;
}

static int
check(struct fsck *f)
{
	int64_t began_ms = dl_clock_boot_ms();
	int64_t left;
	int status = CLI_OK;

	if (!check_all(f, &status))
		return status;
	left = f->differences - f->repaired;
	const char *params[] = {dl_db_from_int(f->cli->arena, left)};
	if (!call(f, f->cli->arena, DL_SQL_FSCK_KEEP, params, NULL, &status))
		return status;
	print_end(f, dl_clock_boot_ms() - began_ms);
	return left ? CLI_FAILED : CLI_OK;
}

static int
fsck(bool repairs, bool is_json)
{
	struct cli cli;
	struct fsck f = {.cli = &cli, .repairs = repairs, .is_json = is_json};
	int status = cli_open_database(&cli);

	if (status != CLI_OK)
		return status;
	f.campaign_arena = dl_arena_create(16 * 1024 * 1024);
	status = check(&f);
	dl_arena_destroy(f.campaign_arena);
	cli_close(&cli);
	return status;
}

int
cli_fsck(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"repair", no_argument, NULL, 'r'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	bool repairs = false, is_json = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'r')
			repairs = true;
		else if (c == 'j')
			is_json = true;
		else
			return c == 'h' ? help() : cli_bad_option(argv);
	}
	if (argc != optind)
		return cli_usage("fsck", "não espero argumentos");
	return fsck(repairs, is_json);
}
