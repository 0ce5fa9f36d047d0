/* SPDX-License-Identifier: MIT */
/*
 * A list of contacts, as people export it from a spreadsheet, made into the
 * "contatos" of POST /launch.  Says nothing about whether a phone is good:
 * that is the server's business.
 *
 * Taken are ';', ',' and tabs between cells, quoted cells, UTF-8 with and
 * without BOM, Windows-1252 (what Latin-1 files really are), CR LF, Excel's
 * "sep=;" line, a list without header.  The header's names become the keys,
 * but that of the phone's column, which is found by its usual names, becomes
 * "telefone".  A cell with several numbers makes several contacts.
 *
 * Pure; thread-safe.
 */
#ifndef DL_CLI_CONTACTS_H
#define DL_CLI_CONTACTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* A row has at most so many cells; the API takes 100 keys. */
#define CLI_MAX_CELLS 200
/* The API's body is at most 32 MiB, and a list grows on its way there. */
#define CLI_MAX_LIST (32u << 20)

struct cli_contacts {
	struct dl_buf *json; /* the array, in the arena */
	size_t n;            /* contacts in it */
	struct dl_buf *rows; /* n times an int64_t; see cli_contacts_row() */
	const char *phone_column; /* its name in the file */
};

/*
 * Reads bytes, the whole file; country is the code of numbers written without
 * one.  NULL, or what is wrong with it, in Portuguese and in the arena.
 */
const char *cli_contacts_read(struct dl_arena *arena, struct dl_str bytes,
			      int country, struct cli_contacts *contacts);

/* The file's row, from 1 and header included, that contact i came from. */
int64_t cli_contacts_row(const struct cli_contacts *contacts, size_t i);

/* The file's text as UTF-8, without BOM; NULL when it is none. */
const char *cli_decode(struct dl_arena *arena, struct dl_str bytes,
		       struct dl_str *text);

#endif
