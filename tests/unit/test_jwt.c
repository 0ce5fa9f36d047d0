/* SPDX-License-Identifier: MIT */
/* domain/jwt: the vector of RFC 7515, forgeries, and times. */
#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/json_in.h"
#include "domain/jwks.h"
#include "domain/jwt.h"
#include "unit.h"

#define SECRET DL_STR("a shared secret of the tests")

/* RFC 7515, appendix A.1 */
#define RFC_HEADER "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
#define RFC_PAYLOAD                                                            \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl" \
	"LmNvbS9pc19yb290Ijp0cnVlfQ"
#define RFC_SIGNATURE "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define RFC_KEY                                                                \
	"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4h" \
	"cgUuTwjAzZr1Z9CAow"

static struct dl_arena *arena;

/* Both steps with one HMAC key. */
static enum dl_jwt_fault
check(struct dl_str token, struct dl_str secret, json_object **claims)
{
	struct dl_jwt_key key = {.kind = DL_JWT_KEY_HMAC, .secret = secret};
	struct dl_jwt jwt;
	enum dl_jwt_fault fault = dl_jwt_parse(arena, token, &jwt);

	*claims = NULL;
	return fault == DL_JWT_OK ? dl_jwt_verify(arena, &jwt, &key, claims)
				  : fault;
}

/* A token of any header and payload, signed with SECRET. */
static struct dl_str
forge(const char *header, const char *payload)
{
	struct dl_buf *token = dl_buf_create(arena, 2 * DL_JWT_MAX);
	uint8_t mac[DL_SHA256_LEN];

	dl_base64url_encode(token, dl_str(header));
	dl_buf_append_c(token, '.');
	dl_base64url_encode(token, dl_str(payload));
	dl_hmac_sha256(SECRET, dl_buf_str(token), mac);
	dl_buf_append_c(token, '.');
	dl_base64url_encode(token,
			    (struct dl_str){(const char *)mac, sizeof(mac)});
	return dl_buf_str(token);
}

static void
test_rfc_vector(void)
{
	struct dl_str key;
	json_object *claims;

	arena = dl_arena_create(1 << 20);
	CU_ASSERT_TRUE_FATAL(dl_base64url_decode(arena, DL_STR(RFC_KEY), &key));
	CU_ASSERT_EQUAL(
	    check(DL_STR(RFC_HEADER "." RFC_PAYLOAD "." RFC_SIGNATURE), key,
		  &claims),
	    DL_JWT_OK);
	DL_ASSERT_STR(dl_json_get_str(claims, "iss"), DL_STR("joe"));
	CU_ASSERT_EQUAL(
	    check(DL_STR(RFC_HEADER "." RFC_PAYLOAD "." RFC_SIGNATURE), SECRET,
		  &claims),
	    DL_JWT_BAD_SIGNATURE);
	CU_ASSERT_PTR_NULL(claims);
	dl_arena_destroy(arena);
}

static void
test_forms(void)
{
	static const struct {
		const char *token;
		enum dl_jwt_fault want;
	} rows[] = {
	    {"", DL_JWT_MISSING},
	    {"abc", DL_JWT_MALFORMED},
	    {"..", DL_JWT_BAD_HEADER},
	    {RFC_HEADER "." RFC_PAYLOAD, DL_JWT_MALFORMED},
	    {RFC_HEADER "." RFC_PAYLOAD "." RFC_SIGNATURE ".",
	     DL_JWT_MALFORMED},
	    {RFC_HEADER "." RFC_PAYLOAD "." RFC_SIGNATURE "=",
	     DL_JWT_MALFORMED},
	    {RFC_HEADER "." RFC_PAYLOAD "." RFC_SIGNATURE "\n",
	     DL_JWT_MALFORMED},
	    {" " RFC_HEADER "." RFC_PAYLOAD "." RFC_SIGNATURE,
	     DL_JWT_MALFORMED},
	    {RFC_HEADER "." RFC_PAYLOAD ".", DL_JWT_BAD_SIGNATURE},
	    {RFC_HEADER "." RFC_PAYLOAD "." RFC_PAYLOAD, DL_JWT_BAD_SIGNATURE},
	};
	json_object *claims;

	arena = dl_arena_create(1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(check(dl_str(rows[i].token), SECRET, &claims),
				rows[i].want);
	dl_arena_destroy(arena);
}

static void
test_headers(void)
{
	static const struct {
		const char *header;
		enum dl_jwt_fault want;
	} rows[] = {
	    {"{\"alg\":\"HS256\",\"typ\":\"JWT\"}", DL_JWT_OK},
	    {"{\"alg\":\"HS256\"}", DL_JWT_OK},
	    {"{\"typ\":\"jwt\",\"alg\":\"HS256\",\"kid\":\"k\"}", DL_JWT_OK},
	    {"{\"alg\":\"none\"}", DL_JWT_BAD_ALGORITHM},
	    {"{\"alg\":\"hs256\"}", DL_JWT_BAD_ALGORITHM},
	    {"{\"alg\":\"HS384\"}", DL_JWT_BAD_ALGORITHM},
	    {"{\"alg\":\"RS256\"}", DL_JWT_BAD_ALGORITHM},
	    {"{\"alg\":\"HS256 \"}", DL_JWT_BAD_ALGORITHM},
	    {"{}", DL_JWT_BAD_HEADER},
	    {"{\"alg\":256}", DL_JWT_BAD_HEADER},
	    {"{\"alg\":\"none\",\"alg\":\"HS256\"}", DL_JWT_BAD_HEADER},
	    {"{\"alg\":\"HS256\",\"typ\":\"JWE\"}", DL_JWT_BAD_HEADER},
	    {"{\"alg\":\"HS256\",\"typ\":null}", DL_JWT_BAD_HEADER},
	    {"{\"alg\":\"HS256\",\"crit\":[\"b64\"]}", DL_JWT_BAD_HEADER},
	    {"{\"alg\":\"HS256\",\"crit\":null}", DL_JWT_BAD_HEADER},
	    {"[\"HS256\"]", DL_JWT_BAD_HEADER},
	    {"null", DL_JWT_BAD_HEADER},
	    {"{\"alg\":\"HS256\"} x", DL_JWT_BAD_HEADER},
	};
	json_object *claims;

	arena = dl_arena_create(1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(
		    check(forge(rows[i].header, "{}"), SECRET, &claims),
		    rows[i].want);
	dl_arena_destroy(arena);
}

static void
test_claims(void)
{
	static const char header[] = "{\"alg\":\"HS256\"}";
	static const char *const bad[] = {"",      "null", "[]",
					  "\"a\"", "{",    "{\"a\":1,\"a\":2}"};
	json_object *claims;
	char *blanks;

	arena = dl_arena_create(1 << 20);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(check(forge(header, bad[i]), SECRET, &claims),
				DL_JWT_BAD_CLAIMS);
	CU_ASSERT_EQUAL(check(forge(header, "{}"), DL_STR(""), &claims),
			DL_JWT_BAD_SIGNATURE);
	blanks = dl_arena_printf(arena, "{\"a\":\"%*s\"}", DL_JWT_MAX, "");
	CU_ASSERT_EQUAL(check(forge(header, blanks), SECRET, &claims),
			DL_JWT_TOO_LONG);
	dl_arena_destroy(arena);
}

/* No single bit of a token may change unnoticed. */
static void
test_every_bit(void)
{
	struct dl_str token;
	json_object *claims;
	char *copy;

	arena = dl_arena_create(64 << 20);
	token = dl_str(dl_jwt_sign_hs256(arena, SECRET, DL_STR("{\"a\":1}")));
	CU_ASSERT_EQUAL_FATAL(check(token, SECRET, &claims), DL_JWT_OK);
	for (size_t i = 0; i < token.len * 8; i++) {
		copy = dl_arena_strndup(arena, token.ptr, token.len);
		copy[i / 8] = (char)(copy[i / 8] ^ (1 << (i % 8)));
		CU_ASSERT_NOT_EQUAL(
		    check((struct dl_str){copy, token.len}, SECRET, &claims),
		    DL_JWT_OK);
	}
	dl_arena_destroy(arena);
}

static void
test_times(void)
{
	static const struct {
		const char *claims;
		int64_t leeway_s;
		enum dl_jwt_fault want;
	} rows[] = {
	    {"{\"exp\":1001}", 0, DL_JWT_OK},
	    {"{\"exp\":1000}", 0, DL_JWT_EXPIRED},
	    {"{\"exp\":971}", 30, DL_JWT_OK},
	    {"{\"exp\":970}", 30, DL_JWT_EXPIRED},
	    {"{\"exp\":1001.9}", 0, DL_JWT_OK},
	    {"{\"exp\":-5}", 0, DL_JWT_EXPIRED},
	    {"{}", 0, DL_JWT_BAD_EXP},
	    {"{\"exp\":null}", 0, DL_JWT_BAD_EXP},
	    {"{\"exp\":\"2000\"}", 0, DL_JWT_BAD_EXP},
	    {"{\"exp\":1e300}", 0, DL_JWT_BAD_EXP},
	    {"{\"exp\":99999999999999999999}", 0, DL_JWT_BAD_EXP},
	    {"{\"exp\":2000,\"nbf\":1000}", 0, DL_JWT_OK},
	    {"{\"exp\":2000,\"nbf\":1001}", 0, DL_JWT_NOT_YET_VALID},
	    {"{\"exp\":2000,\"nbf\":1030}", 30, DL_JWT_OK},
	    {"{\"exp\":2000,\"nbf\":1031}", 30, DL_JWT_NOT_YET_VALID},
	    {"{\"exp\":2000,\"nbf\":\"0\"}", 0, DL_JWT_BAD_NBF},
	};
	json_object *claims;

	arena = dl_arena_create(1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(
		    dl_json_parse(arena, dl_str(rows[i].claims), &claims),
		    DL_JSON_OK);
		CU_ASSERT_EQUAL(
		    dl_jwt_check_times(claims, 1000, rows[i].leeway_s),
		    rows[i].want);
	}
	dl_arena_destroy(arena);
}

static void
test_sign_limit(void)
{
	char *blanks;

	arena = dl_arena_create(1 << 20);
	blanks = dl_arena_printf(arena, "{\"a\":\"%*s\"}", DL_JWT_MAX, "");
	CU_ASSERT_PTR_NULL(dl_jwt_sign_hs256(arena, SECRET, dl_str(blanks)));
	CU_ASSERT_STRING_EQUAL(dl_jwt_fault_text(DL_JWT_EXPIRED), "expired");
	dl_arena_destroy(arena);
}

/* RFC 7515, appendix A.3 */
#define RFC_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define RFC_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define RFC_ES256                                                              \
	"eyJhbGciOiJFUzI1NiJ9." RFC_PAYLOAD "."                                \
	"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQ" \
	"xfKTUJqPP3-Kg6NU1Q"
#define EC(x, y)                                                               \
	"{\"kty\":\"EC\",\"kid\":\"k\",\"crv\":\"P-256\",\"x\":\"" x           \
	"\",\"y\":\"" y "\"}"

static enum dl_jwt_fault
check_public(const char *token, const char *set_text)
{
	json_object *claims;
	struct dl_jwks set;
	struct dl_jwt jwt;
	enum dl_jwt_fault fault = dl_jwt_parse(arena, dl_str(token), &jwt);

	CU_ASSERT_TRUE_FATAL(dl_jwks_read(arena, dl_str(set_text), &set));
	if (fault == DL_JWT_OK)
		fault = dl_jwt_verify(arena, &jwt,
				      dl_jwks_find(&set, DL_STR("k")), &claims);
	dl_jwks_clear(&set);
	return fault;
}

static void
test_es256(void)
{
	static const char set[] = "{\"keys\":[" EC(RFC_X, RFC_Y) "]}";
	char token[sizeof(RFC_ES256)];
	struct dl_str forged;

	arena = dl_arena_create(1 << 20);
	forged = forge("{\"alg\":\"HS256\",\"kid\":\"k\"}", "{}");
	CU_ASSERT_EQUAL(check_public(RFC_ES256, set), DL_JWT_OK);
	memcpy(token, RFC_ES256, sizeof(token));
	token[sizeof(token) - 20] ^= 1;
	CU_ASSERT_EQUAL(check_public(token, set), DL_JWT_BAD_SIGNATURE);
	CU_ASSERT_EQUAL(check_public(forged.ptr, set), DL_JWT_BAD_ALGORITHM);
	CU_ASSERT_EQUAL(
	    check_public("eyJhbGciOiJFUzI1NiJ9." RFC_PAYLOAD ".", set),
	    DL_JWT_BAD_SIGNATURE);
	dl_arena_destroy(arena);
}

/* What is no key for a signature is passed over. */
static void
test_key_sets(void)
{
	static const struct {
		const char *text;
		size_t n;
	} rows[] = {
	    {"{\"keys\":[" EC(RFC_X, RFC_Y) "]}", 1},
	    {"{\"keys\":[" EC(RFC_X, RFC_Y) "," EC(RFC_X, RFC_Y) "]}", 1},
	    {"{\"keys\":[" EC(RFC_Y, RFC_X) "]}", 0}, /* not on the curve */
	    {"{\"keys\":[" EC(RFC_X, "AA") "]}", 0},
	    {"{\"keys\":[" EC("", "") "]}", 0},
	    {"{\"keys\":[{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\"" RFC_KEY
	     "\"}]}",
	     0},
	    {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k\",\"e\":\"AQAB\","
	     "\"n\":\"" RFC_KEY "\"}]}",
	     0}, /* too short */
	    {"{\"keys\":[{\"kty\":\"EC\",\"kid\":\"k\",\"crv\":\"P-256\","
	     "\"use\":\"enc\",\"x\":\"" RFC_X "\",\"y\":\"" RFC_Y "\"}]}",
	     0},
	    {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC_X
	     "\",\"y\":\"" RFC_Y "\"}]}",
	     0}, /* no kid */
	    {"{\"keys\":[]}", 0},
	    {"{\"keys\":{}}", 0},
	    {"[]", 0},
	    {"", 0},
	};

	arena = dl_arena_create(1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_jwks set;
		bool is_set = dl_jwks_read(arena, dl_str(rows[i].text), &set);

		CU_ASSERT_EQUAL(set.n, rows[i].n);
		CU_ASSERT_EQUAL(is_set, rows[i].n > 0);
		CU_ASSERT_PTR_NULL(dl_jwks_find(&set, DL_STR("other")));
		dl_jwks_clear(&set);
	}
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"ES256: the vector of RFC 7515", test_es256},
    {"sets of public keys", test_key_sets},
    {"the vector of RFC 7515 A.1", test_rfc_vector},
    {"malformed tokens", test_forms},
    {"headers and algorithms", test_headers},
    {"claims", test_claims},
    {"every flipped bit", test_every_bit},
    {"exp and nbf with leeway", test_times},
    {"a token too long to sign", test_sign_limit},
};

UNIT_MAIN("jwt", tests)
