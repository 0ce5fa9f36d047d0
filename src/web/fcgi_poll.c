/* SPDX-License-Identifier: MIT */
/*
 * One epoll descriptor.  Each of its descriptors is EPOLLONESHOT: a client or a
 * request wakes one worker, the one that has slept least (the kernel's order),
 * and nobody else until it is watched again.
 */
#include "config.h"

#include "web/fcgi_poll.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

/* Pause while there is no free descriptor or memory for one, milliseconds. */
#define EXHAUSTED_PAUSE_MS 100
/*
 * A client writes as soon as it has connected.  Until then it has a worker's
 * attention, for so long, milliseconds: at the end nobody who is about to ask
 * is closed among the connections without a request.
 */
#define FIRST_WORD_MS 200
/* A connection with a higher number is not kept: LimitNOFILE of the units. */
#define FD_MAX 4096

struct dl_fcgi_poll {
	int epoll_fd;
	int listen_fd;
	int stop_fd; /* readable from the moment that the end was told */
	pthread_mutex_t lock; /* of giving back; of the end */
	bool is_stopped;
	atomic_int n_idle;
	/* By descriptor: without a request, and ours. Who clears it has it. */
	atomic_bool is_idle[FD_MAX];
};

/* Watches the descriptor, anew where it was watched before. */
static bool
watch(struct dl_fcgi_poll *poll, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(poll->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0 ||
	       (errno == ENOENT &&
		epoll_ctl(poll->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
}

struct dl_fcgi_poll *
dl_fcgi_poll_create(int listen_fd)
{
	struct dl_fcgi_poll *poll = calloc(1, sizeof(*poll));
	int error;

	if (!poll)
		return NULL;
	pthread_mutex_init(&poll->lock, NULL);
	poll->listen_fd = listen_fd;
	poll->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	poll->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (poll->epoll_fd >= 0 && poll->stop_fd >= 0 &&
	    watch(poll, listen_fd, EPOLLIN | EPOLLONESHOT) &&
	    watch(poll, poll->stop_fd, EPOLLIN))
		return poll;
	error = errno;
	dl_fcgi_poll_destroy(poll);
	errno = error;
	return NULL;
}

void
dl_fcgi_poll_destroy(struct dl_fcgi_poll *poll)
{
	if (!poll)
		return;
	if (poll->stop_fd >= 0)
		close(poll->stop_fd);
	if (poll->epoll_fd >= 0)
		close(poll->epoll_fd);
	pthread_mutex_destroy(&poll->lock);
	free(poll);
}

/* Whether the connection was without a request, and is the caller's now. */
static bool
take_idle(struct dl_fcgi_poll *poll, int fd)
{
	if (!atomic_exchange(&poll->is_idle[fd], false))
		return false;
	atomic_fetch_sub(&poll->n_idle, 1);
	return true;
}

/* False: it is to be closed; the lock is held. */
static bool
add_idle(struct dl_fcgi_poll *poll, int fd)
{
	if (poll->is_stopped || fd >= FD_MAX ||
	    atomic_load(&poll->n_idle) >= DL_FCGI_IDLE_MAX)
		return false;
	/* Before it is watched: from then on a worker may take it. */
	atomic_fetch_add(&poll->n_idle, 1);
	atomic_store(&poll->is_idle[fd], true);
	if (watch(poll, fd, EPOLLIN | EPOLLONESHOT))
		return true;
	take_idle(poll, fd);
	return false;
}

void
dl_fcgi_poll_keep(struct dl_fcgi_poll *poll, int fd)
{
	bool is_added;

	pthread_mutex_lock(&poll->lock);
	is_added = add_idle(poll, fd);
	pthread_mutex_unlock(&poll->lock);
	if (!is_added)
		close(fd);
}

static bool
says_something(int fd)
{
	struct pollfd client = {.fd = fd, .events = POLLIN};

	return poll(&client, 1, FIRST_WORD_MS) > 0;
}

/* Whether the process, or the machine, has no descriptor or memory left. */
static bool
is_exhausted(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	       error == ENOMEM;
}

/* Or whether another process was faster, or the client has gone again. */
static bool
is_passing(int error)
{
	return error == EAGAIN || error == EINTR || error == ECONNABORTED ||
	       is_exhausted(error);
}

/* A new connection; 0: none after all; -errno. */
static int
accept_client(struct dl_fcgi_poll *poll)
{
	int fd = accept4(poll->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	int error = errno;

	if (fd < 0 && is_exhausted(error))
		dl_clock_sleep_ms(EXHAUSTED_PAUSE_MS);
	if (!watch(poll, poll->listen_fd, EPOLLIN | EPOLLONESHOT)) {
		error = errno;
		if (fd >= 0)
			close(fd);
		return -error;
	}
	if (fd < 0)
		return is_passing(error) ? 0 : -error;
	if (says_something(fd))
		return fd;
	dl_fcgi_poll_keep(poll, fd);
	return 0;
}

int
dl_fcgi_poll_take(struct dl_fcgi_poll *poll)
{
	struct epoll_event event;
	int fd;

	for (;;) {
		if (epoll_wait(poll->epoll_fd, &event, 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		fd = event.data.fd;
		if (fd == poll->stop_fd)
			return DL_FCGI_STOPPED;
		if (fd == poll->listen_fd) {
			fd = accept_client(poll);
			if (fd != 0)
				return fd;
		} else if (take_idle(poll, fd)) {
			return fd;
		}
	}
}

void
dl_fcgi_poll_stop(struct dl_fcgi_poll *poll)
{
	pthread_mutex_lock(&poll->lock);
	poll->is_stopped = true;
	for (int fd = 0; fd < FD_MAX; fd++)
		if (take_idle(poll, fd))
			close(fd);
	pthread_mutex_unlock(&poll->lock);
	eventfd_write(poll->stop_fd, 1);
}
