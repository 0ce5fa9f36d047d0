/* SPDX-License-Identifier: MIT */
/*
 * CSV as Excel in Brazil opens it: UTF-8 with a byte order mark, ';' between
 * cells, CR LF behind rows, and no cell that a spreadsheet runs as a formula.
 * (Reading CSV is libcsv's.)
 *
 * Not thread-safe, as the buffer that it appends to.
 * Source: RFC 4180; OWASP, "CSV Injection".
 */
#ifndef DL_DOMAIN_CSV_OUT_H
#define DL_DOMAIN_CSV_OUT_H

#include "base/buf.h"
#include "base/str.h"

/* The byte order mark, once, in front of everything. */
#define DL_CSV_BOM "\xef\xbb\xbf"

/*
 * Appends text as a cell: quoted where it holds ';', '"', CR or LF, with an
 * apostrophe in front where it begins with '=', '+', '-', '@', tab or CR.
 */
void dl_csv_cell(struct dl_buf *out, struct dl_str text);

/* Appends the cells in one row and ends it. */
void dl_csv_row(struct dl_buf *out, const struct dl_str *cells, size_t n);

#endif
