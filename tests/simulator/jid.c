/* SPDX-License-Identifier: MIT */
/* Numbers and addresses. */
#include "config.h"

#include "jid.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define USER_SUFFIX "@s.whatsapp.net"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Drops the first ":<digits>", a device. */
static void
drop_device(char *s)
{
	char *colon = strchr(s, ':');
	char *end;

	if (!colon || !is_digit(colon[1]))
		return;
	for (end = colon + 1; is_digit(*end); end++)
		;
	memmove(colon, end, strlen(end) + 1);
}

/* Keeps the digits, and the characters of also. */
static void
keep_digits(char *s, const char *also)
{
	char *out = s;

	for (; *s; s++)
		if (is_digit(*s) || strchr(also, *s))
			*out++ = *s;
	*out = '\0';
}

static void
drop_at(char *s, size_t at)
{
	memmove(s + at, s + at + 1, strlen(s + at));
}

/* Mexico and Argentina: of 13 digits the third goes, whatever it is. */
static void
format_mx_or_ar(char *digits)
{
	if (strlen(digits) == 13 &&
	    (strncmp(digits, "52", 2) == 0 || strncmp(digits, "54", 2) == 0))
		drop_at(digits, 2);
}

/* Whether WhatsApp keeps the ninth digit of this Brazilian number. */
static bool
keeps_ninth(const char *digits)
{
	int area = (digits[2] - '0') * 10 + (digits[3] - '0');

	return area < 31 || digits[5] < '7';
}

static void
format_br(char *digits)
{
	if (strlen(digits) == 13 && strncmp(digits, "55", 2) == 0 &&
	    !keeps_ninth(digits))
		drop_at(digits, 4);
}

static bool
is_address(const char *s)
{
	return strstr(s, "@g.us") || strstr(s, USER_SUFFIX) ||
	       strstr(s, "@lid") || strstr(s, "@broadcast");
}

void
sim_jid_create(const char *number, char out[SIM_JID_MAX])
{
	char s[SIM_JID_MAX - sizeof(USER_SUFFIX)];

	snprintf(s, sizeof(s), "%s", number);
	drop_device(s);
	if (is_address(s)) {
		snprintf(out, SIM_JID_MAX, "%s", s);
		return;
	}
	s[strcspn(s, ":@")] = '\0';
	if (strchr(s, '-') && strlen(s) >= 24) {
		keep_digits(s, "-");
		snprintf(out, SIM_JID_MAX, "%s@g.us", s);
		return;
	}
	keep_digits(s, "");
	if (strlen(s) >= 18) {
		snprintf(out, SIM_JID_MAX, "%s@g.us", s);
		return;
	}
	format_mx_or_ar(s);
	format_br(s);
	snprintf(out, SIM_JID_MAX, "%s" USER_SUFFIX, s);
}

void
sim_jid_recipient(const char *jid, char out[SIM_JID_MAX])
{
	char digits[SIM_JID_MAX];

	snprintf(digits, sizeof(digits), "%s", jid);
	digits[strcspn(digits, "@")] = '\0';
	if (strlen(digits) == 12 && strncmp(digits, "55", 2) == 0 &&
	    digits[4] >= '6')
		snprintf(out, SIM_JID_MAX, "%.4s9%.8s", digits, digits + 4);
	else
		snprintf(out, SIM_JID_MAX, "%s", digits);
}

void
sim_jid_resolve(const char *jid, char out[SIM_JID_MAX])
{
	char digits[SIM_JID_MAX];

	if (!strstr(jid, USER_SUFFIX)) {
		snprintf(out, SIM_JID_MAX, "%s", jid);
		return;
	}
	sim_jid_recipient(jid, digits);
	format_br(digits);
	snprintf(out, SIM_JID_MAX, "%.120s" USER_SUFFIX, digits);
}

void
sim_jid_lid(const char *recipient, char out[SIM_JID_MAX])
{
	snprintf(out, SIM_JID_MAX, "2%.14s@lid", recipient);
}

bool
sim_jid_is_plausible(const char *jid)
{
	size_t n = strcspn(jid, "@");

	if (strstr(jid, "@lid"))
		return true;
	return n >= 8 && n <= 15 && strspn(jid, "0123456789") == n;
}

bool
sim_jid_is_group(const char *jid)
{
	return strstr(jid, "@g.us") != NULL;
}
