# SPDX-License-Identifier: MIT
# Benchmarks: figures as ratios in one run, never a test that can time out.
# noinst: they are built with everything else, so that they do not rot.
noinst_PROGRAMS += tests/bench/bench-sink tests/bench/bench-publish \
	tests/bench/bench-drive tests/bench/bench-hello \
	tests/bench/bench-pure
tests_bench_bench_pure_SOURCES = tests/bench/pure.c
tests_bench_bench_sink_SOURCES = tests/bench/sink.c
tests_bench_bench_sink_LDADD = $(LDADD) $(MICROHTTPD_LIBS)
tests_bench_bench_publish_SOURCES = tests/bench/publish.c
tests_bench_bench_drive_SOURCES = tests/bench/drive.c
tests_bench_bench_hello_SOURCES = tests/bench/fcgi_hello.c
tests_bench_bench_hello_LDADD = $(FCGI_LIBS)

EXTRA_DIST += tests/bench/lib.sh tests/bench/queue tests/bench/queue-precision \
	tests/bench/instructions tests/bench/instructions.txt \
	doc/performance.md \
	tests/bench/run tests/bench/process.sh tests/bench/launch.sh \
	tests/bench/growth.sh tests/bench/pooler.sh tests/bench/slow.sh \
	tests/bench/status.sh tests/bench/report.sh tests/bench/peer/package.json \
	tests/bench/peer/package-lock.json tests/bench/peer/peer.mjs
