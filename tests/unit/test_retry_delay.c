/* SPDX-License-Identifier: MIT */
/* Upstash-Retry-Delay: values, and what is no expression. */
#include "config.h"

#include <stdlib.h>

#include "queue/retry_delay.h"
#include "unit.h"

#define REFUSED -1

static void
test_values(void)
{
	static const struct {
		const char *expression;
		int64_t retried;
		int64_t ms;
	} rows[] = {
	    {"1000", 0, 1000},
	    {"5000 * pow(6, retried)", 0, 5000},
	    {"5000 * pow(6, retried)", 1, 30000},
	    {"pow(2,retried)*1000", 3, 8000},
	    {" ( 1 + 2 ) * 3 ", 0, 9},
	    {"1 + 2 * 3 - 4 / 2", 0, 5},
	    {"8 / 4 / 2", 0, 1},
	    {"9 - 4 - 2", 0, 3},
	    {"-3 + 5", 0, 2},
	    {"--3", 0, 3},
	    {"+3", 0, 3},
	    {"2 * -3 + 10", 0, 4},
	    {"sqrt(16) + abs(-2) + floor(1.9) + ceil(0.1) + round(2.5)", 0, 11},
	    {"min(1, 2) + max(3, 4)", 0, 5},
	    {"exp(0) * 7", 0, 7},
	    {"1.9", 0, 1},
	    {".5 * 4", 0, 2},
	    {"5. * 2", 0, 10},
	    {"1000 * (1 + retried)", 2, 3000},
	    {"0", 0, 0},
	    {"86400001", 0, 86400000},
	    {"pow(10, 300) * pow(10, 300)", 0, 86400000},
	    {"1 / 0", 0, 86400000},
	    {"-1", 0, REFUSED},
	    {"0 / 0", 0, REFUSED},
	    {"sqrt(-1)", 0, REFUSED},
	    {"min(1, sqrt(-1))", 0, REFUSED},
	    {"max(sqrt(-1), 1)", 0, REFUSED},
	    {"0 - retried", 1, REFUSED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t ms = REFUSED;

		CU_ASSERT_TRUE(
		    dl_retry_delay_check(dl_str(rows[i].expression)));
		CU_ASSERT_EQUAL(dl_retry_delay_eval(dl_str(rows[i].expression),
						    rows[i].retried, &ms),
				rows[i].ms != REFUSED);
		if (ms != rows[i].ms)
			printf("\n%s: %lld\n", rows[i].expression,
			       (long long)ms);
		CU_ASSERT_EQUAL(ms, rows[i].ms);
	}
}

static void
test_refused(void)
{
	static const char *const rows[] = {
	    "",         " ",         "1 +",    "1 2",        "(1",
	    "1)",       "()",        "pow(2)", "pow(2,3,4)", "sqrt()",
	    "sqrt",     "system(1)", "retry",  "retriedx",   "1e3",
	    "0x10",     "inf",       "nan",    "1..2",       ".",
	    "1.2.3",    "2 ** 3",    "1 % 2",  "1; 2",       "pow 2, 3",
	    "\xc3\xa9", "min(1 2)",  "1,2",    "*1",         "1\n",
	};
	int64_t ms;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool is_good = dl_retry_delay_check(dl_str(rows[i]));

		if (is_good)
			printf("\n'%s' was taken\n", rows[i]);
		CU_ASSERT_FALSE(is_good);
		CU_ASSERT_FALSE(dl_retry_delay_eval(dl_str(rows[i]), 0, &ms));
	}
	CU_ASSERT_FALSE(dl_retry_delay_check((struct dl_str){NULL, 0}));
	CU_ASSERT_FALSE(dl_retry_delay_check((struct dl_str){"1\0", 2}));
}

/* n times open, the digit, n times close, on the heap. */
static char *
nest(const char *open, const char *close, size_t n)
{
	size_t size = n * (strlen(open) + strlen(close)) + 2;
	char *text = calloc(1, size);
	FILE *f = fmemopen(text, size, "w");

	for (size_t i = 0; i < n; i++)
		fputs(open, f);
	fputs("1", f);
	for (size_t i = 0; i < n; i++)
		fputs(close, f);
	fclose(f);
	return text;
}

static void
test_bounds(void)
{
	static const struct {
		const char *open, *close;
		size_t n;
		bool is_good;
	} rows[] = {
	    {"(", ")", DL_RETRY_DELAY_MAX_DEPTH - 1, true},
	    {"(", ")", DL_RETRY_DELAY_MAX_DEPTH, false},
	    {"-", "", DL_RETRY_DELAY_MAX_DEPTH - 1, true},
	    {"-", "", DL_RETRY_DELAY_MAX_DEPTH, false},
	    {"abs(", ")", DL_RETRY_DELAY_MAX_DEPTH, false},
	    {"1+", "", (DL_RETRY_DELAY_MAX_LEN - 1) / 2, true},
	    {"1+", "", (DL_RETRY_DELAY_MAX_LEN + 1) / 2, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = nest(rows[i].open, rows[i].close, rows[i].n);

		CU_ASSERT_EQUAL(dl_retry_delay_check(dl_str(text)),
				rows[i].is_good);
		free(text);
	}
}

static const struct unit_test tests[] = {
    {"values", test_values},
    {"no expressions", test_refused},
    {"bounds", test_bounds},
};

UNIT_MAIN("retry delay", tests)
