/* SPDX-License-Identifier: MIT */
/* Other machines' clocks against ours. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "cli/doctor.h"

/* What chrony keeps a clock within by far; more is a clock that runs free. */
#define NOTICE_MS 5000

void
doctor_clock(struct doctor *d, const char *whose, int64_t other_ms,
	     int64_t limit_ms)
{
	static const char mend[] =
	    "acerte os relógios (apt install chrony; timedatectl set-ntp true)";
	int64_t ahead_ms = other_ms - dl_clock_now_ms();

	if (llabs(ahead_ms) > limit_ms)
		doctor_error(d, mend,
			     "o relógio %s difere do nosso em %" PRId64 " s",
			     whose, ahead_ms / 1000);
	else if (llabs(ahead_ms) > NOTICE_MS)
		doctor_warning(d, mend,
			       "o relógio %s difere do nosso em %" PRId64 " s",
			       whose, ahead_ms / 1000);
	else
		doctor_ok(d, "o relógio %s concorda com o nosso", whose);
}

void
doctor_clock_header(struct doctor *d, const char *whose, struct dl_str date,
		    int64_t limit_ms)
{
	const char *text = dl_arena_strndup(d->cli.arena, date.ptr, date.len);
	struct tm tm = {0};

	/* Names of days and months are the C locale's: only LC_CTYPE is set. */
	if (date.len && strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		doctor_clock(d, whose, (int64_t)timegm(&tm) * 1000, limit_ms);
}
