/* SPDX-License-Identifier: MIT */
/* This machine's own name. */
#include "config.h"

#include "base/machine.h"

#include <stdio.h>
#include <unistd.h>

/* 32 digits; a host's name has at most 64 bytes on Linux. */
#define NAME_MAX_BYTES 80

struct dl_str
dl_machine_id(struct dl_arena *arena)
{
	char text[NAME_MAX_BYTES] = "";
	FILE *f = fopen("/etc/machine-id", "re");

	if (f) {
		if (!fgets(text, sizeof(text), f))
			text[0] = '\0';
		fclose(f);
	}
	if (!dl_str_trim(dl_str(text)).len &&
	    gethostname(text, sizeof(text) - 1) != 0)
		text[0] = '\0';
	return dl_arena_str(arena, dl_str_trim(dl_str(text)));
}
