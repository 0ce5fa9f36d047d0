# SPDX-License-Identifier: MIT
# Fuzz targets, replayed over their corpora by make check.
UNIT_TESTS += tests/fuzz/replay_signature
tests_fuzz_replay_signature_SOURCES = tests/fuzz/fuzz_signature.c \
	tests/fuzz/replay.c tests/fuzz/fuzz.h

UNIT_TESTS += tests/fuzz/replay_outcome
tests_fuzz_replay_outcome_SOURCES = tests/fuzz/fuzz_outcome.c \
	tests/fuzz/replay.c tests/fuzz/fuzz.h

UNIT_TESTS += tests/fuzz/replay_json_in
tests_fuzz_replay_json_in_SOURCES = tests/fuzz/fuzz_json_in.c \
	tests/fuzz/replay.c tests/fuzz/fuzz.h

UNIT_TESTS += tests/fuzz/replay_launch_request
tests_fuzz_replay_launch_request_SOURCES = tests/fuzz/fuzz_launch_request.c \
	tests/fuzz/replay.c tests/fuzz/fuzz.h

UNIT_TESTS += tests/fuzz/replay_template
tests_fuzz_replay_template_SOURCES = tests/fuzz/fuzz_template.c \
	tests/fuzz/replay.c tests/fuzz/fuzz.h

UNIT_TESTS += tests/fuzz/replay_phone
tests_fuzz_replay_phone_SOURCES = tests/fuzz/fuzz_phone.c \
	tests/fuzz/replay.c tests/fuzz/fuzz.h

UNIT_TESTS += tests/fuzz/replay_qstash
tests_fuzz_replay_qstash_SOURCES = tests/fuzz/fuzz_qstash.c \
	tests/fuzz/replay.c tests/fuzz/fuzz.h

UNIT_TESTS += tests/fuzz/replay_control
tests_fuzz_replay_control_SOURCES = tests/fuzz/fuzz_control.c \
	tests/fuzz/replay.c tests/fuzz/fuzz.h

EXTRA_DIST += tests/fuzz/corpus

UNIT_TESTS += tests/fuzz/replay_queue
tests_fuzz_replay_queue_SOURCES = tests/fuzz/fuzz_queue.c \
	tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_replay_queue_LDADD = liblocalqueue.a $(LDADD) -lm
