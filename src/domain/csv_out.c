/* SPDX-License-Identifier: MIT */
/* Cells and rows. */
#include "config.h"

#include "domain/csv_out.h"

static bool
is_formula(struct dl_str text)
{
	return text.len && memchr("=+-@\t\r", text.ptr[0], 6) != NULL;
}

static bool
needs_quotes(struct dl_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (memchr(";\"\r\n\t", text.ptr[i], 5))
			return true;
	return false;
}

void
dl_csv_cell(struct dl_buf *out, struct dl_str text)
{
	bool is_quoted = needs_quotes(text);

	if (is_quoted)
		dl_buf_append_c(out, '"');
	if (is_formula(text))
		dl_buf_append_c(out, '\'');
	while (text.len) {
		const char *quote = memchr(text.ptr, '"', text.len);
		size_t n = quote ? (size_t)(quote - text.ptr) + 1 : text.len;

		dl_buf_append(out, text.ptr, n);
		if (quote)
			dl_buf_append_c(out, '"');
		text.ptr += n;
		text.len -= n;
	}
	if (is_quoted)
		dl_buf_append_c(out, '"');
}

void
dl_csv_row(struct dl_buf *out, const struct dl_str *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			dl_buf_append_c(out, ';');
		dl_csv_cell(out, cells[i]);
	}
	dl_buf_puts(out, "\r\n");
}
