/* SPDX-License-Identifier: MIT */
/*
 * Files of the machine's configuration: read whole, replaced at once.
 */
#ifndef DL_CLI_FILES_H
#define DL_CLI_FILES_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* No file that is read here comes near it. */
#define CLI_FILE_MAX (1024 * 1024)

/*
 * Reads path into the arena.  DL_NOT_FOUND: there is none; DL_UNAUTHENTICATED:
 * it may not be read; DL_INTERNAL: anything else, or beyond CLI_FILE_MAX.
 */
enum dl_code cli_file_read(struct dl_arena *arena, const char *path,
			   struct dl_str *text,
			   struct dl_error *err) DL_MUST_CHECK;

/* Whom a new file belongs to; (uid_t)-1 and (gid_t)-1: whoever makes it. */
struct cli_file_owner {
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/*
 * Writes text beside path and renames it over path, with its bytes on the disk
 * first: whoever reads sees the old text or the new one.
 */
enum dl_code cli_file_replace(struct dl_arena *arena, const char *path,
			      struct dl_str text,
			      const struct cli_file_owner *owner,
			      struct dl_error *err) DL_MUST_CHECK;

/* The same, keeping owner and mode of the file that stands there. */
enum dl_code cli_file_update(struct dl_arena *arena, const char *path,
			     struct dl_str text,
			     struct dl_error *err) DL_MUST_CHECK;

#endif
