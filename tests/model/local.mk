# SPDX-License-Identifier: MIT
# The state machine as a model in memory, beside the same on PostgreSQL.
check_PROGRAMS += tests/model/model-test
tests_model_model_test_SOURCES = \
	tests/model/mirror.c \
	tests/model/mirror.h \
	tests/model/model.c \
	tests/model/model.h \
	tests/model/model_check.c \
	tests/model/model_claim.c \
	tests/model/model_control.c \
	tests/model/model_lane.c \
	tests/model/model_outcome.c \
	tests/model/model_sweep.c \
	tests/model/model_test.c \
	tests/model/step.c \
	tests/model/step.h \
	tests/model/step_apply.c
INTEGRATION_TESTS += tests/model/model.test
EXTRA_DIST += tests/model/prepare.sql

# The same on four connections at once.
check_PROGRAMS += tests/model/interleave-test
tests_model_interleave_test_SOURCES = \
	tests/model/interleave_test.c \
	tests/model/model.c \
	tests/model/step.c
INTEGRATION_TESTS += tests/model/interleave.test
EXTRA_DIST += tests/model/interleave.sql
