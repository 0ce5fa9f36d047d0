/* SPDX-License-Identifier: MIT */
/*
 * supervise: keeps one program running, as systemd would with a socket unit
 * and Restart=always.  It holds the listening socket itself and hands it over
 * on fd 0, so that no connection is lost while the program is down; the
 * program runs in a process group of its own, which is killed whole before a
 * restart (a killed nginx leaves workers, a killed server its children).
 *
 * supervise [--socket PATH] [--pid-file FILE] [--log FILE]
 *           [--stop-signal TERM|INT|QUIT] PROGRAM [ARG...]
 *
 * SIGTERM or SIGINT (unless it was ignored at the start) stops the program and
 * then supervise, which also ends with its parent.  A program that exits 64 or
 * 78 (bad usage, bad settings) is not started again; its status becomes
 * supervise's.  How a program ended that was not told to is a line in
 * FILE.ended beside the pid file.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RESTART_PAUSE_MS 200
/* Above the longest drain of a test's request. */
#define STOP_PATIENCE_MS 10000
/* As the socket units have it: hundreds connect at once. */
#define BACKLOG 4096

struct options {
	const char *socket_path;
	const char *pid_file;
	const char *log_file;
	int stop_signal;
	char **command;
};

static int
usage(void)
{
	fputs("usage: supervise [--socket PATH] [--pid-file FILE] "
	      "[--log FILE] [--stop-signal TERM|INT|QUIT] PROGRAM [ARG...]\n",
	      stderr);
	return 64;
}

static int
signal_by_name(const char *name)
{
	if (strcmp(name, "INT") == 0)
		return SIGINT;
	if (strcmp(name, "QUIT") == 0)
		return SIGQUIT;
	return strcmp(name, "TERM") == 0 ? SIGTERM : -1;
}

static bool
parse_options(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
	    {"socket", required_argument, NULL, 's'},
	    {"pid-file", required_argument, NULL, 'p'},
	    {"log", required_argument, NULL, 'l'},
	    {"stop-signal", required_argument, NULL, 'k'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	*options = (struct options){.stop_signal = SIGTERM};
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		if (c == 's')
			options->socket_path = optarg;
		else if (c == 'p')
			options->pid_file = optarg;
		else if (c == 'l')
			options->log_file = optarg;
		else if (c == 'k')
			options->stop_signal = signal_by_name(optarg);
		else
			return false;
	}
	options->command = argv + optind;
	return optind < argc && options->stop_signal > 0;
}

/* A listening unix socket at path, or -1. */
static int
listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    chmod(path, 0600) == -1 || listen(fd, BACKLOG) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
redirect(int fd, const char *path, int flags)
{
	int file = open(path, flags, 0600);

	if (file == -1 || dup2(file, fd) == -1)
		_exit(71);
	if (file != fd)
		close(file);
}

/* In the child: group, descriptors, signal mask, exec. */
static void
become_program(const struct options *options, int listener)
{
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (listener != -1) {
		if (dup2(listener, STDIN_FILENO) == -1)
			_exit(71);
	} else {
		redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
	}
	if (options->log_file) {
		redirect(STDERR_FILENO, options->log_file,
			 O_WRONLY | O_CREAT | O_APPEND);
		dup2(STDERR_FILENO, STDOUT_FILENO);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(options->command[0], options->command);
	perror(options->command[0]);
	_exit(127);
}

/* Written beside and renamed, so that a reader never sees half a number. */
static void
write_pid(const char *path, pid_t pid)
{
	char beside[4096];
	FILE *f;

	if (!path)
		return;
	snprintf(beside, sizeof(beside), "%s.new", path);
	f = fopen(beside, "we");
	if (!f)
		return;
	fprintf(f, "%ld\n", (long)pid);
	fclose(f);
	rename(beside, path);
}

/* How it ended, a line each time, in PID-FILE.ended. */
static void
note_end(const char *path, pid_t pid, int status)
{
	char beside[4096];
	FILE *f;

	if (!path)
		return;
	snprintf(beside, sizeof(beside), "%s.ended", path);
	f = fopen(beside, "ae");
	if (!f)
		return;
	if (WIFSIGNALED(status))
		fprintf(f, "%ld by signal %d\n", (long)pid, WTERMSIG(status));
	else
		fprintf(f, "%ld with status %d\n", (long)pid,
			WEXITSTATUS(status));
	fclose(f);
}

static pid_t
start(const struct options *options, int listener)
{
	pid_t pid = fork();

	if (pid == 0)
		become_program(options, listener);
	if (pid > 0) {
		setpgid(pid, pid); /* whichever of the two is first */
		write_pid(options->pid_file, pid);
	}
	return pid;
}

/* Waits for a signal; 0 after timeout_ms (-1: for ever). */
static int
next_signal(int signals, int timeout_ms)
{
	struct pollfd p = {.fd = signals, .events = POLLIN};
	struct signalfd_siginfo info;

	if (poll(&p, 1, timeout_ms) <= 0)
		return 0;
	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

/* Reaps what has ended; true when pid itself did, or nothing is left. */
static bool
reap(pid_t pid, int *status)
{
	bool has_ended = false;
	int one;
	pid_t got;

	while ((got = waitpid(-1, &one, WNOHANG)) > 0) {
		if (got == pid) {
			*status = one;
			has_ended = true;
		}
	}
	return has_ended || (got == -1 && errno == ECHILD);
}

static void
stop(const struct options *options, int signals, pid_t pid)
{
	int status;

	kill(pid, options->stop_signal);
	for (int waited = 0; waited < STOP_PATIENCE_MS; waited += 100) {
		next_signal(signals, 100);
		if (reap(pid, &status))
			break;
	}
	kill(-pid, SIGKILL);
	while (waitpid(-1, &status, 0) > 0)
		;
	if (options->pid_file)
		unlink(options->pid_file);
	if (options->socket_path)
		unlink(options->socket_path);
}

static bool
is_final(int status)
{
	return WIFEXITED(status) &&
	       (WEXITSTATUS(status) == 64 || WEXITSTATUS(status) == 78);
}

/* Restarts until told to stop; returns supervise's exit status. */
static int
supervise(const struct options *options, int listener, int signals)
{
	for (;;) {
		pid_t pid = start(options, listener);
		int status = 0;
		int got;

		if (pid == -1)
			return 71;
		for (;;) {
			got = next_signal(signals, -1);
			if (got == SIGTERM || got == SIGINT) {
				stop(options, signals, pid);
				return 0;
			}
			if (got == SIGCHLD && reap(pid, &status))
				break;
		}
		kill(-pid, SIGKILL);
		note_end(options->pid_file, pid, status);
		if (is_final(status))
			return WEXITSTATUS(status);
		got = next_signal(signals, RESTART_PAUSE_MS);
		if (got == SIGTERM || got == SIGINT) {
			stop(options, signals, pid);
			return 0;
		}
	}
}

/* A blocked signal is queued even where it is ignored: it must be asked. */
static bool
is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 &&
	       action.sa_handler == SIG_IGN;
}

int
main(int argc, char **argv)
{
	struct options options;
	sigset_t handled;
	int listener = -1;

	if (!parse_options(argc, argv, &options))
		return usage();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* What a killed program leaves behind is reaped here. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&handled);
	sigaddset(&handled, SIGTERM);
	if (!is_ignored(SIGINT))
		sigaddset(&handled, SIGINT);
	sigaddset(&handled, SIGCHLD);
	sigprocmask(SIG_BLOCK, &handled, NULL);
	if (options.socket_path) {
		listener = listen_at(options.socket_path);
		if (listener == -1) {
			perror(options.socket_path);
			return 73;
		}
	}
	return supervise(&options, listener,
			 signalfd(-1, &handled, SFD_CLOEXEC));
}
