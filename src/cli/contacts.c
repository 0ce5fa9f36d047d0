/* SPDX-License-Identifier: MIT */
/* From CSV (libcsv) to the JSON of contacts. */
#include "config.h"

#include "cli/contacts.h"

#include <csv.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/json_out.h"
#include "cli/columns.h"
#include "domain/phone.h"

/* The JSON of a list: keys are repeated on each row. */
#define MAX_JSON (256u << 20)
/* Numbers in one cell; what is beyond stays with the last. */
#define MAX_NUMBERS 20

struct reader {
	struct dl_arena *arena;
	struct cli_contacts *contacts;
	int country;
	struct dl_json_out out;
	struct dl_buf *text;        /* the row's cells, one after another */
	size_t ends[CLI_MAX_CELLS]; /* where each ends in it */
	size_t n_cells;             /* of the row; may pass CLI_MAX_CELLS */
	const char **keys;          /* NULL until the first row */
	size_t n_keys;
	size_t phone;      /* the phone's column */
	int64_t row;       /* from 1, header included */
	bool is_swallowed; /* its last cell goes on to the file's end */
	const char *complaint;
};

static struct dl_str
cell(const struct reader *reader, size_t i)
{
	size_t start = i ? reader->ends[i - 1] : 0;

	return (struct dl_str){reader->text->ptr + start,
			       reader->ends[i] - start};
}

static void
complain(struct reader *reader, const char *text)
{
	if (!reader->complaint)
		reader->complaint = dl_arena_printf(
		    reader->arena, "linha %" PRId64 ": %s", reader->row, text);
}

static void
on_cell(void *bytes, size_t len, void *ctx)
{
	struct reader *reader = ctx;

	dl_buf_append(reader->text, bytes, len);
	if (reader->n_cells < CLI_MAX_CELLS)
		reader->ends[reader->n_cells] = reader->text->len;
	reader->n_cells++;
}

/* ----------------------------------------------------------------- header */

static bool
is_taken(const struct reader *reader, const char *key, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(reader->keys[i], key) == 0)
			return true;
	return reader->phone >= n && strcmp(key, "telefone") == 0;
}

/* A key for column i: its name, made unlike the others. */
static const char *
key_of(struct reader *reader, struct dl_str name, size_t i)
{
	const char *key;

	if (i == reader->phone)
		return "telefone";
	name = dl_str_trim(name);
	key = name.len ? dl_arena_strndup(reader->arena, name.ptr, name.len)
		       : dl_arena_printf(reader->arena, "coluna%zu", i + 1);
	for (int n = 2; is_taken(reader, key, i); n++)
		key = dl_arena_printf(reader->arena, "%.*s %d", (int)name.len,
				      name.ptr, n);
	return key;
}

/*
 * Makes the keys from the first row.  True when that was a header; a list
 * without one begins with its first contact.
 */
static bool
take_header(struct reader *reader)
{
	struct dl_str names[CLI_MAX_CELLS];
	struct dl_str none = {NULL, 0};
	bool is_header = true;
	ssize_t phone;

	for (size_t i = 0; i < reader->n_cells; i++)
		names[i] = cell(reader, i);
	phone = cli_columns_number(names, reader->n_cells);
	if (phone >= 0)
		is_header = false;
	else
		phone = cli_columns_phone(names, reader->n_cells);
	if (phone < 0) {
		complain(reader, "não achei a coluna do telefone; dê a ela o "
				 "nome \"telefone\"");
		return true;
	}
	reader->phone = (size_t)phone;
	reader->n_keys = reader->n_cells;
	reader->keys = dl_arena_array(reader->arena, reader->n_keys,
				      sizeof(*reader->keys));
	for (size_t i = 0; i < reader->n_keys; i++)
		reader->keys[i] =
		    key_of(reader, is_header ? names[i] : none, i);
	reader->contacts->phone_column =
	    is_header ? dl_arena_strndup(reader->arena, names[phone].ptr,
					 names[phone].len)
		      : dl_arena_printf(reader->arena, "%zd", phone + 1);
	return is_header;
}

/* --------------------------------------------------------------- contacts */

static void
add_contact(struct reader *reader, struct dl_str phone)
{
	struct dl_json_out *out = &reader->out;

	dl_json_object_begin(out);
	for (size_t i = 0; i < reader->n_keys && i < reader->n_cells; i++)
		dl_json_member_str(
		    out, reader->keys[i],
		    i == reader->phone ? phone : dl_str_trim(cell(reader, i)));
	dl_json_object_end(out);
	dl_buf_append(reader->contacts->rows, &reader->row,
		      sizeof(reader->row));
	reader->contacts->n++;
}

static void
add_row(struct reader *reader)
{
	struct dl_str value = {"", 0};
	struct dl_str parts[MAX_NUMBERS];
	bool is_blank = true;
	size_t n;

	for (size_t i = 0; i < reader->n_cells; i++)
		if (dl_str_trim(cell(reader, i)).len)
			is_blank = false;
	if (is_blank)
		return;
	if (reader->phone < reader->n_cells)
		value = dl_str_trim(cell(reader, reader->phone));
	n = dl_phone_split(value, reader->country, parts, MAX_NUMBERS);
	for (size_t i = 0; i < n; i++)
		add_contact(reader, dl_str_trim(parts[i]));
}

static void
on_row(int terminator, void *ctx)
{
	struct reader *reader = ctx;

	(void)terminator;
	reader->row++;
	if (reader->n_cells > CLI_MAX_CELLS)
		complain(reader, "colunas demais");
	if (reader->is_swallowed)
		complain(reader, "uma aspa (\") aberta não fecha");
	if (!reader->complaint && (reader->keys || !take_header(reader)))
		add_row(reader);
	dl_buf_reset(reader->text);
	reader->n_cells = 0;
}

/* ------------------------------------------------------------------- file */

/* The sign between cells: the commonest in the first line, outside quotes. */
static char
find_delimiter(struct dl_str text)
{
	size_t semicolons = 0, commas = 0, tabs = 0;
	bool is_quoted = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '"')
			is_quoted = !is_quoted;
		else if (is_quoted)
			continue;
		else if (c == '\n' || c == '\r')
			break;
		semicolons += c == ';';
		commas += c == ',';
		tabs += c == '\t';
	}
	if (tabs > semicolons && tabs > commas)
		return '\t';
	return semicolons >= commas && semicolons ? ';' : ',';
}

/* Excel's first line "sep=;" is not part of the list. */
static char
take_delimiter(struct dl_str *text)
{
	char delimiter;

	if (text->len < 5 || !dl_str_starts_with(*text, DL_STR("sep=")))
		return find_delimiter(*text);
	delimiter = text->ptr[4];
	dl_str_cut(text, '\n');
	return delimiter;
}

/* A quote that nobody closed has swallowed the rest of the file. */
static bool
is_swallowed(struct dl_str text, const struct reader *reader)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.ptr[i] == '"';
	return n % 2 == 1 && reader->n_cells &&
	       reader->n_cells <= CLI_MAX_CELLS &&
	       dl_str_contains(cell(reader, reader->n_cells - 1), DL_STR("\n"));
}

/* csv_fini() in two steps: the last cell is looked at before its row ends. */
static void
parse(struct reader *reader, struct dl_str text)
{
	struct csv_parser parser;
	char delimiter = take_delimiter(&text);

	if (csv_init(&parser, 0) != 0) {
		reader->complaint = "sem memória";
		return;
	}
	csv_set_delim(&parser, (unsigned char)delimiter);
	if (text.len && csv_parse(&parser, text.ptr, text.len, on_cell, on_row,
				  reader) != text.len)
		complain(reader, csv_strerror(csv_error(&parser)));
	csv_fini(&parser, on_cell, NULL, reader);
	csv_free(&parser);
	reader->is_swallowed = is_swallowed(text, reader);
	if (reader->n_cells)
		on_row(-1, reader);
}

const char *
cli_contacts_read(struct dl_arena *arena, struct dl_str bytes, int country,
		  struct cli_contacts *contacts)
{
	struct reader reader = {
	    .arena = arena, .contacts = contacts, .country = country};
	struct dl_str text;
	const char *complaint = cli_decode(arena, bytes, &text);

	*contacts = (struct cli_contacts){
	    .json = dl_buf_create(arena, MAX_JSON),
	    .rows = dl_buf_create(arena, MAX_JSON),
	};
	if (complaint)
		return complaint;
	reader.text = dl_buf_create(arena, text.len + 1);
	dl_buf_puts(reader.text, ""); /* so that it has bytes to point to */
	dl_json_begin(&reader.out, contacts->json);
	dl_json_array_begin(&reader.out);
	parse(&reader, text);
	dl_json_array_end(&reader.out);
	if (reader.complaint)
		return reader.complaint;
	if (!contacts->n)
		return "não há nenhum contato no arquivo";
	if (dl_buf_failed(contacts->json))
		return "a lista é grande demais";
	return NULL;
}

int64_t
cli_contacts_row(const struct cli_contacts *contacts, size_t i)
{
	int64_t row;

	memcpy(&row, contacts->rows->ptr + i * sizeof(row), sizeof(row));
	return row;
}
