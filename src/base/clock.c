/* SPDX-License-Identifier: MIT */
/* Clocks, and RFC 3339 in and out. */
#include "config.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/failpoint.h"

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
dl_clock_now_ms(void)
{
	return read_clock(CLOCK_REALTIME) + DL_FAILPOINT_CLOCK_MS();
}

int64_t
dl_clock_boot_ms(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

void
dl_clock_after(int64_t ms, struct timespec *until)
{
	clock_gettime(CLOCK_MONOTONIC, until);
	until->tv_sec += ms / 1000;
	until->tv_nsec += ms % 1000 * 1000000;
	if (until->tv_nsec >= 1000000000) {
		until->tv_sec++;
		until->tv_nsec -= 1000000000;
	}
}

void
dl_clock_sleep_ms(int64_t ms)
{
	struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (ms > 0 && nanosleep(&ts, &ts) != 0 && errno == EINTR)
		;
}

const char *
dl_clock_format(int64_t at_ms, char out[DL_RFC3339_MAX])
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm tm;
	size_t len;

	gmtime_r(&seconds, &tm);
	len = strftime(out, DL_RFC3339_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, DL_RFC3339_MAX - len, ".%03dZ",
		 (int)(at_ms % 1000));
	return out;
}

/* n digits at *s as a number; moves *s past them. */
static bool
take_digits(struct dl_str *s, size_t n, int *out)
{
	*out = 0;
	if (s->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s->ptr[i] < '0' || s->ptr[i] > '9')
			return false;
		*out = *out * 10 + (s->ptr[i] - '0');
	}
	s->ptr += n;
	s->len -= n;
	return true;
}

/* One of the two given characters at *s; moves past it. */
static bool
take_char(struct dl_str *s, char a, char b)
{
	if (!s->len || (s->ptr[0] != a && s->ptr[0] != b))
		return false;
	s->ptr++;
	s->len--;
	return true;
}

static bool
take_fraction(struct dl_str *s, int *ms)
{
	int weight = 100;
	size_t digits = 0;

	*ms = 0;
	if (!take_char(s, '.', ','))
		return true;
	while (s->len && s->ptr[0] >= '0' && s->ptr[0] <= '9') {
		*ms += (s->ptr[0] - '0') * weight;
		weight /= 10;
		digits++;
		s->ptr++;
		s->len--;
	}
	return digits > 0;
}

/* The zone at *s as seconds east of UTC. */
static bool
take_zone(struct dl_str *s, int *east_s)
{
	int hours, minutes, sign;

	*east_s = 0;
	if (take_char(s, 'Z', 'z'))
		return true;
	if (!s->len || (s->ptr[0] != '+' && s->ptr[0] != '-'))
		return false;
	sign = s->ptr[0] == '-' ? -1 : 1;
	take_char(s, '+', '-');
	if (!take_digits(s, 2, &hours) || !take_char(s, ':', ':') ||
	    !take_digits(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*east_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool
take_date_time(struct dl_str *s, struct tm *tm)
{
	if (!take_digits(s, 4, &tm->tm_year) || !take_char(s, '-', '-') ||
	    !take_digits(s, 2, &tm->tm_mon) || !take_char(s, '-', '-') ||
	    !take_digits(s, 2, &tm->tm_mday) || !take_char(s, 'T', 't') ||
	    !take_digits(s, 2, &tm->tm_hour) || !take_char(s, ':', ':') ||
	    !take_digits(s, 2, &tm->tm_min) || !take_char(s, ':', ':') ||
	    !take_digits(s, 2, &tm->tm_sec))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return tm->tm_hour <= 23 && tm->tm_min <= 59 && tm->tm_sec <= 59;
}

bool
dl_clock_parse(struct dl_str s, int64_t *at_ms)
{
	struct tm tm = {0};
	struct tm normal;
	int ms, east_s;
	time_t seconds;

	if (!take_date_time(&s, &tm) || !take_fraction(&s, &ms) ||
	    !take_zone(&s, &east_s) || s.len)
		return false;
	normal = tm;
	seconds = timegm(&normal);
	/* timegm() turns 31 February into March: such a date is refused. */
	if (normal.tm_mday != tm.tm_mday || normal.tm_mon != tm.tm_mon ||
	    tm.tm_year < 70)
		return false;
	*at_ms = ((int64_t)seconds - east_s) * 1000 + ms;
	return true;
}
