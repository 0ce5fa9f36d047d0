/* SPDX-License-Identifier: MIT */
/*
 * Threads and the accept loop.  Every simpler form was measured to hang on
 * SIGTERM or to kill the listening socket, which belongs to systemd: the
 * socket is made non-blocking, each worker polls it together with an eventfd
 * that SIGTERM makes readable, and only then calls FCGX_Accept_r.
 */
#include "config.h"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "web/fcgi_internal.h"

#define LISTEN_FD 0
/* Pause while the process has no free descriptor, milliseconds. */
#define NO_DESCRIPTOR_PAUSE_MS 100

struct state {
	const struct dl_server *server;
	int stop_fd; /* readable from the moment that SIGTERM came */
	atomic_int exit_status;
};

/* False once the program is to stop. */
static bool
wait_for_client(const struct state *state)
{
	struct pollfd fds[2] = {{.fd = LISTEN_FD, .events = POLLIN},
				{.fd = state->stop_fd, .events = POLLIN}};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	return fds[1].revents == 0;
}

/* Whether another worker was faster, or the client has gone again. */
static bool
is_passing(int accept_error)
{
	return accept_error == -EAGAIN || accept_error == -EINTR ||
	       accept_error == -ECONNABORTED;
}

static void
give_up(struct state *state, int accept_error)
{
	char text[64];

	snprintf(text, sizeof(text), "accept failed: %d", accept_error);
	dl_log_raw(DL_LOG_CRIT, "http.accept", text);
	atomic_store(&state->exit_status, EX_OSERR);
	kill(getpid(), SIGTERM);
}

static void
accept_until_stopped(struct state *state, struct dl_arena *arena,
		     FCGX_Request *fcgi)
{
	while (wait_for_client(state)) {
		int rc = FCGX_Accept_r(fcgi);

		if (rc == 0) {
			dl_fcgi_serve(state->server, arena, fcgi);
		} else if (rc == -EMFILE || rc == -ENFILE) {
			dl_clock_sleep_ms(NO_DESCRIPTOR_PAUSE_MS);
		} else if (!is_passing(rc)) {
			give_up(state, rc);
			return;
		}
	}
}

static void *
run_worker(void *arg)
{
	struct state *state = arg;
	struct dl_arena *arena =
	    dl_arena_create(state->server->arena_cap + state->server->max_body);
	FCGX_Request fcgi;

	FCGX_InitRequest(&fcgi, LISTEN_FD, FCGI_FAIL_ACCEPT_ON_INTR);
	accept_until_stopped(state, arena, &fcgi);
	FCGX_Free(&fcgi, 1);
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
serve(struct state *state)
{
	pthread_t *threads =
	    calloc((size_t)state->server->worker_threads, sizeof(*threads));
	sigset_t stop;
	int signal_number;
	int n;

	if (!threads)
		abort();
	block_signals(&stop);
	n = start_workers(state, threads);
	dl_log(DL_LOG_NOTICE, "http.start", "serving",
	       DL_F_INT("worker_threads", n));
	sigwait(&stop, &signal_number);
	dl_log(DL_LOG_NOTICE, "http.stop", "finishing what is in flight",
	       DL_F_INT("signal", signal_number));
	eventfd_write(state->stop_fd, 1);
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

int
dl_server_run(const struct dl_server *server)
{
	struct state state = {.server = server};

	assert(server->worker_threads > 0);
	if (FCGX_Init() != 0 || FCGX_IsCGI() || !take_socket()) {
		fprintf(stderr,
			"%s: descriptor 0 is no listening socket; start it by "
			"systemd's .socket unit or spawn-fcgi\n",
			server->program);
		return EX_USAGE;
	}
	state.stop_fd = eventfd(0, EFD_CLOEXEC);
	if (state.stop_fd < 0) {
		dl_log_raw(DL_LOG_CRIT, "http.start", "no eventfd");
		return EX_OSERR;
	}
	serve(&state);
	close(state.stop_fd);
	return atomic_load(&state.exit_status);
}
