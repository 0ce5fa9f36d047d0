/* SPDX-License-Identifier: MIT */
/* The machine's settings files, for the command line. */
#include "config.h"

#include "cli/config_files.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/files.h"

#define ARENA_CAP (4u << 20)

const char *
cli_config_dir(void)
{
	const char *dir = getenv("DISPARALEAD_ETC");

	return dir ? dir : DL_SYSCONFDIR "/disparalead";
}

enum cli_config_state
cli_config_read(struct dl_arena *arena, const char *dir, const char *name,
		struct dl_settings_file *file, int *line)
{
	const char *path = dl_arena_printf(arena, "%s/%s", dir, name);
	struct dl_error err = {0};
	struct dl_str text;

	file->n = 0;
	*line = 0;
	switch (cli_file_read(arena, path, &text, &err)) {
	case DL_OK:
		*line = dl_settings_file_read(file, arena, text);
		return *line ? CLI_CONFIG_FAULTY : CLI_CONFIG_READ;
	case DL_NOT_FOUND:
		return CLI_CONFIG_ABSENT;
	case DL_UNAUTHENTICATED:
		return CLI_CONFIG_FORBIDDEN;
	default:
		return CLI_CONFIG_FAULTY;
	}
}

static bool
is_set(const char *name)
{
	char file_name[64];

	snprintf(file_name, sizeof(file_name), "%s_FILE", name);
	return getenv(name) || getenv(file_name);
}

static bool
take(struct dl_arena *arena, const char *dir, const char *name,
     struct dl_settings_file *merged)
{
	struct dl_settings_file file;
	int line;
	enum cli_config_state state =
	    cli_config_read(arena, dir, name, &file, &line);

	if (state == CLI_CONFIG_FAULTY)
		cli_say("não entendo %s/%s, linha %d", dir, name, line);
	for (size_t i = 0; i < file.n; i++)
		dl_settings_file_set(merged, file.pairs[i].name,
				     file.pairs[i].value);
	return state == CLI_CONFIG_READ;
}

bool
cli_config_load(void)
{
	const char *dir = cli_config_dir();
	struct dl_settings_file merged = {.n = 0};
	struct dl_arena *arena;
	bool is_read;

	if (!*dir)
		return false;
	arena = dl_arena_create(ARENA_CAP);
	is_read = take(arena, dir, CLI_CONF_FILE, &merged);
	is_read |= take(arena, dir, CLI_LOCAL_FILE, &merged);
	for (size_t i = 0; i < merged.n; i++)
		if (!is_set(merged.pairs[i].name))
			setenv(merged.pairs[i].name, merged.pairs[i].value, 1);
	dl_arena_destroy(arena);
	return is_read;
}
