/* SPDX-License-Identifier: MIT */
/* domain/delivery_request: bodies of deliveries and failure callbacks. */
#include "config.h"

#include "base/crypto.h"
#include "domain/delivery_request.h"
#include "unit.h"

#define ID  "01890a5d-ac96-774b-bcce-b302099a8057"
#define CID "550E8400-E29B-41D4-A716-446655440000"
#define IDS "\"message_id\":\"" ID "\",\"campaign_id\":\"" CID "\""

static void
test_bodies(void)
{
	static const struct {
		const char *body;
		bool ok;
	} rows[] = {
	    {"{" IDS ",\"generation\":3}", true},
	    {"{" IDS ",\"generation\":3,\"phone_number\":\"x\","
	     "\"message_content\":\"y\",\"instance_name\":\"z\",\"new\":1}",
	     true},
	    {"{" IDS ",\"generation\":2147483647}", true},
	    {"{" IDS ",\"generation\":2147483648}", false},
	    {"{" IDS ",\"generation\":0}", false},
	    {"{" IDS ",\"generation\":\"3\"}", false},
	    {"{" IDS ",\"generation\":3.0}", false},
	    {"{" IDS "}", false},
	    {"{" IDS ",\"generation\":3,\"generation\":4}", false},
	    {"{" IDS ",\"generation\":3,\"phone_number\":5}", false},
	    {"{\"campaign_id\":\"" CID "\",\"generation\":3}", false},
	    {"{\"message_id\":\"x\",\"campaign_id\":\"" CID
	     "\",\"generation\":3}",
	     false},
	    {"[]", false},
	    {"null", false},
	    {"", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_arena *arena = dl_arena_create(1 << 20);
		struct dl_delivery_ref ref;

		CU_ASSERT_EQUAL(
		    dl_delivery_read(arena, dl_str(rows[i].body), &ref),
		    rows[i].ok);
		dl_arena_destroy(arena);
	}
}

static void
test_failure(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_buf *base64 = dl_buf_create(arena, 4096);
	struct dl_delivery_ref ref;
	int64_t status;

	dl_base64_encode(base64, DL_STR("{" IDS ",\"generation\":3}"));
	CU_ASSERT_TRUE(dl_delivery_read_failure(
	    arena,
	    dl_str(dl_arena_printf(arena,
				   "{\"status\":503,\"sourceBody\":\"%s\"}",
				   dl_buf_cstr(base64))),
	    &ref, &status));
	CU_ASSERT_EQUAL(status, 503);
	CU_ASSERT_EQUAL(ref.generation, 3);
	CU_ASSERT_STRING_EQUAL(ref.message_id.text, ID);
	CU_ASSERT_STRING_EQUAL(ref.campaign_id.text,
			       "550e8400-e29b-41d4-a716-446655440000");
	CU_ASSERT_TRUE(dl_delivery_read_failure(
	    arena,
	    dl_str(dl_arena_printf(arena, "{\"sourceBody\":\"%s\"}",
				   dl_buf_cstr(base64))),
	    &ref, &status));
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_FALSE(dl_delivery_read_failure(
	    arena, DL_STR("{\"sourceBody\":\"!!\"}"), &ref, &status));
	CU_ASSERT_FALSE(
	    dl_delivery_read_failure(arena, DL_STR("{}"), &ref, &status));
	CU_ASSERT_FALSE(
	    dl_delivery_read_failure(arena, DL_STR("x"), &ref, &status));
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"deliveries", test_bodies},
    {"failure callbacks", test_failure},
};

UNIT_MAIN("delivery_request", tests)
