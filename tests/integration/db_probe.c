/* SPDX-License-Identifier: MIT */
/*
 * Drives src/store/db.h from a shell test: one command a line on standard
 * input, one line of answer each, all on one pool and with one statement,
 * which calls the function that the test made.
 *
 *	call TENANT|- once|again    dl_db_call()
 *	acquire, release            one connection is held between them
 *	lend MS                     the same release, so much later, while other
 *	                            commands run
 *	begin TENANT|-, exec, commit, rollback
 *
 * The answer is "ok VALUE" or "CODE SQLSTATE|- certain|uncertain".
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/db.h"

/* The linker takes this table and leaves the library's alone. */
const struct dl_statement_text dl_statements[] = {
    [DL_SQL_PING] = {"probe", "SELECT public.dl_probe() AS value", 0, false},
    [DL_SQL_SET_TENANT] = {"set_tenant",
			   "SELECT set_config('app.tenant_id', $1, true), "
			   "set_config('plan_cache_mode', $2, true)",
			   2, false},
};

struct probe {
	struct dl_db_pool *pool;
	struct dl_arena *arena;
	struct dl_db *db;
	int64_t lend_ms;
	pthread_t lender; /* of lend, until the end */
	bool has_lender;
};

static void *
release_later(void *ctx)
{
	const struct probe *probe = ctx;

	dl_clock_sleep_ms(probe->lend_ms);
	dl_db_release(probe->db);
	return NULL;
}

static void
lend(struct probe *probe, const char *ms)
{
	probe->lend_ms = strtol(ms, NULL, 10);
	probe->has_lender =
	    pthread_create(&probe->lender, NULL, release_later, probe) == 0;
}

static const char *
tenant_of(const char *word)
{
	return strcmp(word, "-") == 0 ? NULL : word;
}

static enum dl_code
run(struct probe *probe, char words[3][64], PGresult **result,
    struct dl_error *err)
{
	const char *verb = words[0];

	if (strcmp(verb, "call") == 0)
		return dl_db_call(probe->pool, probe->arena,
				  tenant_of(words[1]),
				  strcmp(words[2], "again") == 0, DL_SQL_PING,
				  NULL, result, err);
	if (strcmp(verb, "acquire") == 0)
		return dl_db_acquire(probe->pool, &probe->db, err);
	if (strcmp(verb, "begin") == 0)
		return dl_db_begin(probe->db, tenant_of(words[1]), err);
	if (strcmp(verb, "exec") == 0)
		return dl_db_exec(probe->db, probe->arena, DL_SQL_PING, NULL,
				  result, err);
	if (strcmp(verb, "commit") == 0)
		return dl_db_commit(probe->db, err);
	if (strcmp(verb, "rollback") == 0)
		dl_db_rollback(probe->db);
	else if (strcmp(verb, "release") == 0)
		dl_db_release(probe->db);
	else if (strcmp(verb, "lend") == 0)
		lend(probe, words[1]);
	else
		return dl_fail(err, DL_BAD_REQUEST, "probe", "unknown verb");
	return DL_OK;
}

static void
answer(enum dl_code code, PGresult *result, const struct dl_error *err)
{
	if (code == DL_OK)
		printf("ok %s\n", result ? dl_db_cstr(result, 0, "value") : "");
	else
		printf("%s %s %s\n", dl_code_name(code),
		       *err->sqlstate ? err->sqlstate : "-",
		       err->uncertain ? "uncertain" : "certain");
	fflush(stdout);
}

int
main(void)
{
	struct dl_settings settings;
	struct probe probe = {0};
	char *line = NULL;
	size_t size = 0;

	dl_log_open("db-probe", DL_LOG_DEBUG);
	if (dl_settings_load(&settings, 0, stderr) != DL_OK)
		return DL_EXIT_CONFIG;
	probe.pool = dl_db_pool_create(&settings, "db-probe");
	probe.arena = dl_arena_create(1 << 20);
	while (getline(&line, &size, stdin) > 0) {
		char words[3][64] = {"", "", ""};
		struct dl_error err = {0};
		PGresult *result = NULL;
		enum dl_code code;
		struct dl_str rest = dl_str_trim(dl_str(line));

		for (int i = 0; i < 3 && rest.ptr; i++) {
			struct dl_str word = dl_str_cut(&rest, ' ');

			snprintf(words[i], sizeof(words[i]), "%.*s",
				 (int)word.len, word.ptr);
		}
		code = run(&probe, words, &result, &err);
		answer(code, result, &err);
		dl_arena_reset(probe.arena);
	}
	free(line);
	if (probe.has_lender)
		pthread_join(probe.lender, NULL);
	dl_arena_destroy(probe.arena);
	dl_db_pool_destroy(probe.pool);
	dl_settings_clear(&settings);
	return 0;
}
