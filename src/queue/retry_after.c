/* SPDX-License-Identifier: MIT */
/* Retry-After in its three forms. */
#include "config.h"

#include "queue/retry_after.h"

#include <ctype.h>
#include <time.h>

#include "queue/duration.h"

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* The two or four digits at the offset; -1 where there are others. */
static int
digits(struct dl_str s, size_t offset, size_t n)
{
	int value = 0;

	for (size_t i = offset; i < offset + n; i++) {
		if (!isdigit((unsigned char)s.ptr[i]))
			return -1;
		value = value * 10 + (s.ptr[i] - '0');
	}
	return value;
}

static int
month_at(struct dl_str s, size_t offset)
{
	for (int i = 0; i < 12; i++)
		if (memcmp(s.ptr + offset, months[i], 3) == 0)
			return i;
	return -1;
}

/* "Tue, 24 Nov 2026 02:47:40 GMT": RFC 1123's form, the one that is sent. */
static bool
parse_date(struct dl_str s, int64_t *at_s)
{
	struct tm tm = {0};

	if (s.len != 29 || memcmp(s.ptr + 3, ", ", 2) != 0 ||
	    memcmp(s.ptr + 25, " GMT", 4) != 0 || s.ptr[7] != ' ' ||
	    s.ptr[11] != ' ' || s.ptr[16] != ' ' || s.ptr[19] != ':' ||
	    s.ptr[22] != ':')
		return false;
	tm.tm_mday = digits(s, 5, 2);
	tm.tm_mon = month_at(s, 8);
	tm.tm_year = digits(s, 12, 4) - 1900;
	tm.tm_hour = digits(s, 17, 2);
	tm.tm_min = digits(s, 20, 2);
	tm.tm_sec = digits(s, 23, 2);
	if (tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_mon < 0 ||
	    tm.tm_year < 70 || tm.tm_hour < 0 || tm.tm_hour > 23 ||
	    tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		return false;
	*at_s = timegm(&tm);
	return true;
}

bool
dl_retry_after_parse(struct dl_str value, int64_t now_ms, int64_t *delay_ms)
{
	struct dl_str text = dl_str_trim(value);
	int64_t number;

	if (dl_str_to_int64(text, &number)) {
		if (number < 0 || number > DL_RETRY_AFTER_MAX_MS / 1000)
			return false;
		*delay_ms = number * 1000;
		return true;
	}
	if (parse_date(text, &number)) {
		*delay_ms = number * 1000 > now_ms ? number * 1000 - now_ms : 0;
		return *delay_ms <= DL_RETRY_AFTER_MAX_MS;
	}
	return dl_duration_parse_go(text, delay_ms) &&
	       *delay_ms <= DL_RETRY_AFTER_MAX_MS;
}

bool
dl_retry_after_find(dl_retry_after_lookup lookup, const void *headers,
		    int64_t now_ms, int64_t *delay_ms)
{
	static const char *const names[] = {"Retry-After", "X-RateLimit-Reset",
					    "X-RateLimit-Reset-Requests",
					    "X-RateLimit-Reset-Tokens"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct dl_str value = lookup(headers, names[i]);

		if (value.len && dl_retry_after_parse(value, now_ms, delay_ms))
			return true;
	}
	return false;
}
