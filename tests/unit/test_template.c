/* SPDX-License-Identifier: MIT */
/* Personalisation: what each mode takes for a variable, and what comes out. */
#include "config.h"

#include "base/json_in.h"
#include "domain/template.h"
#include "unit.h"

/* One text for one contact; "<unknown:x>" for a name that nobody has. */
static struct dl_str
personalise(struct dl_arena *arena, const char *text, const char *contact,
	    enum dl_template_mode mode, struct dl_template_check *check)
{
	struct dl_template_names *names = dl_template_names_create(arena);
	struct dl_template *t =
	    dl_template_compile(arena, names, dl_str(text), mode);
	struct dl_buf *out = dl_buf_create(arena, 10000);
	const struct dl_str *values;
	json_object *object;
	struct dl_str unknown;
	size_t at = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	CU_ASSERT_EQUAL_FATAL(dl_json_parse(arena, dl_str(contact), &object),
			      DL_JSON_OK);
	CU_ASSERT_EQUAL_FATAL(
	    dl_template_names_bind(names, arena, object, &values),
	    DL_TEMPLATE_BOUND);
	dl_template_check(t, values, check);
	if (dl_template_unknown(t, &at, &unknown))
		dl_buf_appendf(out, "<unknown:%.*s>", (int)unknown.len,
			       unknown.ptr);
	else
		dl_template_render(t, values, out);
	return dl_buf_str(out);
}

static const char contact[] =
    "{\"telefone\":\"(11) 90000-0001\",\"nome\":\"João\",\"NOME\":\"JOÃO\","
    "\"Empresa\":\"Acme {nome}\",\"Nome Completo\":\"João Sá\",\" vip \":true,"
    "\"idade\":41,\"saldo\":12.50,\"vazio\":\" \\u00a0 \",\"nada\":null,"
    "\"Endereço\":\"Rua A\"}";

static void
test_braces(void)
{
	static const char *const rows[][2] = {
	    {"Olá {nome}!", "Olá João!"},
	    {"{NOME}", "JOÃO"},
	    {"{Nome}", "João"}, /* the first that folds to it */
	    {"{ empresa }", "Acme {nome}"},
	    {"{nome completo}", "João Sá"},
	    {"{nomecompleto}", "<unknown:nomecompleto>"},
	    {"{ENDEREÇO}", "Rua A"},
	    {"{endere"
	     "c\xcc\xa7"
	     "o}",
	     "Rua A"}, /* decomposed */
	    {"{vip} {idade} {saldo}", "true 41 12.50"},
	    {"{telefone}", "(11) 90000-0001"},
	    {"{vazio|amigo}, {nada|x}", "amigo, x"},
	    {"{outro|a|b}", "a|b"},
	    {"{outro|}", ""},
	    {"{{nome}} {}", "{nome} {}"},
	    {"{{{nome}}}", "{João}"},
	    {"{ a { b } {nome", "<unknown:b>"},
	    {"{ a {nome} } }", "{ a João } }"},
	    {"{ } {|x} { |x}", "{ } {|x} { |x}"},
	    {"@nome fale@loja.com.br", "@nome fale@loja.com.br"},
	    {"", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_arena *arena = dl_arena_create(1 << 20);
		struct dl_template_check check;

		DL_ASSERT_STR(personalise(arena, rows[i][0], contact,
					  DL_TEMPLATE_BRACES, &check),
			      dl_str(rows[i][1]));
		dl_arena_destroy(arena);
	}
}

static void
test_at(void)
{
	static const char *const rows[][2] = {
	    {"Oi @nome, a @Empresa {idade}", "Oi João, a Acme {nome} 41"},
	    {"vendas@loja.com.br e x@nome", "vendas@loja.com.br e x@nome"},
	    {"siga @minhaloja", "siga @minhaloja"},
	    {"@Endereço 5", "Rua A 5"},
	    {"@nome.com @nome-x @nome@x", "@nome.com @nome-x @nome@x"},
	    {"@nome. @nome- @nome@ @nome.", "João. João- João@ João."},
	    {"(@nome)", "(João)"},
	    {"@@nome @", "@nome @"},
	    {"@constructor", "@constructor"},
	    {"é@nome", "é@nome"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dl_arena *arena = dl_arena_create(1 << 20);
		struct dl_template_check check;

		DL_ASSERT_STR(personalise(arena, rows[i][0], contact,
					  DL_TEMPLATE_AT, &check),
			      dl_str(rows[i][1]));
		dl_arena_destroy(arena);
	}
}

static void
test_check(void)
{
	struct dl_arena *arena = dl_arena_create(1 << 20);
	struct dl_template_check check;

	personalise(arena, "Olá {nome}{vazio}", contact, DL_TEMPLATE_BRACES,
		    &check);
	DL_ASSERT_STR(check.missing, DL_STR("vazio"));
	CU_ASSERT_EQUAL(check.code_points, 8);
	CU_ASSERT_EQUAL(check.bytes, 10);
	CU_ASSERT_FALSE(check.is_blank);
	personalise(arena, " {vazio|}\n", contact, DL_TEMPLATE_BRACES, &check);
	CU_ASSERT_PTR_NULL(check.missing.ptr);
	CU_ASSERT_TRUE(check.is_blank);
	CU_ASSERT_EQUAL(dl_template_code_points(DL_STR("é😀x")), 3);
	CU_ASSERT_TRUE(dl_template_is_blank(DL_STR(" \t\u2003\u00a0")));
	dl_arena_destroy(arena);
}

static void
test_not_scalar(void)
{
	static const char *const contacts[] = {"{\"a\":[1]}", "{\"a\":{}}",
					       "{\"a\":99999999999999999999}"};

	for (size_t i = 0; i < 3; i++) {
		struct dl_arena *arena = dl_arena_create(1 << 20);
		struct dl_template_names *names =
		    dl_template_names_create(arena);
		const struct dl_str *values;
		json_object *object;

		CU_ASSERT_EQUAL(
		    dl_json_parse(arena, dl_str(contacts[i]), &object),
		    DL_JSON_OK);
		CU_ASSERT_EQUAL(
		    dl_template_names_bind(names, arena, object, &values),
		    DL_TEMPLATE_NOT_SCALAR);
		dl_arena_destroy(arena);
	}
}

static void
test_many_keys(void)
{
	struct dl_arena *arena = dl_arena_create(8 << 20);
	struct dl_template_names *names = dl_template_names_create(arena);
	struct dl_template *t = dl_template_compile(
	    arena, names, DL_STR("{k4999} {K7}"), DL_TEMPLATE_BRACES);
	struct dl_buf *out = dl_buf_create(arena, 100);
	json_object *object = json_object_new_object();
	const struct dl_str *values;

	/* More keys than the set remembers. */
	for (int i = 0; i < 5000; i++)
		json_object_object_add(object, dl_arena_printf(arena, "k%d", i),
				       json_object_new_int(i));
	for (int round = 0; round < 2; round++) {
		CU_ASSERT_EQUAL(
		    dl_template_names_bind(names, arena, object, &values),
		    DL_TEMPLATE_BOUND);
		dl_buf_reset(out);
		dl_template_render(t, values, out);
		DL_ASSERT_STR(dl_buf_str(out), DL_STR("4999 7"));
	}
	json_object_put(object);
	dl_arena_destroy(arena);
}

static void
test_too_many_names(void)
{
	struct dl_arena *arena = dl_arena_create(8 << 20);
	struct dl_template_names *names = dl_template_names_create(arena);
	struct dl_buf *text = dl_buf_create(arena, 10000);

	for (int i = 0; i < DL_TEMPLATE_NAMES_MAX; i++)
		dl_buf_appendf(text, "{n%d}", i);
	CU_ASSERT_PTR_NOT_NULL(dl_template_compile(
	    arena, names, dl_buf_str(text), DL_TEMPLATE_BRACES));
	CU_ASSERT_PTR_NULL(dl_template_compile(arena, names, DL_STR("{more}"),
					       DL_TEMPLATE_BRACES));
	dl_arena_destroy(arena);
}

static const struct unit_test tests[] = {
    {"braces", test_braces},
    {"at", test_at},
    {"check", test_check},
    {"values that are no scalars", test_not_scalar},
    {"more keys than are remembered", test_many_keys},
    {"too many names", test_too_many_names},
};

UNIT_MAIN("template", tests)
