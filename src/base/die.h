/* SPDX-License-Identifier: MIT */
/*
 * Ending the program where going on would be worse: no memory, a library that
 * can't do what it is there for.  Neither is an answer to a request.
 */
#ifndef DL_BASE_DIE_H
#define DL_BASE_DIE_H

/*
 * Logs what happened (static text, a literal or a library's) under the event's
 * name, and aborts: the supervisor starts the program anew.  Thread-safe.
 */
_Noreturn void dl_die(const char *event, const char *what);

/*
 * p, what an allocation gave, which remains the caller's; the program ends
 * where it is NULL.  Thread-safe.
 */
void *dl_must(void *p);

#endif
