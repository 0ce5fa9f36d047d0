/* SPDX-License-Identifier: MIT */
/*
 * What the workers of a FastCGI server wait for, all by one epoll descriptor:
 * clients at the listening socket, connections that the web server keeps, the
 * end.  A connection without a request holds no worker, and whichever worker is
 * free takes the next request of any.  Included by src/web/fcgi_*.c alone.
 *
 * Thread-safe.
 */
#ifndef DL_WEB_FCGI_POLL_H
#define DL_WEB_FCGI_POLL_H

#define DL_FCGI_STOPPED 0 /* no connection: it is the listening socket's */

/* Connections without a request; one more is closed. */
#define DL_FCGI_IDLE_MAX 512

struct dl_fcgi_poll;

/* listen_fd is non-blocking and remains the caller's.  NULL: errno says why. */
struct dl_fcgi_poll *dl_fcgi_poll_create(int listen_fd);
/* No worker may use it any more; NULL is no error. */
void dl_fcgi_poll_destroy(struct dl_fcgi_poll *poll);

/*
 * Blocks until a connection has a request to read, and returns it: the
 * caller's, who closes it or gives it back.  DL_FCGI_STOPPED once the end was
 * told; -errno where nobody can be accepted any more.
 */
int dl_fcgi_poll_take(struct dl_fcgi_poll *poll);

/* Takes a connection that may have another request, or closes it. */
void dl_fcgi_poll_keep(struct dl_fcgi_poll *poll, int fd);

/* Tells all workers, and closes the connections without a request. */
void dl_fcgi_poll_stop(struct dl_fcgi_poll *poll);

#endif
