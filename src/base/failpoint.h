/* SPDX-License-Identifier: MIT */
/*
 * Named steps at which the fault tests make a program die, hang or fail.  Only
 * a build made with --enable-failpoints holds them; in any other the macros
 * are constants and no name of a step reaches the program.
 *
 * The environment variable DL_FAILPOINTS names a directory.  What a step does
 * is in its file PROGRAM.STEP.WHAT there (".WHAT" only where the step has
 * one), an action a line, of which each hit takes the first away; a file
 * without lines, or none, does nothing:
 *
 *	pass      go on: the way to the n-th hit
 *	kill      SIGKILL to the own process
 *	stop      SIGSTOP to the own process; goes on when it is continued
 *	sleep:MS  sleeps
 *	wait      makes the step's file .at, then waits for .go, 60 s at most
 *	error     the step fails, in the way that its place documents
 *	every A   the action A at every hit; never taken away
 *
 * What is done (all but pass) is appended to the directory's file "fired".
 * Steps: db.before.*, db.answered.*, db.done.* (src/store/db.c, by the
 * statement's name), http.before.*, http.written.*, http.done.*
 * (src/remote/http.c, by whom is called), web.reply (src/web).
 *
 * Thread-safe; several processes may share a directory.
 */
#ifndef DL_BASE_FAILPOINT_H
#define DL_BASE_FAILPOINT_H

#ifdef DL_FAILPOINTS

#include <stdbool.h>
#include <stdint.h>

/* Does what the step's file says; true: the caller shall fail. */
bool dl_failpoint_hit(const char *step, const char *what);

/* Milliseconds that this program's clock is off: its file PROGRAM.clock. */
int64_t dl_failpoint_clock_ms(void);

#define DL_FAILPOINT(step, what) dl_failpoint_hit((step), (what))
#define DL_FAILPOINT_CLOCK_MS()  dl_failpoint_clock_ms()

#else

#define DL_FAILPOINT(step, what) false
#define DL_FAILPOINT_CLOCK_MS()  0

#endif

#endif
