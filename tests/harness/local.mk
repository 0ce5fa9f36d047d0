# SPDX-License-Identifier: MIT
# What integration tests stand on: a cluster, TAP, sockets, a runner.
EXTRA_DIST += tests/harness/bulk.sh tests/harness/cluster.sh tests/harness/lib.sh \
	tests/harness/run-tests tests/harness/template.sh

# Keeps a program running for ./demo and the integration tests.
noinst_PROGRAMS += tests/harness/supervise
tests_harness_supervise_SOURCES = tests/harness/supervise.c
tests_harness_supervise_LDADD =
EXTRA_DIST += tests/harness/stack.sh

# What the test of nginx's configuration puts behind it.
check_PROGRAMS += tests/harness/fcgi-echo
tests_harness_fcgi_echo_SOURCES = tests/harness/fcgi_echo.c
tests_harness_fcgi_echo_LDADD = $(FCGI_LIBS)

# A scripted HTTP server, for whoever calls one.
check_PROGRAMS += tests/harness/http-stub
tests_harness_http_stub_SOURCES = tests/harness/http_stub.c
tests_harness_http_stub_LDADD = $(LDADD) $(MICROHTTPD_LIBS)

# A queue that takes and never delivers, for tests of launch-campaign.
check_PROGRAMS += tests/harness/queue-stub
tests_harness_queue_stub_SOURCES = tests/harness/queue_stub.c
tests_harness_queue_stub_LDADD = $(LDADD) $(MICROHTTPD_LIBS)
