/* SPDX-License-Identifier: MIT */
/* Lists of contacts as spreadsheets write them. */
#include "unit.h"

#include "cli/columns.h"
#include "cli/contacts.h"

/* file -> JSON, or the complaint behind a '!'. */
struct row {
	const char *file;
	const char *want;
};

static void
check(const struct row *rows, size_t n)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);

	for (size_t i = 0; i < n; i++) {
		struct cli_contacts contacts;
		const char *complaint = cli_contacts_read(
		    arena, dl_str(rows[i].file), 55, &contacts);

		if (rows[i].want[0] == '!')
			DL_ASSERT_STR(dl_str(complaint),
				      dl_str(rows[i].want + 1));
		else if (complaint)
			DL_ASSERT_STR(dl_str(complaint), DL_STR(""));
		else
			DL_ASSERT_STR(dl_buf_str(contacts.json),
				      dl_str(rows[i].want));
		dl_arena_reset(arena);
	}
	dl_arena_destroy(arena);
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

static void
delimiters(void)
{
	static const struct row rows[] = {
	    {"nome;telefone\nJo;11900000001\n",
	     "[{\"nome\":\"Jo\",\"telefone\":\"11900000001\"}]"},
	    {"nome,telefone\r\nJo,11900000001\r\n",
	     "[{\"nome\":\"Jo\",\"telefone\":\"11900000001\"}]"},
	    {"nome\ttelefone\nJo\t11900000001",
	     "[{\"nome\":\"Jo\",\"telefone\":\"11900000001\"}]"},
	    {"sep=;\r\nnome;telefone\r\nJo, o Bom;11900000001\r\n",
	     "[{\"nome\":\"Jo, o Bom\",\"telefone\":\"11900000001\"}]"},
	    {"\"a,b,c\";telefone\nx;11900000001\n",
	     "[{\"a,b,c\":\"x\",\"telefone\":\"11900000001\"}]"},
	    {"telefone\n11900000001\n\n\n11900000002\n",
	     "[{\"telefone\":\"11900000001\"},"
	     "{\"telefone\":\"11900000002\"}]"},
	};

	CHECK(rows);
}

static void
quotes(void)
{
	static const struct row rows[] = {
	    {"nome;telefone\n\"Z\303\251 \"\"Bom\"\" Jo\";11900000001\n",
	     "[{\"nome\":\"Z\303\251 \\\"Bom\\\" Jo\","
	     "\"telefone\":\"11900000001\"}]"},
	    {"nome;telefone\n\"a;b\nc\";\"11900000001\"\n",
	     "[{\"nome\":\"a;b\\nc\",\"telefone\":\"11900000001\"}]"},
	    {"nome;telefone\ntubo 5\" largo;11900000001\n",
	     "[{\"nome\":\"tubo 5\\\" largo\","
	     "\"telefone\":\"11900000001\"}]"},
	    {"nome;telefone\n\"Jo;11900000001\nEva;11900000002\n",
	     "!linha 2: uma aspa (\") aberta n\303\243o fecha"},
	};

	CHECK(rows);
}

static void
encodings(void)
{
	static const struct row rows[] = {
	    {"\xef\xbb\xbfnome;telefone\nJo\303\243o;11900000001\n",
	     "[{\"nome\":\"Jo\303\243o\",\"telefone\":\"11900000001\"}]"},
	    {"nome;telefone\nJo\xe3o \x80 \x81;11900000001\n",
	     "[{\"nome\":\"Jo\303\243o \342\202\254\","
	     "\"telefone\":\"11900000001\"}]"},
	    {"\xff\xfen\1",
	     "!o arquivo est\303\241 em UTF-16; salve-o como CSV UTF-8"},
	    {"PK\3\4..", "!o arquivo \303\251 uma planilha (XLSX); salve-o "
			 "como CSV"},
	};

	CHECK(rows);
}

static void
headers(void)
{
	static const struct row rows[] = {
	    {"Nome;Celular;Telefone\nJo;11900000001;1120000000\n",
	     "[{\"Nome\":\"Jo\",\"telefone\":\"11900000001\","
	     "\"Telefone\":\"1120000000\"}]"},
	    {"telefone;whatsapp\n1120000000;11900000001\n",
	     "[{\"telefone 2\":\"1120000000\","
	     "\"telefone\":\"11900000001\"}]"},
	    {"NOME;N\303\272mero do WhatsApp\nJo;11900000001\n",
	     "[{\"NOME\":\"Jo\",\"telefone\":\"11900000001\"}]"},
	    {"Name,Phone 1 - Label,Phone 1 - Value\nJo,Mobile,11900000001\n",
	     "[{\"Name\":\"Jo\",\"Phone 1 - Label\":\"Mobile\","
	     "\"telefone\":\"11900000001\"}]"},
	    {"a;a;;telefone\n1;2;3;11900000001\n",
	     "[{\"a\":\"1\",\"a 2\":\"2\",\"coluna3\":\"3\","
	     "\"telefone\":\"11900000001\"}]"},
	    {"Jo;(11) 90000-0001\nEva;(11) 90000-0002\n",
	     "[{\"coluna1\":\"Jo\",\"telefone\":\"(11) 90000-0001\"},"
	     "{\"coluna1\":\"Eva\",\"telefone\":\"(11) 90000-0002\"}]"},
	    {"nome;cidade\nJo;Santos\n",
	     "!linha 1: n\303\243o achei a coluna do telefone; d\303\252 a ela "
	     "o nome \"telefone\""},
	    {"nome;telefone\n",
	     "!n\303\243o h\303\241 nenhum contato no arquivo"},
	    {"", "!n\303\243o h\303\241 nenhum contato no arquivo"},
	};

	CHECK(rows);
}

static void
cells(void)
{
	static const struct row rows[] = {
	    /* several numbers in one cell */
	    {"nome;telefone\nJo;(11) 90000-0001 / (11) 90000-0002\n",
	     "[{\"nome\":\"Jo\",\"telefone\":\"(11) 90000-0001\"},"
	     "{\"nome\":\"Jo\",\"telefone\":\"(11) 90000-0002\"}]"},
	    {"nome;telefone\nJo;\"11900000001,11900000002;11900000003\"\n",
	     "[{\"nome\":\"Jo\",\"telefone\":\"11900000001\"},"
	     "{\"nome\":\"Jo\",\"telefone\":\"11900000002\"},"
	     "{\"nome\":\"Jo\",\"telefone\":\"11900000003\"}]"},
	    {"telefone;n\n11900000001 ou 11900000002;1\n",
	     "[{\"telefone\":\"11900000001\",\"n\":\"1\"},"
	     "{\"telefone\":\"11900000002\",\"n\":\"1\"}]"},
	    /* which these are not */
	    {"telefone;n\n11 2000/0001;1\n",
	     "[{\"telefone\":\"11 2000/0001\",\"n\":\"1\"}]"},
	    {"telefone;n\n\"1,19888E+10\";1\n",
	     "[{\"telefone\":\"1,19888E+10\",\"n\":\"1\"}]"},
	    /* short, blank and overlong rows */
	    {"nome;telefone;x\nJo;11900000001\n;;\nEva\n"
	     "Ivo;11900000002;y;z\n",
	     "[{\"nome\":\"Jo\",\"telefone\":\"11900000001\"},"
	     "{\"nome\":\"Eva\"},"
	     "{\"nome\":\"Ivo\",\"telefone\":\"11900000002\",\"x\":\"y\"}]"},
	};

	CHECK(rows);
}

static void
rows_of_the_file(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct cli_contacts contacts;

	CU_ASSERT_PTR_NULL(cli_contacts_read(
	    arena, DL_STR("telefone\n11900000001/11900000002\n11900000003\n"),
	    55, &contacts));
	CU_ASSERT_EQUAL_FATAL(contacts.n, 3);
	CU_ASSERT_EQUAL(cli_contacts_row(&contacts, 0), 2);
	CU_ASSERT_EQUAL(cli_contacts_row(&contacts, 1), 2);
	CU_ASSERT_EQUAL(cli_contacts_row(&contacts, 2), 3);
	CU_ASSERT_STRING_EQUAL(contacts.phone_column, "telefone");
	dl_arena_destroy(arena);
}

static void
too_many_columns(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_buf *file = dl_buf_create(arena, 10000);
	struct cli_contacts contacts;

	for (int i = 0; i < CLI_MAX_CELLS; i++)
		dl_buf_puts(file, "telefone;");
	dl_buf_puts(file, "x\n11900000001\n");
	DL_ASSERT_STR(
	    dl_str(cli_contacts_read(arena, dl_buf_str(file), 55, &contacts)),
	    DL_STR("linha 1: colunas demais"));
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"delimiters", delimiters},
    {"quotes", quotes},
    {"encodings", encodings},
    {"headers", headers},
    {"cells", cells},
    {"rows of the file", rows_of_the_file},
    {"too many columns", too_many_columns},
};

UNIT_MAIN("contacts", tests)
