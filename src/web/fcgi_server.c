/* SPDX-License-Identifier: MIT */
/*
 * Threads and the accept loop.  Every simpler form was measured to hang on
 * SIGTERM or to kill the listening socket, which belongs to systemd: the
 * socket is made non-blocking, each worker waits for it and for an eventfd
 * that SIGTERM makes readable, and only then calls FCGX_Accept_r.  It waits by
 * an epoll descriptor of its own with EPOLLEXCLUSIVE: a client wakes one worker
 * of this process or another, where poll() woke every idle one.
 *
 * Where the web server asks for it (FCGI_KEEP_CONN), a worker keeps the
 * connection that it served last, beside the listening socket, until somebody
 * new needs the worker: an idle connection holds no thread, and a busy worker
 * holds no other connection whose request would have to wait for it.  Somebody
 * new comes first in any case: he has woken nobody but this worker, while the
 * web server asks again where a kept connection closes.
 */
#include "config.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
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
/*
 * libfcgi 2.4.2 waits up to two seconds for the peer to close first, so that
 * nothing it still sends is left unread; all of it has been read by then
 * (dl_fcgi_serve()), and the wait is a sleep for each request.
 */
#define CLOSE_POLL_VARIABLE "LIBFCGI_OS_CLOSE_POLL_TIMEOUT"

struct state {
	const struct dl_server *server;
	int stop_fd; /* readable from the moment that SIGTERM came */
	atomic_int exit_status;
};

static bool
watch(int epoll_fd, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* What a worker waits by, or -errno where there is no descriptor left. */
static int
open_wait(const struct state *state)
{
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	int error;

	if (epoll_fd < 0)
		return -errno;
	if (watch(epoll_fd, LISTEN_FD, EPOLLIN | EPOLLEXCLUSIVE) &&
	    watch(epoll_fd, state->stop_fd, EPOLLIN))
		return epoll_fd;
	error = errno;
	close(epoll_fd);
	return -error;
}

/* What a worker was woken for. */
enum wake {
	WAKE_STOP,
	WAKE_NEW,  /* somebody waits at the listening socket */
	WAKE_KEPT, /* the kept connection has a request, or has ended */
};

static enum wake
wait_for_client(const struct state *state, int epoll_fd)
{
	struct epoll_event events[3];
	enum wake wake = WAKE_KEPT;
	int n;

	while ((n = epoll_wait(epoll_fd, events, 3, -1)) < 0)
		if (errno != EINTR)
			return WAKE_STOP;
	for (int i = 0; i < n; i++) {
		if (events[i].data.fd == state->stop_fd)
			return WAKE_STOP;
		if (events[i].data.fd == LISTEN_FD)
			wake = WAKE_NEW;
	}
	return wake;
}

/*
 * Waits for the connection that was just served, too; libfcgi has closed it
 * unless the web server wanted it kept.  Who keeps a new one registers for
 * clients again, behind the workers that have none: of those asleep the kernel
 * wakes who registered first, and would have this one closed for any client.
 * False where the worker no longer waits for clients.
 */
static bool
keep_connection(int epoll_fd, FCGX_Request *fcgi)
{
	if (fcgi->ipcFd < 0)
		return true;
	if (!watch(epoll_fd, fcgi->ipcFd, EPOLLIN)) {
		if (errno != EEXIST) /* it was kept before */
			FCGX_Free(fcgi, 1);
		return true;
	}
	return epoll_ctl(epoll_fd, EPOLL_CTL_DEL, LISTEN_FD, NULL) == 0 &&
	       watch(epoll_fd, LISTEN_FD, EPOLLIN | EPOLLEXCLUSIVE);
}

/* Whether another worker was faster, or the client has gone again. */
static bool
is_passing(int accept_error)
{
	return accept_error == -EAGAIN || accept_error == -EINTR ||
	       accept_error == -ECONNABORTED;
}

static void
give_up(struct state *state, const char *what, int error)
{
	char text[64];

	snprintf(text, sizeof(text), "%s failed: %d", what, error);
	dl_log_raw(DL_LOG_CRIT, "http.accept", text);
	atomic_store(&state->exit_status, EX_OSERR);
	kill(getpid(), SIGTERM);
}

static void
accept_until_stopped(struct state *state, int epoll_fd, struct dl_arena *arena,
		     FCGX_Request *fcgi)
{
	enum wake wake;

	while ((wake = wait_for_client(state, epoll_fd)) != WAKE_STOP) {
		int rc;

		if (wake == WAKE_NEW)
			FCGX_Free(fcgi, 1); /* what was kept, if anything */
		rc = FCGX_Accept_r(fcgi);
		if (rc == 0) {
			dl_fcgi_serve(state->server, arena, fcgi);
			if (!keep_connection(epoll_fd, fcgi)) {
				give_up(state, "epoll", -errno);
				return;
			}
		} else if (rc == -EMFILE || rc == -ENFILE) {
			dl_clock_sleep_ms(NO_DESCRIPTOR_PAUSE_MS);
		} else if (!is_passing(rc)) {
			give_up(state, "accept", rc);
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
	int epoll_fd = open_wait(state);
	FCGX_Request fcgi;

	FCGX_InitRequest(&fcgi, LISTEN_FD, FCGI_FAIL_ACCEPT_ON_INTR);
	if (epoll_fd >= 0)
		accept_until_stopped(state, epoll_fd, arena, &fcgi);
	else
		give_up(state, "epoll", epoll_fd);
	FCGX_Free(&fcgi, 1);
	if (epoll_fd >= 0)
		close(epoll_fd);
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
	setenv(CLOSE_POLL_VARIABLE, "0", 1);
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
