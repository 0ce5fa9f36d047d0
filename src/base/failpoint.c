/* SPDX-License-Identifier: MIT */
/* Failpoints: files that say what a named step does. */
#include "config.h"

#include "base/failpoint.h"

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define MAX_PATH 1024
/* A file's lines; what lies beyond is not read. */
#define MAX_FILE 8192
/* A test that forgets a waiting step must not hang for ever. */
#define MAX_WAIT_MS  60000
#define WAIT_STEP_MS 10

/* The path of one of this program's files; false where none can be. */
static bool
path_of(char path[MAX_PATH], const char *step, const char *what)
{
	const char *dir = getenv("DL_FAILPOINTS");
	int n;

	if (!dir || !*dir)
		return false;
	n = snprintf(path, MAX_PATH, "%s/%s.%s%s%s", dir,
		     program_invocation_short_name, step, what ? "." : "",
		     what ? what : "");
	return n > 0 && n < MAX_PATH;
}

/* The file's first line without its end, and what stands behind it. */
static bool
read_line(int fd, char text[MAX_FILE], const char **rest)
{
	ssize_t n = pread(fd, text, MAX_FILE - 1, 0);
	char *end;

	if (n <= 0)
		return false;
	text[n] = '\0';
	end = strchr(text, '\n');
	*rest = end ? end + 1 : text + n;
	if (end)
		*end = '\0';
	return *text != '\0';
}

/* Takes the first action; text holds it. */
static bool
take(const char *path, char text[MAX_FILE])
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	const char *rest;
	bool is_there;

	if (fd < 0)
		return false;
	is_there = flock(fd, LOCK_EX) == 0 && read_line(fd, text, &rest);
	if (is_there && strncmp(text, "every ", 6) != 0) {
		size_t len = strlen(rest);

		is_there = pwrite(fd, rest, len, 0) == (ssize_t)len &&
			   ftruncate(fd, (off_t)len) == 0;
	}
	close(fd);
	return is_there;
}

static void
tell(const char *path, const char *action)
{
	const char *name = strrchr(path, '/') + 1;
	char fired[MAX_PATH];
	char line[MAX_PATH];
	int fd, n;

	snprintf(fired, sizeof(fired), "%.*s/fired", (int)(name - path - 1),
		 path);
	n = snprintf(line, sizeof(line), "%s %s\n", name, action);
	fd = open(fired, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	if (write(fd, line, (size_t)n) < 0)
		perror(fired);
	close(fd);
}

static void
wait_for_go(const char *path)
{
	char name[MAX_PATH + 4];
	int fd;

	snprintf(name, sizeof(name), "%s.at", path);
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
	snprintf(name, sizeof(name), "%s.go", path);
	for (int ms = 0; ms < MAX_WAIT_MS && access(name, F_OK) != 0;
	     ms += WAIT_STEP_MS)
		dl_clock_sleep_ms(WAIT_STEP_MS);
}

static bool
act(const char *path, const char *action)
{
	if (strncmp(action, "every ", 6) == 0)
		action += 6;
	if (strcmp(action, "pass") == 0)
		return false;
	tell(path, action);
	if (strcmp(action, "kill") == 0)
		kill(getpid(), SIGKILL);
	else if (strcmp(action, "stop") == 0)
		kill(getpid(), SIGSTOP);
	else if (strncmp(action, "sleep:", 6) == 0)
		dl_clock_sleep_ms(strtol(action + 6, NULL, 10));
	else if (strcmp(action, "wait") == 0)
		wait_for_go(path);
	return strcmp(action, "error") == 0;
}

bool
dl_failpoint_hit(const char *step, const char *what)
{
	char path[MAX_PATH];
	char text[MAX_FILE];

	return path_of(path, step, what) && take(path, text) && act(path, text);
}

int64_t
dl_failpoint_clock_ms(void)
{
	char path[MAX_PATH];
	char text[MAX_FILE];
	const char *rest;
	int64_t off_ms = 0;
	int fd;

	if (!path_of(path, "clock", NULL))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read_line(fd, text, &rest))
		off_ms = strtol(text, NULL, 10);
	close(fd);
	return off_ms;
}
