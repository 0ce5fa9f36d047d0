/* SPDX-License-Identifier: MIT */
/* web/fcgi_poll: whose turn it is, who is closed, the end. */
#include "config.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "unit.h"
#include "web/fcgi_poll.h"

/* A poll set around a listening socket without a name in the file system. */
struct server {
	struct sockaddr_un address;
	socklen_t len;
	int listen_fd;
	struct dl_fcgi_poll *poll;
};

static void
open_server(struct server *server)
{
	struct sockaddr *address = (struct sockaddr *)&server->address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	*server =
	    (struct server){.address.sun_family = AF_UNIX, .listen_fd = fd};
	server->len = sizeof(sa_family_t); /* the kernel gives it a name */
	CU_ASSERT_EQUAL_FATAL(bind(fd, address, server->len), 0);
	server->len = sizeof(server->address);
	CU_ASSERT_EQUAL_FATAL(getsockname(fd, address, &server->len), 0);
	CU_ASSERT_EQUAL_FATAL(listen(fd, 8), 0);
	server->poll = dl_fcgi_poll_create(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(server->poll);
}

static void
close_server(struct server *server)
{
	dl_fcgi_poll_destroy(server->poll);
	close(server->listen_fd);
}

static int
connect_to(const struct server *server)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	CU_ASSERT_EQUAL_FATAL(
	    connect(fd, (const struct sockaddr *)&server->address, server->len),
	    0);
	return fd;
}

/* The next connection to serve, on which this byte has come. */
static int
take_with(struct server *server, char want)
{
	int fd = dl_fcgi_poll_take(server->poll);
	char byte = 0;

	CU_ASSERT_FATAL(fd > 0);
	CU_ASSERT_EQUAL(read(fd, &byte, 1), 1);
	CU_ASSERT_EQUAL(byte, want);
	return fd;
}

/* Whether the other end has closed, without waiting for it. */
static bool
is_closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void
test_new_client(void)
{
	struct server server;
	int client;
	int fd;

	open_server(&server);
	client = connect_to(&server);
	CU_ASSERT_EQUAL(write(client, "a", 1), 1);
	fd = take_with(&server, 'a');
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	/* Kept, it is taken again for its next request. */
	dl_fcgi_poll_keep(server.poll, fd);
	CU_ASSERT_EQUAL(write(client, "b", 1), 1);
	CU_ASSERT_EQUAL(take_with(&server, 'b'), fd);
	close(fd);
	CU_ASSERT_TRUE(is_closed(client));
	close(client);
	close_server(&server);
	dl_fcgi_poll_destroy(NULL);
}

/* Who says nothing is watched, and the one who speaks is served. */
static void
test_silent_client(void)
{
	struct server server;
	int silent, client;
	int fd;

	open_server(&server);
	silent = connect_to(&server);
	client = connect_to(&server);
	CU_ASSERT_EQUAL(write(client, "a", 1), 1);
	fd = take_with(&server, 'a');
	CU_ASSERT_EQUAL(write(silent, "b", 1), 1);
	dl_fcgi_poll_keep(server.poll, fd);
	dl_fcgi_poll_keep(server.poll, take_with(&server, 'b'));
	dl_fcgi_poll_stop(server.poll);
	CU_ASSERT_TRUE(is_closed(silent));
	CU_ASSERT_TRUE(is_closed(client));
	close(silent);
	close(client);
	close_server(&server);
}

static void *
take_until_stopped(void *poll)
{
	return dl_fcgi_poll_take(poll) == DL_FCGI_STOPPED ? NULL : poll;
}

static void
test_stop(void)
{
	struct server server;
	pthread_t workers[4];
	int idle[2], busy[2];
	void *failed;

	open_server(&server);
	socketpair(AF_UNIX, SOCK_STREAM, 0, idle);
	socketpair(AF_UNIX, SOCK_STREAM, 0, busy);
	for (int i = 0; i < 4; i++)
		pthread_create(&workers[i], NULL, take_until_stopped,
			       server.poll);
	dl_fcgi_poll_keep(server.poll, idle[0]);
	dl_fcgi_poll_stop(server.poll);
	for (int i = 0; i < 4; i++) {
		pthread_join(workers[i], &failed);
		CU_ASSERT_PTR_NULL(failed);
	}
	CU_ASSERT_TRUE(is_closed(idle[1]));
	/* One whose request ends now is closed behind it. */
	CU_ASSERT_FALSE(is_closed(busy[1]));
	dl_fcgi_poll_keep(server.poll, busy[0]);
	CU_ASSERT_TRUE(is_closed(busy[1]));
	close(idle[1]);
	close(busy[1]);
	close_server(&server);
}

static void
test_too_many(void)
{
	static int ends[DL_FCGI_IDLE_MAX + 1];
	struct rlimit limit;
	struct server server;
	int pair[2];

	open_server(&server);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i <= DL_FCGI_IDLE_MAX; i++) {
		CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair),
				      0);
		ends[i] = pair[1];
		dl_fcgi_poll_keep(server.poll, pair[0]);
		CU_ASSERT_EQUAL(is_closed(ends[i]), i == DL_FCGI_IDLE_MAX);
	}
	/* One that is taken makes room for another. */
	CU_ASSERT_EQUAL(write(ends[7], "a", 1), 1);
	close(take_with(&server, 'a'));
	CU_ASSERT_TRUE(is_closed(ends[7]));
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	dl_fcgi_poll_keep(server.poll, pair[0]);
	CU_ASSERT_FALSE(is_closed(pair[1]));
	dl_fcgi_poll_stop(server.poll);
	CU_ASSERT_TRUE(is_closed(pair[1]));
	close(pair[1]);
	for (int i = 0; i <= DL_FCGI_IDLE_MAX; i++)
		close(ends[i]);
	close_server(&server);
}

static const struct unit_test tests[] = {
    {"a client, and what it asks next", test_new_client},
    {"one who says nothing", test_silent_client},
    {"the end", test_stop},
    {"more than are kept", test_too_many},
};

UNIT_MAIN("fcgi_poll", tests)
