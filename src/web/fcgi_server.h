/* SPDX-License-Identifier: MIT */
/*
 * The FastCGI server around a handler: listening socket on fd 0 (as systemd
 * or spawn-fcgi hands it over), a fixed number of worker threads, SIGTERM
 * drains.  Nothing outside src/web/fcgi_*.c sees libfcgi.
 *
 * A connection that the web server wants kept (FCGI_KEEP_CONN) costs no thread
 * while it has no request.  SIGTERM closes it, perhaps just as its next request
 * comes: keep connections only for what the web server may ask again.
 */
#ifndef DL_WEB_FCGI_SERVER_H
#define DL_WEB_FCGI_SERVER_H

#include "base/error.h"
#include "base/settings.h"
#include "web/request.h"
#include "web/response.h"

/*
 * Answers one request.  DL_OK: *response is filled (a problem counts as
 * filled).  Any other code: *err says what failed, and the server answers
 * with that code's problem and logs err.  Runs on a worker thread; app is
 * shared by all of them.
 */
typedef enum dl_code (*dl_handler)(void *app, const struct dl_request *request,
				   struct dl_response *response,
				   struct dl_error *err);

struct dl_server {
	const char *program; /* static; the log's "program" */
	int worker_threads;
	size_t max_body;   /* bytes; a longer one is 413 without a read */
	size_t arena_cap;  /* bytes a request may use beside its body */
	size_t max_answer; /* bytes of response->body */
	dl_handler handle;
	void *app;
	/* Writes the answer to a failure; NULL: as a problem. */
	void (*answer_failure)(struct dl_response *response,
			       const struct dl_error *err);
};

/*
 * Serves until SIGTERM or SIGINT, then finishes what is in flight and
 * returns the exit status: 0; 64 when fd 0 is no listening socket.  Call
 * once, from main, with no other thread running but those that block all
 * signals.
 */
int dl_server_run(const struct dl_server *server);

#endif
