/* SPDX-License-Identifier: MIT */
/* domain/phone: numbers as they come, what they become, why they don't. */
#include "config.h"

#include <stdio.h>

#include "domain/phone.h"
#include "unit.h"

struct row {
	const char *text;
	const char *want; /* digits, or the name of the code */
	const char *key;  /* NULL: as the digits */
};

static void
check(const struct row *row, int country)
{
	struct dl_phone phone;
	enum dl_problem_code code =
	    dl_phone_parse(dl_str(row->text), country, &phone);
	const char *got =
	    code == DL_P_OK ? phone.digits : dl_problem_name(code);
	const char *key = row->key ? row->key : row->want;

	if (strcmp(got, row->want) != 0)
		printf("\n'%s': got %s, want %s\n", row->text, got, row->want);
	CU_ASSERT_STRING_EQUAL(got, row->want);
	CU_ASSERT_STRING_EQUAL(phone.key, code == DL_P_OK ? key : "");
}

static void
check_all(const struct row *rows, size_t n, int country)
{
	for (size_t i = 0; i < n; i++)
		check(&rows[i], country);
}

#define CHECK_ALL(rows, country)                                               \
	check_all((rows), sizeof(rows) / sizeof((rows)[0]), (country))

static void
test_brazil(void)
{
	static const struct row rows[] = {
	    {"(11) 98765-4321", "5511987654321", NULL},
	    {"11987654321", "5511987654321", NULL},
	    {"11.98765.4321", "5511987654321", NULL},
	    {"11/98765-4321", "5511987654321", NULL},
	    {"5511987654321", "5511987654321", NULL},
	    {"+55 11 98765-4321", "5511987654321", NULL},
	    {"(+55) 11 98765-4321", "5511987654321", NULL},
	    {"0055 11 98765 4321", "5511987654321", NULL},
	    {"+55 (0) 11 98765-4321", "5511987654321", NULL},
	    {"+55 (011) 98765-4321", "5511987654321", NULL},
	    {"011 98765-4321", "5511987654321", NULL},
	    {"011 3456-7890", "551134567890", NULL},
	    {"0 15 11 98765-4321", "5511987654321", NULL},
	    {"0 41 11 3456-7890", "551134567890", NULL},
	    {"'11987654321", "5511987654321", NULL},
	    {" '11987654321", "5511987654321", NULL},
	    /* landlines; mobiles written the old way */
	    {"(11) 3456-7890", "551134567890", NULL},
	    {"551134567890", "551134567890", NULL},
	    {"(11) 2345-6789", "551123456789", NULL},
	    {"(11) 5345-6789", "551153456789", NULL},
	    {"(11) 8765-4321", "551187654321", "5511987654321"},
	    {"+55 11 6765-4321", "551167654321", "5511967654321"},
	    /* area code 55 is no country code */
	    {"(55) 98765-4321", "5555987654321", NULL},
	    {"55 3222-1234", "555532221234", NULL},
	    {"5555987654321", "5555987654321", NULL},
	    {"555532221234", "555532221234", NULL},
	};

	CHECK_ALL(rows, 55);
}

static void
test_invisible(void)
{
	static const struct row rows[] = {
	    {"\xc2\xa0(11)\xe2\x80\xaf"
	     "98765\xe3\x80\x80"
	     "4321",
	     "5511987654321", NULL},
	    {"\t11 98765\r\n4321\x0b\x0c", "5511987654321", NULL},
	    {"\xe2\x80\xaa+55 11 98765-4321\xe2\x80\xac", "5511987654321",
	     NULL},
	    {"\xef\xbb\xbf"
	     "11987654321",
	     "5511987654321", NULL},
	    {"11\xe2\x80\x8b"
	     "98765\xe2\x81\xa0"
	     "4321\xe2\x80\x8f",
	     "5511987654321", NULL},
	    {"11\xc2\x85"
	     "98765\xe2\x80\xa8"
	     "4321\xe2\x80\xa9",
	     "5511987654321", NULL},
	};

	CHECK_ALL(rows, 55);
}

static void
test_refused(void)
{
	static const struct row rows[] = {
	    {"", "phone_empty", NULL},
	    {"   \xc2\xa0\xe2\x80\x8b", "phone_empty", NULL},
	    {"-", "phone_empty", NULL},
	    {"n\xc3\xa3o tem", "phone_letters", NULL},
	    {"11 98765-432I", "phone_letters", NULL},
	    {"11 98765\xe2\x80\x93"
	     "4321",
	     "phone_letters", NULL},
	    {"11'987654321", "phone_letters", NULL},
	    {"11 98765-4321 (Ana)", "phone_letters", NULL},
	    {"\xff\xfe", "phone_letters", NULL},
	    {"11+987654321", "phone_letters", NULL},
	    {"98765-4321", "phone_short", NULL},
	    {"3456-7890", "phone_short", NULL},
	    {"1", "phone_short", NULL},
	    {"0", "phone_short", NULL},
	    {"+5511", "phone_short", NULL},
	    {"119876543210", "phone_long", NULL},
	    {"55119876543210", "phone_long", NULL},
	    {"+55119876543210", "phone_long", NULL},
	    {"11111111111111111111111111111111111111111111111111111111111",
	     "phone_long", NULL},
	    {"1,19888E+10", "phone_spreadsheet", NULL},
	    {"5.51199E+12", "phone_spreadsheet", NULL},
	    {"5,51199e12", "phone_spreadsheet", NULL},
	    {"5511987654321.0", "phone_spreadsheet", NULL},
	    {"'5511987654321,00", "phone_spreadsheet", NULL},
	    {"1198765432.0", "phone_spreadsheet", NULL},
	    {"(20) 98765-4321", "phone_area_code", NULL},
	    {"(10) 98765-4321", "phone_area_code", NULL},
	    {"+55 23 98765-4321", "phone_area_code", NULL},
	    {"(11) 88765-4321", "phone_impossible", NULL},
	    {"(11) 1765-4321", "phone_impossible", NULL},
	    {"(11) 0765-4321", "phone_impossible", NULL},
	    {"99999999999", "phone_impossible", NULL},
	    {"5555555555", "phone_impossible", NULL},
	    {"+55 99 99999-9999", "phone_impossible", NULL},
	    {"0800 123 4567", "phone_impossible", NULL},
	    {"+55 800 123 4567", "phone_impossible", NULL},
	    {"0300 123 4567", "phone_impossible", NULL},
	    {"4004-1234", "phone_impossible", NULL},
	    {"(11) 4004-1234", "phone_impossible", NULL},
	    {"190", "phone_short", NULL},
	    {"0000000000", "phone_impossible", NULL},
	};

	CHECK_ALL(rows, 55);
}

static void
test_several(void)
{
	static const struct row rows[] = {
	    {"(11) 98765-4321 / (11) 3456-7890", "phone_several", NULL},
	    {"11987654321/1134567890", "phone_several", NULL},
	    {"(11) 98765-4321 / 3456-7890", "phone_several", NULL},
	    {"11987654321, 21987654321", "phone_several", NULL},
	    {"11987654321;21987654321;31987654321", "phone_several", NULL},
	    {"11987654321\n21987654321", "phone_several", NULL},
	    {"11987654321 e 21987654321", "phone_several", NULL},
	    {"11987654321 ou 21987654321", "phone_several", NULL},
	    {"11987654321 21987654321", "phone_several", NULL},
	    {"11987654321 - 21987654321", "phone_several", NULL},
	    {"11 98765-4321 21 98765-4321 31 98765-4321", "phone_several",
	     NULL},
	    {"11987654321 11987654322 11987654323 11987654324 11987654325 "
	     "11987654326 11987654327 11987654328 11987654329 11987654320",
	     "phone_several", NULL},
	    {"+5511987654321+5521987654321", "phone_several", NULL},
	    {"11987654321 / falar com Ana", "phone_letters", NULL},
	};

	CHECK_ALL(rows, 55);
}

static void
test_other_countries(void)
{
	static const struct row rows[] = {
	    {"+1 (415) 555-2671", "14155552671", NULL},
	    {"001 415 555 2671", "14155552671", NULL},
	    {"+351 912 345 678", "351912345678", NULL},
	    {"+44 7911 123456", "447911123456", NULL},
	    {"+54 9 11 2345-6789", "5491123456789", NULL},
	    {"+1 115 555 2671", "phone_impossible", NULL},
	    {"+1 415 155 2671", "phone_impossible", NULL},
	    {"+1 415 555 267", "phone_short", NULL},
	    {"+1 415 555 26711", "phone_long", NULL},
	    {"+210 912 345 678", "phone_impossible", NULL},
	    {"+999 912 345 678", "phone_impossible", NULL},
	    {"+0 912 345 678", "phone_impossible", NULL},
	    {"+800 1234 5678", "phone_impossible", NULL},
	    {"+351 912", "phone_short", NULL},
	    {"+351 912 345 678 901 2", "phone_long", NULL},
	    {"+2222222222", "phone_impossible", NULL},
	};

	CHECK_ALL(rows, 55);
}

static void
test_other_home(void)
{
	static const struct row portugal[] = {
	    {"912 345 678", "351912345678", NULL},
	    {"351912345678", "351912345678", NULL},
	    {"+55 11 8765-4321", "551187654321", "5511987654321"},
	};
	static const struct row usa[] = {
	    {"(415) 555-2671", "14155552671", NULL},
	    {"1-415-555-2671", "14155552671", NULL},
	    {"415-555-267", "phone_short", NULL},
	};
	static const struct row germany[] = {
	    {"0151 23456789", "4915123456789", NULL},
	};
	static const struct row italy[] = {
	    {"06 6982 1234", "390669821234", NULL},
	};

	CHECK_ALL(portugal, 351);
	CHECK_ALL(usa, 1);
	CHECK_ALL(germany, 49);
	CHECK_ALL(italy, 39);
}

/* ANATEL's plan has 67 area codes. */
static void
test_area_codes(void)
{
	struct dl_phone phone;
	char text[16];
	int n = 0;

	for (int area = 10; area < 100; area++) {
		snprintf(text, sizeof(text), "+55%02d987654321", area);
		n += dl_phone_parse(dl_str(text), 55, &phone) == DL_P_OK;
	}
	CU_ASSERT_EQUAL(n, 67);
}

static void
test_split(void)
{
	static const struct {
		const char *cell;
		const char *want; /* trimmed parts, joined by '|' */
	} rows[] = {
	    {"11987654321", "11987654321"},
	    {"(11) 98765-4321 / (11) 3456-7890",
	     "(11) 98765-4321|(11) 3456-7890"},
	    {"11987654321,21987654321 e 31987654321",
	     "11987654321|21987654321|31987654321"},
	    {"11987654321 21987654321", "11987654321|21987654321"},
	    {"11987654321\r\n21987654321\n", "11987654321|21987654321"},
	    {"11/98765-4321", "11/98765-4321"},
	    {"11/98765-4321, 11/91234-5678", "11/98765-4321|11/91234-5678"},
	    {"", ""},
	    {"falar com Ana, ramal 2", "falar com Ana, ramal 2"},
	    {"11111111,22222222,33333333,44444444,55555555",
	     "11111111|22222222|33333333|44444444,55555555"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_str parts[4];
		char got[256] = "";
		size_t n = dl_phone_split(dl_str(rows[i].cell), 55, parts, 4);

		for (size_t k = 0; k < n; k++) {
			struct dl_str part = dl_str_trim(parts[k]);

			snprintf(got + strlen(got), sizeof(got) - strlen(got),
				 "%s%.*s", k ? "|" : "", (int)part.len,
				 part.ptr);
		}
		CU_ASSERT_STRING_EQUAL(got, rows[i].want);
		if (strcmp(got, rows[i].want) != 0)
			printf("\n'%s': got %s\n", rows[i].cell, got);
	}
}

static void
test_places(void)
{
	char digits[DL_PHONE_MAX];

	for (int area = 11; area <= 99; area++) {
		int want = 1;

		if (area % 10 == 0)
			want = 0;
		else if (area == 68)
			want = 3;
		else if ((area >= 65 && area <= 69) || area == 92 ||
			 area == 95 || area == 97)
			want = 2;
		snprintf(digits, sizeof(digits), "55%d987654321", area);
		CU_ASSERT_EQUAL(dl_phone_place(digits), want);
	}
	CU_ASSERT_EQUAL(dl_phone_place("351912345678"), 0);
	CU_ASSERT_EQUAL(dl_phone_place("5568"), 0);
	CU_ASSERT_EQUAL(dl_phone_place("556832123456"), 3);
	CU_ASSERT_EQUAL(dl_phone_place(""), 0);
}

static const struct unit_test tests[] = {
    {"Brazilian numbers", test_brazil},
    {"white space and invisible characters", test_invisible},
    {"what is refused, and why", test_refused},
    {"several numbers in a field", test_several},
    {"other countries", test_other_countries},
    {"another home country", test_other_home},
    {"67 area codes", test_area_codes},
    {"splitting a cell", test_split},
    {"where a number is", test_places},
};

UNIT_MAIN("phone", tests)
