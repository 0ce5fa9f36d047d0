/* SPDX-License-Identifier: MIT */
/*
 * Rules of numbers: ANATEL's for Brazil (the 67 area codes, mobiles of nine
 * digits beginning with 9, landlines of eight beginning 2-5), ITU-T E.164 for
 * country codes and lengths, the North American plan's shape for +1.
 */
#include "config.h"

#include "domain/phone.h"

#include <string.h>
#include <utf8proc.h>

#include "domain/phone_internal.h"

/* Longer fields are no number; it leaves room to see how much too long. */
#define DIGITS_MAX 48

/* More numbers than this in a field are still several. */
#define PARTS_MAX 16

#define E164_MIN 8
#define E164_MAX 15

struct scan {
	char digits[DIGITS_MAX + 1];
	size_t n;
	bool has_plus;
	bool has_other; /* a character that no number has */
};

/* ---- text to digits ---- */

int32_t
dl_phone_next_point(struct dl_str text, size_t *at)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text.ptr + *at;
	utf8proc_int32_t point = *p;
	utf8proc_ssize_t n = 1;

	if (point >= 0x80)
		n = utf8proc_iterate(p, (utf8proc_ssize_t)(text.len - *at),
				     &point);
	if (n <= 0) {
		n = 1;
		point = 0xfffd;
	}
	*at += (size_t)n;
	return point;
}

static bool
is_invisible(int32_t point)
{
	return (point >= 0x200b && point <= 0x200f) ||
	       (point >= 0x202a && point <= 0x202e) || point == 0x2060 ||
	       point == 0xfeff;
}

bool
dl_phone_is_blank_point(int32_t point)
{
	utf8proc_category_t category;

	if (point == ' ' || (point >= 0x09 && point <= 0x0d) || point == 0x85)
		return true;
	if (point < 0x80)
		return false;
	category = utf8proc_category(point);
	return category == UTF8PROC_CATEGORY_ZS ||
	       category == UTF8PROC_CATEGORY_ZL ||
	       category == UTF8PROC_CATEGORY_ZP || is_invisible(point);
}

static void
scan_point(struct scan *s, int32_t point, bool is_first)
{
	if (point >= '0' && point <= '9') {
		if (s->n < DIGITS_MAX)
			s->digits[s->n++] = (char)point;
	} else if (point == '+' && s->n == 0 && !s->has_plus) {
		s->has_plus = true;
	} else if (point < 0x80 && point && strchr("()-./", point)) {
		return;
	} else if (!(point == '\'' && is_first)) {
		s->has_other = true;
	}
}

static void
scan_text(struct dl_str text, struct scan *s)
{
	bool is_first = true;

	memset(s, 0, sizeof(*s));
	for (size_t at = 0; at < text.len;) {
		int32_t point = dl_phone_next_point(text, &at);

		if (dl_phone_is_blank_point(point))
			continue;
		scan_point(s, point, is_first);
		is_first = false;
	}
}

/* ---- what a spreadsheet leaves of a number ---- */

static size_t
count_digits(struct dl_str text, size_t at)
{
	size_t n = 0;

	while (at + n < text.len && text.ptr[at + n] >= '0' &&
	       text.ptr[at + n] <= '9')
		n++;
	return n;
}

static bool
is_zeros(struct dl_str text, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text.ptr[at + i] != '0')
			return false;
	return true;
}

/* "1,19888E+10", "5511987654321.0": a number cell, not a text cell. */
static bool
is_spreadsheet(struct dl_str text)
{
	size_t whole, decimals = 0, at;

	text = dl_str_trim(text);
	if (text.len && text.ptr[0] == '\'')
		text = (struct dl_str){text.ptr + 1, text.len - 1};
	at = whole = count_digits(text, 0);
	if (!whole)
		return false;
	if (at < text.len && (text.ptr[at] == '.' || text.ptr[at] == ',')) {
		decimals = count_digits(text, at + 1);
		if (!decimals)
			return false;
		at += 1 + decimals;
	}
	if (at == text.len)
		return whole >= E164_MIN && decimals && decimals <= 2 &&
		       is_zeros(text, at - decimals, decimals);
	if (text.ptr[at] != 'E' && text.ptr[at] != 'e')
		return false;
	at++;
	if (at < text.len && (text.ptr[at] == '+' || text.ptr[at] == '-'))
		at++;
	return at < text.len && at + count_digits(text, at) == text.len;
}

/* ---- Brazil ---- */

/* 1: this area code exists; rows are the first digit, columns the second. */
static const char area_codes[10][11] = {
    "0000000000", "0111111111", "0110100110", "0111110110", "0111111111",
    "0101110000", "0111111111", "0101110101", "0111111111", "0111111111"};

static bool
all_alike(const char *digits)
{
	return strspn(digits, (char[]){digits[0], '\0'}) == strlen(digits);
}

static bool
starts_with_any(const char *digits, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (strncmp(digits, *prefixes, strlen(*prefixes)) == 0)
			return true;
	return false;
}

/* Numbers of services, written as one dials them: nobody's WhatsApp. */
static bool
is_service(const char *dialled)
{
	static const char *const free_or_paid[] = {"0800", "0300", "0303",
						   "0500", "0900", NULL};
	static const char *const national[] = {"3003", "4003", "4004", NULL};
	size_t n = strlen(dialled);

	return starts_with_any(dialled, free_or_paid) ||
	       (n == 8 && starts_with_any(dialled, national));
}

/* national: area code and local part, ten or eleven digits. */
static enum dl_problem_code
check_brazil(const char *national)
{
	static const char *const services[] = {"800", "300", "303",
					       "500", "900", NULL};
	const char *local = national + 2;

	if (all_alike(national) || starts_with_any(national, services))
		return DL_P_PHONE_IMPOSSIBLE;
	if (area_codes[national[0] - '0'][national[1] - '0'] != '1')
		return DL_P_PHONE_AREA_CODE;
	if (strlen(local) == 9)
		return local[0] == '9' ? DL_P_OK : DL_P_PHONE_IMPOSSIBLE;
	return local[0] >= '2' && !is_service(local) ? DL_P_OK
						     : DL_P_PHONE_IMPOSSIBLE;
}

static enum dl_problem_code
finish_brazil(const char *national, struct dl_phone *out)
{
	size_t n = strlen(national);
	bool is_old_mobile = n == 10 && national[2] >= '6';
	enum dl_problem_code code;

	if (n < 10)
		return DL_P_PHONE_SHORT;
	if (n > 11)
		return DL_P_PHONE_LONG;
	code = check_brazil(national);
	if (code != DL_P_OK)
		return code;
	memcpy(out->digits, "55", 2);
	memcpy(out->digits + 2, national, n + 1);
	memcpy(out->key, out->digits, 4);
	if (is_old_mobile)
		out->key[4] = '9';
	memcpy(out->key + (is_old_mobile ? 5 : 4), national + 2, n - 1);
	return DL_P_OK;
}

/* A number written without a country code, or with a bare 55. */
static enum dl_problem_code
parse_brazil(const char *digits, struct dl_phone *out)
{
	size_t n = strlen(digits);

	if (is_service(digits))
		return DL_P_PHONE_IMPOSSIBLE;
	if (digits[0] == '0') {
		digits++;
		n--;
		if (n == 12 || n == 13) {
			digits += 2;
			n -= 2;
		}
	}
	if (n == 12 || n == 13) {
		if (digits[0] != '5' || digits[1] != '5')
			return DL_P_PHONE_LONG;
		digits += 2;
	}
	return finish_brazil(digits, out);
}

/* ---- other countries ---- */

/*
 * Country codes of ITU-T E.164 (list of 2016-11-15 with its amendments) but
 * those of services: 800, 808, 878, 888, 979.
 */
static const struct {
	int low, high;
} country_codes[] = {{1, 1},     {7, 7},     {20, 20},   {27, 27},   {30, 34},
		     {36, 36},   {39, 41},   {43, 49},   {51, 58},   {60, 66},
		     {81, 82},   {84, 84},   {86, 86},   {90, 95},   {98, 98},
		     {211, 213}, {216, 216}, {218, 218}, {220, 258}, {260, 269},
		     {290, 291}, {297, 299}, {350, 359}, {370, 378}, {380, 383},
		     {385, 387}, {389, 389}, {420, 421}, {423, 423}, {500, 509},
		     {590, 599}, {670, 670}, {672, 683}, {685, 692}, {850, 850},
		     {852, 853}, {855, 856}, {870, 870}, {880, 883}, {886, 886},
		     {960, 968}, {970, 977}, {992, 996}, {998, 998}};

/* No country code is the beginning of another. */
static bool
has_country_code(const char *digits)
{
	int prefix = 0;

	for (int i = 0; i < 3 && digits[i]; i++) {
		prefix = prefix * 10 + digits[i] - '0';
		for (size_t k = 0;
		     k < sizeof(country_codes) / sizeof(country_codes[0]); k++)
			if (prefix >= country_codes[k].low &&
			    prefix <= country_codes[k].high)
				return true;
		if (!prefix)
			return false;
	}
	return false;
}

/* 1 NXX NXX XXXX, N from 2 to 9. */
static enum dl_problem_code
check_north_america(const char *digits, size_t n)
{
	if (n < 11)
		return DL_P_PHONE_SHORT;
	if (n > 11)
		return DL_P_PHONE_LONG;
	return digits[1] >= '2' && digits[4] >= '2' ? DL_P_OK
						    : DL_P_PHONE_IMPOSSIBLE;
}

/* digits begin with a country code. */
static enum dl_problem_code
parse_international(const char *digits, struct dl_phone *out)
{
	size_t n = strlen(digits);
	enum dl_problem_code code = DL_P_OK;

	if (strncmp(digits, "55", 2) == 0)
		return finish_brazil(digits + (digits[2] == '0' ? 3 : 2), out);
	if (n < E164_MIN)
		return DL_P_PHONE_SHORT;
	if (n > E164_MAX)
		return DL_P_PHONE_LONG;
	if (all_alike(digits) || !has_country_code(digits))
		return DL_P_PHONE_IMPOSSIBLE;
	if (digits[0] == '1')
		code = check_north_america(digits, n);
	if (code != DL_P_OK)
		return code;
	memcpy(out->digits, digits, n + 1);
	memcpy(out->key, digits, n + 1);
	return DL_P_OK;
}

/*
 * A number of another home country: with that country's code already, or
 * without it and perhaps with a trunk 0 (which Italy dials as well).
 */
static enum dl_problem_code
parse_home(const char *digits, int country, struct dl_phone *out)
{
	char full[DIGITS_MAX + 4] = {0};
	size_t code_len = country > 99 ? 3 : country > 9 ? 2 : 1;

	for (size_t i = code_len; i-- > 0; country /= 10)
		full[i] = (char)('0' + country % 10);
	if (strncmp(digits, full, code_len) == 0 &&
	    strlen(digits) >= code_len + E164_MIN)
		return parse_international(digits, out);
	if (digits[0] == '0' && strcmp(full, "39") != 0)
		digits++;
	memcpy(full + code_len, digits, strlen(digits) + 1);
	return parse_international(full, out);
}

/* ---- the whole ---- */

enum dl_problem_code
dl_phone_parse_one(struct dl_str text, int country, struct dl_phone *out)
{
	struct scan s;

	memset(out, 0, sizeof(*out));
	scan_text(text, &s);
	if (s.has_other)
		return DL_P_PHONE_LETTERS;
	if (s.n == 0)
		return DL_P_PHONE_EMPTY;
	if (s.has_plus)
		return parse_international(s.digits, out);
	if (strncmp(s.digits, "00", 2) == 0)
		return parse_international(s.digits + 2, out);
	return country == DL_PHONE_BRAZIL ? parse_brazil(s.digits, out)
					  : parse_home(s.digits, country, out);
}

enum dl_problem_code
dl_phone_parse(struct dl_str text, int country, struct dl_phone *out)
{
	struct dl_str parts[PARTS_MAX];
	enum dl_problem_code code;

	memset(out, 0, sizeof(*out));
	if (is_spreadsheet(text))
		return DL_P_PHONE_SPREADSHEET;
	code = dl_phone_parse_one(text, country, out);
	if (code != DL_P_OK &&
	    dl_phone_split(text, country, parts, PARTS_MAX) > 1)
		return DL_P_PHONE_SEVERAL;
	return code;
}

int
dl_phone_place(const char *digits)
{
	static const char behind[][3] = {"65", "66", "67", "69",
					 "92", "95", "97"};
	size_t len = strlen(digits);

	if ((len != 12 && len != 13) || strncmp(digits, "55", 2) != 0 ||
	    digits[2] == '0' || digits[3] == '0')
		return 0;
	if (strncmp(digits + 2, "68", 2) == 0)
		return 3;
	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
		if (strncmp(digits + 2, behind[i], 2) == 0)
			return 2;
	return 1;
}
