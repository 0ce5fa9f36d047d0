/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over its corpus, whole and cut at every byte.  The name
 * of the program, replay_<target>, names the corpus.  Exit status 99 when the
 * corpus is missing: a test that ran nothing has not passed.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define INPUT_MAX (1 << 16)

static size_t
replay_file(const char *path)
{
	uint8_t *input = malloc(INPUT_MAX);
	FILE *file = fopen(path, "rb");
	size_t n = 0;

	if (input && file)
		n = fread(input, 1, INPUT_MAX, file);
	/* An allocation of the exact size lets ASan see a byte too many. */
	for (size_t len = 0; len <= n; len++) {
		uint8_t *exact = malloc(len ? len : 1);

		if (!exact)
			abort();
		memcpy(exact, input, len);
		LLVMFuzzerTestOneInput(exact, len);
		free(exact);
	}
	if (file)
		fclose(file);
	free(input);
	return file ? 1 : 0;
}

int
main(int argc, char **argv)
{
	const char *name = strstr(argv[argc - 1], "replay_");
	struct dirent *entry;
	char path[1024];
	size_t n = 0;
	DIR *dir;

	if (!name)
		return 99;
	name += strlen("replay_");
	snprintf(path, sizeof(path), DL_SRCDIR "/tests/fuzz/corpus/%s", name);
	dir = opendir(path);
	if (!dir)
		return 99;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path),
			 DL_SRCDIR "/tests/fuzz/corpus/%s/%s", name,
			 entry->d_name);
		n += replay_file(path);
	}
	closedir(dir);
	printf("%s: %zu inputs\n", name, n);
	return n ? 0 : 99;
}
