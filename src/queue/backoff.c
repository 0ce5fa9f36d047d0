/* SPDX-License-Identifier: MIT */
/* The default backoff. */
#include "config.h"

#include "queue/backoff.h"

#include <math.h>

#define MAX_S 86400.0

int64_t
dl_backoff_ms(int64_t n)
{
	double seconds = exp(2.5 * (double)n);

	return (int64_t)((seconds < MAX_S ? seconds : MAX_S) * 1000);
}
