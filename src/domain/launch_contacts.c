/* SPDX-License-Identifier: MIT */
/*
 * The contacts of a launch.  First each is parsed, its phone read and the
 * values that the texts want are kept; once all keys are known, duplicates and
 * contacts that the texts don't fit are left out, in the order sent.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "domain/launch_internal.h"

/* json-c's tree and the values of one contact. */
#define SCRATCH_MAX ((size_t)64 << 20)
/* Characters of a number with a fraction or an exponent. */
#define FRACTION_MAX 40
/* What an answer repeats of a telefone that was sent, in bytes. */
#define TELEFONE_MAX 80

struct reading {
	struct dl_launch_reader *r;
	struct dl_arena *scratch; /* of one contact */
	const struct dl_launch_body *body;
	struct dl_launch_contact *contacts; /* a place for each sent */
	enum dl_problem_code *codes;        /* of their phones */
	uint32_t *table; /* accepted contacts by key: place + 1, 0 free */
	size_t table_mask;
};

/* Why a contact is left out although its phone is good. */
struct misfit {
	enum dl_problem_code code;
	const char *message;
};

/* ---- first pass: parse ---- */

/* What a text can show and the database's jsonb can hold. */
static bool
is_plain(json_object *value)
{
	const char *text;
	double number;

	switch (json_object_get_type(value)) {
	case json_type_object:
	case json_type_array:
		return false;
	case json_type_int:
		return dl_json_int_fits(value);
	case json_type_double:
		text = json_object_get_string(value);
		number = json_object_get_double(value);
		return strlen(text) <= FRACTION_MAX && isfinite(number) &&
		       (fpclassify(number) != FP_ZERO || !strpbrk(text, "eE"));
	default:
		return true;
	}
}

static bool
check_value(const struct reading *s, size_t index, const char *key,
	    json_object *value)
{
	if (is_plain(value))
		return true;
	dl_problem_list_add(
	    s->r->problems, s->r->arena, DL_P_WRONG_TYPE,
	    dl_arena_printf(s->r->arena, "contatos[%zu].%.64s", index, key),
	    (int64_t)index,
	    "O valor de \"%.64s\" deve ser um texto, um número que caiba em "
	    "64 bits ou verdadeiro/falso.",
	    key);
	return false;
}

/* Whether the contact is an object of plain values, few enough. */
static bool
check_shape(const struct reading *s, size_t index, json_object *contact)
{
	char path[40];
	bool is_good = true;

	snprintf(path, sizeof(path), "contatos[%zu]", index);
	if (!json_object_is_type(contact, json_type_object)) {
		dl_problem_list_add(s->r->problems, s->r->arena,
				    DL_P_WRONG_TYPE, path, (int64_t)index,
				    "O contato deve ser um objeto.");
		return false;
	}
	if (json_object_object_length(contact) >
	    s->r->limits->max_contact_keys) {
		dl_problem_list_add(s->r->problems, s->r->arena,
				    DL_P_TOO_MANY_ITEMS, path, (int64_t)index,
				    "O contato passa de %lld campos.",
				    (long long)s->r->limits->max_contact_keys);
		return false;
	}
	json_object_object_foreach(contact, key, value)
	{
		is_good = check_value(s, index, key, value) && is_good;
	}
	return is_good;
}

/* As written: an integer as its digits, a fraction as it stands. */
static struct dl_str
phone_text(json_object *contact)
{
	json_object *value = dl_json_get(contact, "telefone");

	if (!value)
		return (struct dl_str){NULL, 0};
	if (json_object_is_type(value, json_type_string))
		return dl_json_get_str(contact, "telefone");
	return dl_str(json_object_get_string(value));
}

static enum dl_problem_code
read_contact(struct reading *s, size_t i)
{
	struct dl_launch_contact *c = &s->contacts[i];
	json_object *tree;
	enum dl_problem_code code;
	enum dl_template_bind bound;

	c->index = i;
	c->json = s->body->contacts[i];
	code =
	    dl_launch_json_problem(dl_json_parse(s->scratch, c->json, &tree));
	if (code != DL_P_OK || !check_shape(s, i, tree))
		return code;
	s->codes[i] = dl_phone_parse(phone_text(tree),
				     s->r->limits->country_code, &c->phone);
	/* One that is left out still shows which names exist. */
	bound = dl_template_names_bind(
	    s->r->names, s->codes[i] == DL_P_OK ? s->r->arena : s->scratch,
	    tree, &c->values);
	return bound == DL_TEMPLATE_NO_MEMORY ? DL_P_BODY_TOO_LARGE : DL_P_OK;
}

static enum dl_problem_code
read_all(struct reading *s)
{
	enum dl_problem_code code = DL_P_OK;

	for (size_t i = 0; i < s->body->n_contacts && code == DL_P_OK; i++) {
		code = read_contact(s, i);
		dl_arena_reset(s->scratch);
	}
	return code;
}

/* ---- names that nobody has ---- */

/* True when every text is usable: compiled, and all of its names known. */
static bool
check_names(struct dl_launch_reader *r)
{
	bool is_good = r->out->n_templates > 0;

	for (size_t i = 0; i < r->out->n_templates; i++) {
		const struct dl_template *t = r->out->templates[i].compiled;
		struct dl_str name;
		char path[40];

		snprintf(path, sizeof(path), "templates[%zu].text", i);
		for (size_t at = 0; t && dl_template_unknown(t, &at, &name);) {
			dl_problem_list_add(
			    r->problems, r->arena, DL_P_UNKNOWN_VARIABLE, path,
			    -1, "Nenhum contato tem a variável {%.*s}.",
			    (int)(name.len < 100 ? name.len : 100), name.ptr);
			is_good = false;
		}
		is_good = is_good && t;
	}
	return is_good;
}

/* ---- second pass: who stays ---- */

/* What an answer repeats of the telefone of a contact that was left out. */
static struct dl_str
sent_phone(struct reading *s, size_t index)
{
	json_object *tree;
	struct dl_str text = {NULL, 0};

	if (dl_json_parse(s->scratch, s->body->contacts[index], &tree) ==
	    DL_JSON_OK)
		text = phone_text(tree);
	if (text.len > TELEFONE_MAX) {
		text.len = TELEFONE_MAX;
		while (text.len &&
		       ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
			text.len--;
	}
	text = dl_launch_keep(s->r, text);
	dl_arena_reset(s->scratch);
	return text;
}

static void
reject(struct reading *s, size_t index, enum dl_problem_code code,
       const char *message)
{
	struct dl_launch_request *out = s->r->out;

	out->rejected_total++;
	out->rejected_by_code[code]++;
	if (out->n_rejected == DL_LAUNCH_LIST_MAX)
		return;
	out->rejected[out->n_rejected++] = (struct dl_launch_rejected){
	    .index = index,
	    .telefone = sent_phone(s, index),
	    .code = code,
	    .message = message ? message : dl_problem_detail(code)};
}

static void
note_duplicate(struct reading *s, size_t index, size_t first_index)
{
	struct dl_launch_request *out = s->r->out;

	out->duplicates_total++;
	if (out->n_duplicates == DL_LAUNCH_LIST_MAX)
		return;
	out->duplicates[out->n_duplicates++] =
	    (struct dl_launch_duplicate){.index = index,
					 .first_index = first_index,
					 .telefone = sent_phone(s, index)};
}

/* The place in the table where key stands or may stand. */
static uint32_t *
find_key(const struct reading *s, const char *key)
{
	uint64_t hash = 0;
	size_t at;

	for (const char *p = key; *p; p++)
		hash = hash * 10 + (uint64_t)(*p - '0');
	hash *= 0x9e3779b97f4a7c15u;
	at = (size_t)(hash >> 32) & s->table_mask;
	while (s->table[at] &&
	       strcmp(s->contacts[s->table[at] - 1].phone.key, key) != 0)
		at = (at + 1) & s->table_mask;
	return &s->table[at];
}

static struct misfit
missing_name(struct reading *s, struct dl_str name)
{
	int len = (int)(name.len < 100 ? name.len : 100);

	return (struct misfit){DL_P_MISSING_VARIABLE,
			       dl_arena_printf(s->r->arena,
					       "Falta o valor de {%.*s}.", len,
					       name.ptr)};
}

/* Whether one text fits the contact. */
static struct misfit
check_text(struct reading *s, const struct dl_launch_contact *c,
	   const struct dl_launch_template *t)
{
	struct dl_str missing;
	enum dl_problem_code code =
	    dl_launch_text_check(t, c->values, s->r->out->on_missing, &missing);

	if (missing.ptr)
		return missing_name(s, missing);
	if (code == DL_P_MISSING_VARIABLE)
		return (struct misfit){code, "A mensagem ficaria em branco."};
	if (code == DL_P_TEXT_TOO_LONG)
		return (struct misfit){
		    code,
		    "Com os valores deste contato o texto passa do limite."};
	return (struct misfit){DL_P_OK, NULL};
}

static bool
has_name(const struct dl_str *names, size_t n, struct dl_str name)
{
	for (size_t i = 0; i < n; i++)
		if (dl_str_eq(names[i], name))
			return true;
	return false;
}

/* The names that the contact lacks, of all texts. */
static void
list_names(struct reading *s, const struct dl_launch_contact *c,
	   struct dl_launch_missing *row)
{
	struct dl_str *names =
	    dl_arena_array(s->r->arena, DL_LAUNCH_NAMES_MAX, sizeof(*names));

	s->r->is_full = s->r->is_full || !names;
	row->names = names;
	for (size_t t = 0; names && t < s->r->out->n_templates; t++) {
		const struct dl_template *text =
		    s->r->out->templates[t].compiled;
		struct dl_str name;

		for (size_t at = 0;
		     row->n_names < DL_LAUNCH_NAMES_MAX &&
		     dl_template_missing(text, c->values, &at, &name);)
			if (!has_name(names, row->n_names, name))
				names[row->n_names++] = name;
	}
}

static void
note_missing(struct reading *s, const struct dl_launch_contact *c)
{
	struct dl_launch_request *out = s->r->out;
	struct dl_launch_missing *row;

	out->missing_total++;
	if (out->n_missing == DL_LAUNCH_LIST_MAX)
		return;
	row = &out->missing[out->n_missing++];
	*row = (struct dl_launch_missing){.index = c->index};
	list_names(s, c, row);
}

/* Whether some variable of some text has no value, told or put up with. */
static bool
lacks_a_value(const struct reading *s, const struct dl_launch_contact *c)
{
	bool lacks = false;

	for (size_t t = 0; !lacks && t < s->r->out->n_templates; t++) {
		struct dl_str name;
		size_t at = 0;

		lacks = dl_template_missing(s->r->out->templates[t].compiled,
					    c->values, &at, &name);
	}
	return lacks;
}

static struct misfit
check_texts(struct reading *s, const struct dl_launch_contact *c)
{
	struct misfit misfit = {DL_P_OK, NULL};

	for (size_t t = 0; t < s->r->out->n_templates; t++) {
		misfit = check_text(s, c, &s->r->out->templates[t]);
		if (misfit.code != DL_P_OK)
			break;
	}
	return misfit;
}

/* A good phone, no duplicate: does it fit the texts?  Keeps it if so. */
static void
settle(struct reading *s, const struct dl_launch_contact *c, uint32_t *place)
{
	struct dl_launch_request *out = s->r->out;
	struct misfit misfit = check_texts(s, c);
	char path[40];

	if (misfit.code == DL_P_MISSING_VARIABLE || lacks_a_value(s, c))
		note_missing(s, c);
	if (misfit.code == DL_P_MISSING_VARIABLE &&
	    out->on_missing == DL_MISSING_REJECT) {
		out->missing_refused++;
		snprintf(path, sizeof(path), "contatos[%zu]", c->index);
		dl_problem_list_add(s->r->problems, s->r->arena, misfit.code,
				    path, (int64_t)c->index, "%s",
				    misfit.message ? misfit.message : "");
	} else if (misfit.code != DL_P_OK) {
		reject(s, c->index, misfit.code, misfit.message);
		return;
	}
	s->contacts[out->n_contacts++] = *c;
	*place = (uint32_t)out->n_contacts;
}

static void
settle_all(struct reading *s)
{
	for (size_t i = 0; i < s->body->n_contacts; i++) {
		struct dl_launch_contact c = s->contacts[i];
		uint32_t *place;

		if (s->codes[i] != DL_P_OK) {
			reject(s, i, s->codes[i], NULL);
			continue;
		}
		place = find_key(s, c.phone.key);
		if (*place)
			note_duplicate(s, i, s->contacts[*place - 1].index);
		else
			settle(s, &c, place);
	}
	s->r->out->contacts = s->contacts;
}

/* ---- what is left ---- */

static void
report_nobody(struct reading *s)
{
	const struct dl_launch_request *out = s->r->out;

	dl_problem_list_add(s->r->problems, s->r->arena, DL_P_NO_VALID_CONTACT,
			    "contatos", -1, NULL);
	for (size_t i = 0; i < out->n_rejected; i++) {
		const struct dl_launch_rejected *left = &out->rejected[i];
		char path[40];

		snprintf(path, sizeof(path), "contatos[%zu]", left->index);
		dl_problem_list_add(s->r->problems, s->r->arena, left->code,
				    path, (int64_t)left->index, "%s",
				    left->message);
	}
	s->r->problems->total += out->rejected_total - out->n_rejected;
}

static void
check_total(struct reading *s)
{
	const struct dl_launch_request *out = s->r->out;
	size_t total = out->n_contacts * out->n_templates;

	if (out->n_contacts == 0)
		report_nobody(s);
	else if (total > (size_t)s->r->limits->max_messages)
		dl_problem_list_add(
		    s->r->problems, s->r->arena, DL_P_TOO_MANY_MESSAGES,
		    "contatos", -1, "São %zu mensagens; o limite é %lld.",
		    total, (long long)s->r->limits->max_messages);
}

static enum dl_problem_code
read_contacts(struct reading *s)
{
	struct dl_launch_reader *r = s->r;
	size_t faults = r->problems->total;
	enum dl_problem_code code = read_all(s);

	if (code != DL_P_OK)
		return code;
	if (r->problems->total != faults || !check_names(r))
		return DL_P_OK;
	settle_all(s);
	check_total(s);
	return DL_P_OK;
}

enum dl_problem_code
dl_launch_read_contacts(struct dl_launch_reader *r,
			const struct dl_launch_body *body)
{
	struct reading s = {.r = r, .body = body};
	size_t n = body->n_contacts, size = 16;
	enum dl_problem_code code = DL_P_BODY_TOO_LARGE;

	while (size < 2 * n)
		size *= 2;
	s.table_mask = size - 1;
	s.contacts = dl_arena_array(r->arena, n, sizeof(*s.contacts));
	s.codes = dl_arena_array(r->arena, n, sizeof(*s.codes));
	s.table = dl_arena_array(r->arena, size, sizeof(*s.table));
	s.scratch = dl_arena_create(SCRATCH_MAX);
	if (s.contacts && s.codes && s.table)
		code = read_contacts(&s);
	dl_arena_destroy(s.scratch);
	return code;
}
