/* SPDX-License-Identifier: MIT */
/*
 * Threads, each of which serves one request after the other, whichever
 * connection has it.  Every simpler form was measured to hang on SIGTERM or to
 * kill the listening socket, which belongs to systemd: libfcgi accepts nobody
 * here, it is handed a connection with a request to read.
 */
#include "config.h"

#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "web/fcgi_internal.h"
#include "web/fcgi_poll.h"

#define LISTEN_FD 0
#define NO_FD     (-1)
/*
 * libfcgi 2.4.2 waits up to two seconds for the peer to close first, so that
 * nothing it still sends is left unread; all of it has been read by then
 * (dl_fcgi_serve()), and the wait is a sleep for each request.
 */
#define CLOSE_POLL_VARIABLE "LIBFCGI_OS_CLOSE_POLL_TIMEOUT"

struct state {
	const struct dl_server *server;
	struct dl_fcgi_poll *poll;
	atomic_int exit_status;
};

/* error: -errno. */
static void
give_up(struct state *state, int error)
{
	char text[64];

	snprintf(text, sizeof(text), "accept failed: %d", error);
	dl_log_raw(DL_LOG_CRIT, "http.accept", text);
	atomic_store(&state->exit_status, EX_OSERR);
	kill(getpid(), SIGTERM);
}

/*
 * One request of a connection, which has bytes to read or has ended.  libfcgi
 * has no call that hands it a connection: it looks like one that was kept from
 * a request before (2.4.2).
 */
static void
serve_one(const struct state *state, struct dl_arena *arena, int fd)
{
	FCGX_Request fcgi;

	FCGX_InitRequest(&fcgi, NO_FD, FCGI_FAIL_ACCEPT_ON_INTR);
	fcgi.ipcFd = fd;
	fcgi.keepConnection = true; /* until the request says */
	/* Where the connection has ended it is closed, and nobody accepted. */
	if (FCGX_Accept_r(&fcgi) == 0)
		dl_fcgi_serve(state->server, arena, &fcgi);
	/* Closed, unless the web server wants it kept. */
	if (fcgi.ipcFd >= 0)
		dl_fcgi_poll_keep(state->poll, fcgi.ipcFd);
}

static void *
run_worker(void *arg)
{
	struct state *state = arg;
	struct dl_arena *arena =
	    dl_arena_create(state->server->arena_cap + state->server->max_body);
	int fd;

	while ((fd = dl_fcgi_poll_take(state->poll)) > 0)
		serve_one(state, arena, fd);
	if (fd != DL_FCGI_STOPPED)
		give_up(state, fd);
	dl_arena_destroy(arena);
	return NULL;
}

/* Whether descriptor 0 is a listening socket, made non-blocking. */
static bool
take_socket(void)
{
	int is_listening = 0;
	socklen_t len = sizeof(is_listening);
	int flags;

	if (getsockopt(LISTEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &is_listening,
		       &len) < 0 ||
	    !is_listening)
		return false;
	flags = fcntl(LISTEN_FD, F_GETFL);
	return flags >= 0 && fcntl(LISTEN_FD, F_SETFL, flags | O_NONBLOCK) == 0;
}

static void
block_signals(sigset_t *stop)
{
	sigemptyset(stop);
	sigaddset(stop, SIGTERM);
	sigaddset(stop, SIGINT);
	pthread_sigmask(SIG_BLOCK, stop, NULL);
}

/* As many workers as can be started; at least one, or the program ends. */
static int
start_workers(struct state *state, pthread_t *threads)
{
	int n = 0;

	while (n < state->server->worker_threads &&
	       pthread_create(&threads[n], NULL, run_worker, state) == 0)
		n++;
	if (n == 0) {
		dl_log_raw(DL_LOG_CRIT, "http.start", "no thread starts");
		exit(EX_OSERR);
	}
	return n;
}

static void
serve(struct state *state, const sigset_t *stop)
{
	pthread_t *threads = dl_must(
	    calloc((size_t)state->server->worker_threads, sizeof(*threads)));
	int signal_number;
	int n = start_workers(state, threads);

	dl_log(DL_LOG_NOTICE, "http.start", "serving",
	       DL_F_INT("worker_threads", n));
	sigwait(stop, &signal_number);
	dl_log(DL_LOG_NOTICE, "http.stop", "finishing what is in flight",
	       DL_F_INT("signal", signal_number));
	dl_fcgi_poll_stop(state->poll);
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

int
dl_server_run(const struct dl_server *server)
{
	struct state state = {.server = server};
	sigset_t stop;

	assert(server->worker_threads > 0);
	/* Before libfcgi's handlers, which would swallow an early one. */
	block_signals(&stop);
	setenv(CLOSE_POLL_VARIABLE, "0", 1);
	if (FCGX_Init() != 0 || FCGX_IsCGI() || !take_socket()) {
		fprintf(stderr,
			"%s: descriptor 0 is no listening socket; start it by "
			"systemd's .socket unit or spawn-fcgi\n",
			server->program);
		return EX_USAGE;
	}
	state.poll = dl_fcgi_poll_create(LISTEN_FD);
	if (!state.poll) {
		dl_log_raw(DL_LOG_CRIT, "http.start", strerror(errno));
		return EX_OSERR;
	}
	serve(&state, &stop);
	dl_fcgi_poll_destroy(state.poll);
	return atomic_load(&state.exit_status);
}
