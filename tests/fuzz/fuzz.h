/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target is one function.  `make check` links it with replay.c, which
 * runs it over tests/fuzz/corpus/<target>/; clang links the same file with
 * libFuzzer:
 *
 *   clang -fsanitize=fuzzer,address,undefined ... tests/fuzz/fuzz_<target>.c
 */
#ifndef DL_TESTS_FUZZ_H
#define DL_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Aborts when an input breaks what the target promises; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
