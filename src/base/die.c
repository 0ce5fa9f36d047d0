/* SPDX-License-Identifier: MIT */
/* Neither allocates. */
#include "config.h"

#include "base/die.h"

#include <stdlib.h>

#include "base/log.h"

void
dl_die(const char *event, const char *what)
{
	dl_log_raw(DL_LOG_CRIT, event, what);
	abort();
}

void *
dl_must(void *p)
{
	if (!p)
		dl_die("memory", "out of memory");
	return p;
}
