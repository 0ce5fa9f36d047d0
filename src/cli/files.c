/* SPDX-License-Identifier: MIT */
/* Files read whole and replaced at once. */
#include "config.h"

#include "cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum dl_code
fail(struct dl_error *err, const char *path, int sys)
{
	enum dl_code code = DL_INTERNAL;

	if (sys == ENOENT || sys == ENOTDIR)
		code = DL_NOT_FOUND;
	else if (sys == EACCES || sys == EPERM)
		code = DL_UNAUTHENTICATED;
	return dl_fail(err, code, "file", "%s: %s", path, strerror(sys));
}

/* 0, or errno. */
static int
read_all(int fd, char *to, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, to + got, len - got);

		if (n < 0 && errno != EINTR)
			return errno;
		if (n == 0)
			return EIO; /* cut short while it was read */
		got += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

enum dl_code
cli_file_read(struct dl_arena *arena, const char *path, struct dl_str *text,
	      struct dl_error *err)
{
	struct stat st;
	char *bytes = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int sys = fd < 0 || fstat(fd, &st) != 0 ? errno : 0;

	if (!sys && st.st_size > CLI_FILE_MAX)
		sys = EFBIG;
	if (!sys) {
		bytes = dl_arena_alloc(arena, (size_t)st.st_size + 1);
		sys = bytes ? read_all(fd, bytes, (size_t)st.st_size) : ENOMEM;
	}
	if (fd >= 0)
		close(fd);
	if (sys)
		return fail(err, path, sys);
	*text = (struct dl_str){bytes, (size_t)st.st_size};
	return DL_OK;
}

static int
write_all(int fd, struct dl_str text)
{
	while (text.len) {
		ssize_t n = write(fd, text.ptr, text.len);

		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0) {
			text.ptr += n;
			text.len -= (size_t)n;
		}
	}
	return fsync(fd) == 0 ? 0 : errno;
}

/* The mode before the first byte: nobody reads a secret meanwhile. */
static int
fill(int fd, struct dl_str text, const struct cli_file_owner *owner)
{
	if (fchown(fd, owner->uid, owner->gid) != 0 ||
	    fchmod(fd, owner->mode) != 0)
		return errno;
	return write_all(fd, text);
}

enum dl_code
cli_file_replace(struct dl_arena *arena, const char *path, struct dl_str text,
		 const struct cli_file_owner *owner, struct dl_error *err)
{
	const char *beside = dl_arena_printf(arena, "%s.new", path);
	int fd, sys;

	unlink(beside); /* what a killed run left */
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return fail(err, beside, errno);
	sys = fill(fd, text, owner);
	close(fd);
	if (!sys && rename(beside, path) != 0)
		sys = errno;
	if (!sys)
		return DL_OK;
	unlink(beside);
	return fail(err, path, sys);
}

enum dl_code
cli_file_update(struct dl_arena *arena, const char *path, struct dl_str text,
		struct dl_error *err)
{
	struct cli_file_owner owner;
	struct stat st;

	if (stat(path, &st) != 0)
		return fail(err, path, errno);
	owner =
	    (struct cli_file_owner){st.st_uid, st.st_gid, st.st_mode & 07777};
	return cli_file_replace(arena, path, text, &owner, err);
}
