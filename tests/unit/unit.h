/* SPDX-License-Identifier: MIT */
/*
 * A unit test's main(): a table of CUnit tests in one suite.  Exit status 1
 * when a test failed, 99 (automake: hard error) when CUnit itself did.
 */
#ifndef DL_TESTS_UNIT_H
#define DL_TESTS_UNIT_H

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <string.h>

#include "base/str.h"

/* got and want hold the same bytes. */
#define DL_ASSERT_STR(got, want)                                               \
	do {                                                                   \
		struct dl_str got_ = (got);                                    \
		struct dl_str want_ = (want);                                  \
		if (!dl_str_eq(got_, want_))                                   \
			printf("\n%s:%d: got '%.*s', want '%.*s'\n", __FILE__, \
			       __LINE__, (int)got_.len,                        \
			       got_.ptr ? got_.ptr : "", (int)want_.len,       \
			       want_.ptr ? want_.ptr : "");                    \
		CU_ASSERT_TRUE(dl_str_eq(got_, want_));                        \
	} while (0)

struct unit_test {
	const char *name;
	CU_TestFunc run;
};

static inline int
unit_main(const char *suite_name, const struct unit_test *tests, size_t n)
{
	CU_pSuite suite;
	unsigned int failures;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 99;
	suite = CU_add_suite(suite_name, NULL, NULL);
	for (size_t i = 0; suite && i < n; i++)
		if (!CU_add_test(suite, tests[i].name, tests[i].run))
			return 99;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	if (!suite || CU_basic_run_tests() != CUE_SUCCESS)
		return 99;
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failures ? 1 : 0;
}

#define UNIT_MAIN(suite_name, tests)                                           \
	int main(void)                                                         \
	{                                                                      \
		return unit_main((suite_name), (tests),                        \
				 sizeof(tests) / sizeof((tests)[0]));          \
	}

#endif
