/* SPDX-License-Identifier: MIT */
/*
 * The machine's settings files, which systemd gives to the services and which
 * the command line reads itself: disparalead.conf, then local.conf, in
 * $DISPARALEAD_ETC or /etc/disparalead.
 */
#ifndef DL_CLI_CONFIG_FILES_H
#define DL_CLI_CONFIG_FILES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/settings_file.h"

/* The administrator's file, and the one that only setup writes. */
#define CLI_CONF_FILE  "disparalead.conf"
#define CLI_LOCAL_FILE "local.conf"

/* Where the two files lie; "" where none is to be read. */
const char *cli_config_dir(void);

enum cli_config_state {
	CLI_CONFIG_READ,
	CLI_CONFIG_ABSENT,
	CLI_CONFIG_FORBIDDEN, /* not for this user */
	CLI_CONFIG_FAULTY     /* *line says where; 0: not readable at all */
};

/* Reads one of the two into *file, which is empty unless CLI_CONFIG_READ. */
enum cli_config_state cli_config_read(struct dl_arena *arena, const char *dir,
				      const char *name,
				      struct dl_settings_file *file, int *line);

/*
 * Puts what the files say into the environment, where NAME or NAME_FILE is
 * not there already.  A file that is absent or forbidden is passed over;
 * whether any was read.
 */
bool cli_config_load(void);

#endif
