# SPDX-License-Identifier: MIT
# Tests against a real PostgreSQL, nginx and the programs: TAP shell scripts.
INTEGRATION_TESTS = \
	tests/integration/adoption.test \
	tests/integration/cli.test \
	tests/integration/cli-campaign.test \
	tests/integration/cli-launch.test \
	tests/integration/db.test \
	tests/integration/demo-kill.test \
	tests/integration/nginx.test \
	tests/integration/schema.test \
	tests/integration/simulator.test \
	tests/integration/server.test \
	tests/integration/status.test \
	tests/integration/auth.test
INTEGRATION_TESTS += tests/integration/launch-sql.test
INTEGRATION_TESTS += tests/integration/delivery.test \
	tests/integration/process.test \
	tests/integration/process-kill.test \
	tests/integration/process-odd.test \
	tests/integration/sweep.test \
	tests/integration/sweep-hang.test \
	tests/integration/sweep-old.test
INTEGRATION_TESTS += tests/integration/windows.test \
	tests/integration/eta.test \
	tests/integration/must-have.test
INTEGRATION_TESTS += tests/integration/plans.test
EXTRA_DIST += tests/integration/deliveries.sh tests/integration/webhooks.sh
INTEGRATION_TESTS += tests/integration/launch.test \
	tests/integration/launch-bad.test \
	tests/integration/launch-commit.test \
	tests/integration/launch-existing.test \
	tests/integration/launch-large.test
EXTRA_DIST += tests/integration/launch-lib.sh
INTEGRATION_TESTS += tests/integration/control.test \
	tests/integration/control-actions.test \
	tests/integration/control-large.test
EXTRA_DIST += tests/integration/control-lib.sh
INTEGRATION_TESTS += tests/integration/events.test \
	tests/integration/reconcile.test
INTEGRATION_TESTS += tests/integration/fsck.test
INTEGRATION_TESTS += tests/integration/deadlock.test

EXTRA_DIST += $(INTEGRATION_TESTS) tests/integration/existing.sh \
	tests/integration/campaigns.sh \
	tests/integration/data/existing-base.sql \
	tests/integration/data/existing-messages.sql \
	tests/integration/data/contract-columns.txt

# What drives the store from the shell.
check_PROGRAMS += tests/integration/db-probe
tests_integration_db_probe_SOURCES = tests/integration/db_probe.c

# A program around the FastCGI server.
check_PROGRAMS += tests/integration/web-probe
tests_integration_web_probe_SOURCES = tests/integration/web_probe.c

INTEGRATION_TESTS += tests/integration/preview.test \
	tests/integration/cli-control.test \
	tests/integration/cli-queue.test \
	tests/integration/cli-real.test
EXTRA_DIST += tests/integration/cli-lib.sh

# "make check" runs them after the unit tests; INTEGRATION=no leaves them out.
# check-integration ONLY=... runs those named.
.PHONY: check-integration
check-integration: all $(check_PROGRAMS)
	@DL_BUILD=$(abs_builddir) $(srcdir)/tests/harness/run-tests \
	    $(addprefix $(srcdir)/,$(or $(ONLY),$(INTEGRATION_TESTS)))

# Tests of time, pace, load and sudden deaths, of SQL alone and of nginx: most of
# the suite's time, and no input for the programs that the others lack.
# check-integration-input leaves them out: enough under sanitizers.
PACE_TESTS = $(addsuffix .test,$(addprefix tests/integration/,\
	adoption control-large deadlock demo-kill eta fair graceful lanes \
	launch-large must-have nginx plans pooler process-kill queue-busy \
	queue-kill queue-retries restore rotate schema simulator sweep-hang \
	sweep-old units)) tests/model/interleave.test
.PHONY: check-integration-input
check-integration-input:
	@$(MAKE) $(AM_MAKEFLAGS) check-integration \
	    ONLY="$(filter-out $(PACE_TESTS),$(INTEGRATION_TESTS))"

check-local: $(check_PROGRAMS)
	@test "$(INTEGRATION)" = no || \
	    $(MAKE) $(AM_MAKEFLAGS) check-integration

# Where local-queue's tests have messages delivered.
INTEGRATION_TESTS += tests/integration/queue.test \
	tests/integration/queue-api.test \
	tests/integration/queue-retries.test \
	tests/integration/queue-busy.test \
	tests/integration/queue-kill.test \
	tests/integration/queue-flow.test
EXTRA_DIST += tests/integration/queues.sh
check_PROGRAMS += tests/integration/queue-destination
tests_integration_queue_destination_SOURCES = \
	tests/integration/queue_destination.c
tests_integration_queue_destination_LDADD = $(LDADD) $(MICROHTTPD_LIBS)
INTEGRATION_TESTS += tests/integration/lanes.test
EXTRA_DIST += tests/integration/whole.sh
INTEGRATION_TESTS += tests/integration/fair.test \
	tests/integration/graceful.test \
	tests/integration/restore.test \
	tests/integration/rotate.test
INTEGRATION_TESTS += tests/integration/units.test
INTEGRATION_TESTS += tests/integration/setup.test
INTEGRATION_TESTS += tests/integration/doctor.test
INTEGRATION_TESTS += tests/integration/jwks.test
INTEGRATION_TESTS += tests/integration/pooler.test
