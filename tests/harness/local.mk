# SPDX-License-Identifier: MIT

# Keeps a program running for ./demo and the integration tests.
noinst_PROGRAMS += tests/harness/supervise
tests_harness_supervise_SOURCES = tests/harness/supervise.c
tests_harness_supervise_LDADD =
EXTRA_DIST += tests/harness/stack.sh
