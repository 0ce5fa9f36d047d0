/* SPDX-License-Identifier: MIT */
/*
 * Drives the model, alone or beside PostgreSQL, and says where the invariants
 * or the two do not hold together.
 */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "mirror.h"

#define TRAIL        30 /* steps that are shown when one went wrong */
#define PAGE         32768
#define LEDGER_EVERY 100

struct run {
	struct model model;
	struct dice dice;
	struct mirror *mirror; /* NULL: the model alone */
	uint64_t seed;
	long n_steps;
	long step;
	struct model_text trail[TRAIL];
	struct step last;
	long taken[STEP__COUNT];
	struct model_text expected, found;
	char page[2][PAGE];
};

static const char usage[] =
    "usage: model-test [--database] [--steps N] [--seed N]\n"
    "\n"
    "Takes N random steps (default 100000) of the state machine in memory;\n"
    "with --database the same on the database of DATABASE_URL, which\n"
    "tests/model/prepare.sql was loaded into, and compares both after each.\n"
    "\n"
    "Exit status: 0 when all holds, 1 when not, 64 usage.\n";

/* Both pages line by line: what only one of them has. */
static void
print_difference(char *expected, char *found)
{
	char *rest_e = expected, *rest_f = found;
	char *e = strsep(&rest_e, "\n");
	char *f = strsep(&rest_f, "\n");

	while (e || f) {
		if (!e || !f || strcmp(e, f) != 0)
			printf("# model:    %s\n# database: %s\n", e ? e : "",
			       f ? f : "");
		e = e ? strsep(&rest_e, "\n") : NULL;
		f = f ? strsep(&rest_f, "\n") : NULL;
	}
}

static bool
complain(struct run *run, const char *what)
{
	printf("# seed %" PRIu64 ", step %ld: %s\n", run->seed, run->step,
	       what);
	for (long i = run->step < TRAIL ? 0 : run->step - TRAIL + 1;
	     i <= run->step; i++)
		printf("# %6ld %s\n", i, run->trail[i % TRAIL].text);
	return false;
}

static bool
is_same(struct run *run)
{
	mirror_step(run->mirror, &run->model, &run->last, &run->found);
	model_print(&run->model, run->page[0], PAGE);
	mirror_print(run->mirror, run->page[1], PAGE);
	if (strcmp(run->expected.text, run->found.text) != 0) {
		complain(run, "the answers differ");
		printf("# expected: %s\n# found:    %s\n", run->expected.text,
		       run->found.text);
		return false;
	}
	if (strcmp(run->page[0], run->page[1]) != 0) {
		complain(run, "model and database differ");
		print_difference(run->page[0], run->page[1]);
		return false;
	}
	if (run->step % LEDGER_EVERY == 0 && mirror_ledger(run->mirror) != 0)
		return complain(run, "the ledger does not add up");
	return true;
}

/* One step; false where something does not hold. */
static bool
take_step(struct run *run)
{
	const char *broken;
	struct model_text *line = &run->trail[run->step % TRAIL];

	step_choose(&run->model, &run->dice, &run->last);
	step_describe(&run->model, &run->last, line);
	run->taken[run->last.kind]++;
	run->expected.text[0] = 0;
	run->found.text[0] = 0;
	step_apply(&run->model, &run->last, &run->expected);
	model_say(line, " -> %s", run->expected.text);
	broken = model_check(&run->model);
	if (broken)
		return complain(run, broken);
	return !run->mirror || is_same(run);
}

/* What was done how often, and how rows moved; false where a kind is missing.
 */
static bool
report(const struct run *run)
{
	bool is_whole = true;

	printf("#");
	for (enum step_kind i = 0; i < STEP__COUNT; i++) {
		printf(" %s %ld,", step_name(i), run->taken[i]);
		is_whole = is_whole && run->taken[i] > 0;
	}
	printf("\n");
	for (enum model_status from = 0; from < MODEL_STATUSES; from++) {
		printf("# %s ->", model_status_name(from));
		for (enum model_status to = 0; to < MODEL_STATUSES; to++)
			if (run->model.moves[from][to])
				printf(" %s %ld", model_status_name(to),
				       run->model.moves[from][to]);
		printf("\n");
	}
	return is_whole;
}

static bool
run_steps(struct run *run)
{
	model_init(&run->model, 0);
	run->dice.state = run->seed;
	for (run->step = 0; run->step < run->n_steps; run->step++)
		if (!take_step(run))
			return false;
	if (!report(run)) {
		printf("# a kind of step was never taken\n");
		return false;
	}
	return true;
}

static long
number(const char *text)
{
	char *rest;
	long n = strtol(text, &rest, 10);

	if (*rest || rest == text || n < 0) {
		fputs(usage, stderr);
		exit(64);
	}
	return n;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"database", no_argument, NULL, 'd'},
	    {"steps", required_argument, NULL, 'n'},
	    {"seed", required_argument, NULL, 's'},
	    {0}};
	static struct run run = {.n_steps = 100000, .seed = 1};
	bool with_database = false;
	bool is_good;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'd')
			with_database = true;
		else if (option == 'n')
			run.n_steps = number(optarg);
		else if (option == 's')
			run.seed = (uint64_t)number(optarg);
		else {
			fputs(usage, stderr);
			return 64;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	dl_log_open("model-test", DL_LOG_WARNING);
	if (with_database)
		run.mirror = mirror_open();
	is_good = run_steps(&run);
	if (run.mirror)
		mirror_close(run.mirror);
	printf("%sok: seed %" PRIu64 ", %ld steps%s\n", is_good ? "" : "not ",
	       run.seed, run.step, with_database ? " beside PostgreSQL" : "");
	return is_good ? 0 : 1;
}
