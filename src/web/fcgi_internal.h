/* SPDX-License-Identifier: MIT */
/*
 * What the two files of the FastCGI server share: one request, from the
 * accepted connection to its access line.  Included by src/web/fcgi_*.c
 * alone, the only files that see libfcgi.
 */
#ifndef DL_WEB_FCGI_INTERNAL_H
#define DL_WEB_FCGI_INTERNAL_H

#include <fcgiapp.h>

#include "web/fcgi_server.h"

/*
 * Reads the request that fcgi has accepted, answers it and writes its access
 * line.  The arena is the thread's; it is reset before the return, fcgi is
 * finished.
 */
void dl_fcgi_serve(const struct dl_server *server, struct dl_arena *arena,
		   FCGX_Request *fcgi);

#endif
