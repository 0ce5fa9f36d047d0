# SPDX-License-Identifier: MIT
# Benchmarks: figures as ratios in one run, never a test that can time out.
# noinst: they are built with everything else, so that they do not rot.
noinst_PROGRAMS += tests/bench/bench-sink tests/bench/bench-publish
tests_bench_bench_sink_SOURCES = tests/bench/sink.c
tests_bench_bench_sink_LDADD = $(LDADD) $(MICROHTTPD_LIBS)
tests_bench_bench_publish_SOURCES = tests/bench/publish.c

EXTRA_DIST += tests/bench/lib.sh tests/bench/queue tests/bench/queue-precision
