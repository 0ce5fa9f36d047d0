/* SPDX-License-Identifier: MIT */
/* domain/media_url: which addresses pass, and what a file is called. */
#include "config.h"

#include <stdio.h>

#include "domain/media_url.h"
#include "unit.h"

struct address {
	const char *url;
	bool is_valid;
};

static void
check(const struct address *row, struct dl_str allowed)
{
	bool got = dl_media_url_is_valid(dl_str(row->url), allowed);

	if (got != row->is_valid)
		printf("\n'%s': %d\n", row->url, got);
	CU_ASSERT_EQUAL(got, row->is_valid);
}

static void
test_addresses(void)
{
	static const struct address rows[] = {
	    {"https://example.com/a.png", true},
	    {"HTTPS://Example.COM/a.png?x=1#y", true},
	    {"https://example.com:443/a.png", true},
	    {"https://proj.supabase.co/storage/v1/object/public/a/1-a.png",
	     true},
	    {"https://caf\xc3\xa9.com.br/a.png", true},
	    {"https://example.com./a.png", true},
	    {"https://1.example.com/a.png", true},
	    {"", false},
	    {"https://", false},
	    {"https:///example.com/a.png", false},
	    {"https:/example.com/a.png", false},
	    {"https:example.com/a.png", false},
	    {"//example.com/a.png", false},
	    {"example.com/a.png", false},
	    {"http://example.com/a.png", false},
	    {"ftp://example.com/a.png", false},
	    {"file:///etc/passwd", false},
	    {"data:image/png;base64,AAAA", false},
	    {"javascript:alert(1)", false},
	    {"https://example.com:8443/a.png", false},
	    {"https://user@example.com/a.png", false},
	    {"https://user:pw@example.com/a.png", false},
	    {"https://example.com\\@10.0.0.1/a.png", false},
	    {"https://example.com/a b.png", false},
	    {"https://exa mple.com/a.png", false},
	    {"https://example.com/a\n.png", false},
	    {"https://127.0.0.1/a.png", false},
	    {"https://127.1/a.png", false},
	    {"https://0x7f.1/a.png", false},
	    {"https://0177.0.0.1/a.png", false},
	    {"https://2130706433/a.png", false},
	    {"https://[::1]/a.png", false},
	    {"https://[fe80::1%25eth0]/a.png", false},
	    {"https://169.254.169.254/latest/meta-data", false},
	    {"https://localhost/a.png", false},
	    {"https://intranet/a.png", false},
	    {"https://db.internal/a.png", false},
	    {"https://printer.LOCAL/a.png", false},
	    {"https://a.localhost/a.png", false},
	    {"https://a.localhost./a.png", false},
	    {"https://.com/a.png", false},
	};
	char url[2100] = "https://example.com/";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i], (struct dl_str){NULL, 0});
	memset(url + 20, 'a', 2048 - 20);
	check(&(struct address){url, true}, (struct dl_str){NULL, 0});
	url[2048] = 'a';
	check(&(struct address){url, false}, (struct dl_str){NULL, 0});
	CU_ASSERT_FALSE(dl_media_url_is_valid(DL_STR("https://a.com/\0b"),
					      (struct dl_str){NULL, 0}));
}

static void
test_allowed_hosts(void)
{
	static const struct address rows[] = {
	    {"https://cdn.example.com/a.png", true},
	    {"https://CDN.example.com/a.png", true},
	    {"https://media.loja/a.png", true},
	    {"https://example.com/a.png", false},
	    {"https://x.cdn.example.com/a.png", false},
	    {"https://cdn.example.com.evil.net/a.png", false},
	    {"http://cdn.example.com/a.png", false},
	    {"https://10.0.0.1/a.png", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i], DL_STR("cdn.example.com, media.loja,10.0.0.1"));
}

static void
test_file_names(void)
{
	static const struct {
		const char *given, *url, *want;
	} rows[] = {
	    {"tabela.pdf", "https://a.com/x", "tabela.pdf"},
	    {"Tabela.PDF", "https://a.com/x.doc", "Tabela.PDF"},
	    {" tabela ", "https://a.com/x.xlsx", "tabela.xlsx"},
	    {"tabela", "https://a.com/x", "tabela.pdf"},
	    {"v1.2", "https://a.com/x", "v1.2.pdf"},
	    {"../../etc/passwd", "https://a.com/x", "passwd.pdf"},
	    {"c:\\docs\\nota.pdf", "https://a.com/x", "nota.pdf"},
	    {"", "https://a.com/pre%C3%A7os%202026.pdf?token=a.exe",
	     "pre\xc3\xa7os 2026.pdf"},
	    {"", "https://a.com/download", "download.pdf"},
	    {"", "https://a.com/", "arquivo.pdf"},
	    {"", "https://a.com", "arquivo.pdf"},
	    {".pdf", "https://a.com/x", ".pdf.pdf"},
	    {"", "https://a.com/a%2Fb.pdf", "b.pdf"},
	    {"relat\xc3\xb3rio.final", "https://a.com/x.docx",
	     "relat\xc3\xb3rio.final.docx"},
	};
	struct dl_arena *arena = dl_arena_create(1 << 20);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		DL_ASSERT_STR(dl_media_file_name(arena, dl_str(rows[i].given),
						 dl_str(rows[i].url), ".pdf"),
			      dl_str(rows[i].want));
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"addresses", test_addresses},
    {"allowed hosts", test_allowed_hosts},
    {"file names", test_file_names},
};

UNIT_MAIN("media_url", tests)
