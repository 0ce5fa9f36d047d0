/* SPDX-License-Identifier: MIT */
/* domain/access_token: what the claims of a user's token must say. */
#include "config.h"

#include "base/json_in.h"
#include "domain/access_token.h"
#include "unit.h"

#define NOW  1800000000
#define SUB  "\"sub\":\"0B5C6C3E-1F0A-4C6B-9D8E-2F3A4B5C6D7E\""
#define AUD  "\"aud\":\"authenticated\""
#define ROLE "\"role\":\"authenticated\""
#define EXP  "\"exp\":1800003600"
#define REST SUB "," AUD "," ROLE

static const struct {
	const char *claims, *issuer;
	enum dl_access_token_fault want;
} rows[] = {
    {"{" REST "," EXP "}", "", DL_ACCESS_TOKEN_OK},
    /* exp, with 30 s of leeway */
    {"{" REST "}", "", DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" REST ",\"exp\":\"1800003600\"}", "", DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" REST ",\"exp\":1799999971}", "", DL_ACCESS_TOKEN_OK},
    {"{" REST ",\"exp\":1799999970}", "", DL_ACCESS_TOKEN_EXPIRED},
    {"{" REST ",\"exp\":1}", "", DL_ACCESS_TOKEN_EXPIRED},
    /* nbf */
    {"{" REST "," EXP ",\"nbf\":1800000030}", "", DL_ACCESS_TOKEN_OK},
    {"{" REST "," EXP ",\"nbf\":1800000031}", "", DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" REST "," EXP ",\"nbf\":\"x\"}", "", DL_ACCESS_TOKEN_UNSUITABLE},
    /* aud */
    {"{" SUB "," ROLE "," EXP "}", "", DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" SUB "," ROLE "," EXP ",\"aud\":[\"x\",\"authenticated\"]}", "",
     DL_ACCESS_TOKEN_OK},
    {"{" SUB "," ROLE "," EXP ",\"aud\":[\"x\",1,null]}", "",
     DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" SUB "," ROLE "," EXP ",\"aud\":[]}", "", DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" SUB "," ROLE "," EXP ",\"aud\":\"anon\"}", "",
     DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" SUB "," ROLE "," EXP ",\"aud\":\"authenticated \"}", "",
     DL_ACCESS_TOKEN_UNSUITABLE},
    /* role */
    {"{" SUB "," AUD "," EXP "}", "", DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" SUB "," AUD "," EXP ",\"role\":\"service_role\"}", "",
     DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" SUB "," AUD "," EXP ",\"role\":[\"authenticated\"]}", "",
     DL_ACCESS_TOKEN_UNSUITABLE},
    /* sub */
    {"{" AUD "," ROLE "," EXP "}", "", DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" AUD "," ROLE "," EXP ",\"sub\":\"someone\"}", "",
     DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" AUD "," ROLE "," EXP ",\"sub\":7}", "", DL_ACCESS_TOKEN_UNSUITABLE},
    /* is_anonymous */
    {"{" REST "," EXP ",\"is_anonymous\":false}", "", DL_ACCESS_TOKEN_OK},
    {"{" REST "," EXP ",\"is_anonymous\":true}", "",
     DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" REST "," EXP ",\"is_anonymous\":\"false\"}", "",
     DL_ACCESS_TOKEN_UNSUITABLE},
    /* iss, where one is set */
    {"{" REST "," EXP ",\"iss\":\"https://x\"}", "", DL_ACCESS_TOKEN_OK},
    {"{" REST "," EXP ",\"iss\":\"https://x\"}", "https://x",
     DL_ACCESS_TOKEN_OK},
    {"{" REST "," EXP ",\"iss\":\"https://y\"}", "https://x",
     DL_ACCESS_TOKEN_UNSUITABLE},
    {"{" REST "," EXP "}", "https://x", DL_ACCESS_TOKEN_UNSUITABLE},
};

static void
test_claims(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_arena *arena = dl_arena_create(1 << 16);
		json_object *claims = NULL;
		struct dl_uuid user;
		const char *why = NULL;
		enum dl_access_token_fault got;

		CU_ASSERT_EQUAL_FATAL(
		    dl_json_parse(arena, dl_str(rows[i].claims), &claims),
		    DL_JSON_OK);
		got = dl_access_token_check(claims, dl_str(rows[i].issuer), NOW,
					    &user, &why);
		if (got != rows[i].want)
			printf("\n%s: %d\n", rows[i].claims, (int)got);
		CU_ASSERT_EQUAL(got, rows[i].want);
		if (got == DL_ACCESS_TOKEN_OK)
			DL_ASSERT_STR(
			    dl_str(user.text),
			    DL_STR("0b5c6c3e-1f0a-4c6b-9d8e-2f3a4b5c6d7e"));
		else
			CU_ASSERT_PTR_NOT_NULL(why);
		dl_arena_destroy(arena);
	}
}

static const struct unit_test tests[] = {{"claims", test_claims}};

UNIT_MAIN("access_token", tests)
