/* SPDX-License-Identifier: MIT */
/*
 * A settings file: NAME=VALUE lines as systemd's EnvironmentFile reads them
 * (systemd.exec(5)), so that the command line sees what the services see.
 * Text in, text out; no file is opened here.
 *
 * Not thread-safe: a list belongs to one thread.
 */
#ifndef DL_BASE_SETTINGS_FILE_H
#define DL_BASE_SETTINGS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* The table of settings has some 60; nobody writes twice as many lines. */
#define DL_SETTINGS_FILE_MAX 128

struct dl_settings_pair {
	const char *name;
	const char *value;
};

/* Names are unique: the last line of a name counts, as with systemd. */
struct dl_settings_file {
	struct dl_settings_pair pairs[DL_SETTINGS_FILE_MAX];
	size_t n;
};

/*
 * Reads text into *file, which lives as long as arena.  Blank lines and lines
 * that begin with '#' or ';' are comments; a value may stand in single or
 * double quotes, where a backslash takes the next character as it is ('$' is
 * nothing special).  Returns 0, or the number of the first line that is none
 * of this (from 1); what stands before it has been read.
 */
int dl_settings_file_read(struct dl_settings_file *file, struct dl_arena *arena,
			  struct dl_str text);

/* The value, or NULL where the file does not name it. */
const char *dl_settings_file_get(const struct dl_settings_file *file,
				 const char *name);

/*
 * Sets or adds a value; NULL takes it out.  The strings are borrowed.  False
 * where the list is full.
 */
bool dl_settings_file_set(struct dl_settings_file *file, const char *name,
			  const char *value);

/* Appends the lines, in order, quoted where they need it. */
void dl_settings_file_write(const struct dl_settings_file *file,
			    struct dl_buf *out);

#endif
