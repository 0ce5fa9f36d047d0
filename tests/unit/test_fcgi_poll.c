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

/* A listening socket without a name in the file system, and its address. */
static int
listen_somewhere(struct sockaddr_un *address, socklen_t *len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	*len = sizeof(sa_family_t); /* the kernel gives it a name */
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)address, *len), 0);
	*len = sizeof(*address);
	CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)address, len),
			      0);
	CU_ASSERT_EQUAL_FATAL(listen(fd, 8), 0);
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
	struct sockaddr_un address;
	socklen_t len;
	int listen_fd = listen_somewhere(&address, &len);
	struct dl_fcgi_poll *poll = dl_fcgi_poll_create(listen_fd);
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	char byte = 0;
	int fd;

	CU_ASSERT_PTR_NOT_NULL_FATAL(poll);
	CU_ASSERT_EQUAL_FATAL(connect(client, (struct sockaddr *)&address, len),
			      0);
	CU_ASSERT_EQUAL(write(client, "a", 1), 1);
	fd = dl_fcgi_poll_take(poll);
	CU_ASSERT_FATAL(fd > 0);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	CU_ASSERT_EQUAL(read(fd, &byte, 1), 1);
	CU_ASSERT_EQUAL(byte, 'a');
	/* Kept, it is taken again for its next request. */
	dl_fcgi_poll_keep(poll, fd);
	CU_ASSERT_EQUAL(write(client, "b", 1), 1);
	CU_ASSERT_EQUAL(dl_fcgi_poll_take(poll), fd);
	CU_ASSERT_EQUAL(read(fd, &byte, 1), 1);
	CU_ASSERT_EQUAL(byte, 'b');
	close(fd);
	CU_ASSERT_TRUE(is_closed(client));
	close(client);
	dl_fcgi_poll_destroy(poll);
	dl_fcgi_poll_destroy(NULL);
	close(listen_fd);
}

/* Who says nothing is watched, and the one who speaks is served. */
static void
test_silent_client(void)
{
	struct sockaddr_un address;
	socklen_t len;
	int listen_fd = listen_somewhere(&address, &len);
	struct dl_fcgi_poll *poll = dl_fcgi_poll_create(listen_fd);
	int silent = socket(AF_UNIX, SOCK_STREAM, 0);
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	char byte = 0;
	int fd;

	CU_ASSERT_EQUAL(connect(silent, (struct sockaddr *)&address, len), 0);
	CU_ASSERT_EQUAL(connect(client, (struct sockaddr *)&address, len), 0);
	CU_ASSERT_EQUAL(write(client, "a", 1), 1);
	fd = dl_fcgi_poll_take(poll);
	CU_ASSERT_EQUAL(read(fd, &byte, 1), 1);
	CU_ASSERT_EQUAL(byte, 'a');
	CU_ASSERT_EQUAL(write(silent, "b", 1), 1);
	dl_fcgi_poll_keep(poll, fd);
	fd = dl_fcgi_poll_take(poll);
	CU_ASSERT_EQUAL(read(fd, &byte, 1), 1);
	CU_ASSERT_EQUAL(byte, 'b');
	dl_fcgi_poll_keep(poll, fd);
	dl_fcgi_poll_stop(poll);
	CU_ASSERT_TRUE(is_closed(silent));
	CU_ASSERT_TRUE(is_closed(client));
	close(silent);
	close(client);
	dl_fcgi_poll_destroy(poll);
	close(listen_fd);
}

static void *
take_until_stopped(void *poll)
{
	return dl_fcgi_poll_take(poll) == DL_FCGI_STOPPED ? NULL : poll;
}

static void
test_stop(void)
{
	struct sockaddr_un address;
	socklen_t len;
	int listen_fd = listen_somewhere(&address, &len);
	struct dl_fcgi_poll *poll = dl_fcgi_poll_create(listen_fd);
	pthread_t workers[4];
	int idle[2], busy[2];
	void *failed;

	socketpair(AF_UNIX, SOCK_STREAM, 0, idle);
	socketpair(AF_UNIX, SOCK_STREAM, 0, busy);
	for (int i = 0; i < 4; i++)
		pthread_create(&workers[i], NULL, take_until_stopped, poll);
	dl_fcgi_poll_keep(poll, idle[0]);
	dl_fcgi_poll_stop(poll);
	for (int i = 0; i < 4; i++) {
		pthread_join(workers[i], &failed);
		CU_ASSERT_PTR_NULL(failed);
	}
	CU_ASSERT_TRUE(is_closed(idle[1]));
	/* One whose request ends now is closed behind it. */
	CU_ASSERT_FALSE(is_closed(busy[1]));
	dl_fcgi_poll_keep(poll, busy[0]);
	CU_ASSERT_TRUE(is_closed(busy[1]));
	close(idle[1]);
	close(busy[1]);
	dl_fcgi_poll_destroy(poll);
	close(listen_fd);
}

static void
test_too_many(void)
{
	static int ends[DL_FCGI_IDLE_MAX + 1];
	struct rlimit limit;
	struct sockaddr_un address;
	socklen_t len;
	int listen_fd = listen_somewhere(&address, &len);
	struct dl_fcgi_poll *poll = dl_fcgi_poll_create(listen_fd);
	int pair[2];
	char byte;
	int fd;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i <= DL_FCGI_IDLE_MAX; i++) {
		CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair),
				      0);
		ends[i] = pair[1];
		dl_fcgi_poll_keep(poll, pair[0]);
		CU_ASSERT_EQUAL(is_closed(ends[i]), i == DL_FCGI_IDLE_MAX);
	}
	/* One that is taken makes room for another. */
	CU_ASSERT_EQUAL(write(ends[7], "a", 1), 1);
	fd = dl_fcgi_poll_take(poll);
	CU_ASSERT_EQUAL(read(fd, &byte, 1), 1);
	close(fd);
	CU_ASSERT_TRUE(is_closed(ends[7]));
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	dl_fcgi_poll_keep(poll, pair[0]);
	CU_ASSERT_FALSE(is_closed(pair[1]));
	dl_fcgi_poll_stop(poll);
	CU_ASSERT_TRUE(is_closed(pair[1]));
	close(pair[1]);
	for (int i = 0; i <= DL_FCGI_IDLE_MAX; i++)
		close(ends[i]);
	dl_fcgi_poll_destroy(poll);
	close(listen_fd);
}

static const struct unit_test tests[] = {
    {"a client, and what it asks next", test_new_client},
    {"one who says nothing", test_silent_client},
    {"the end", test_stop},
    {"more than are kept", test_too_many},
};

UNIT_MAIN("fcgi_poll", tests)
