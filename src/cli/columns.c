/* SPDX-License-Identifier: MIT */
/* Which column holds the phone. */
#include "config.h"

#include "cli/columns.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* The likeliest first.  The first two are Google's and Outlook's exports. */
static const char *const exact[] = {
    "phone1value",
    "mobilephone",
    "whatsapp",
    "numerodowhatsapp",
    "telefonewhatsapp",
    "celular",
    "telefonecelular",
    "cel",
    "mobile",
    "telefone",
    "phone",
    "phonenumber",
    "fone",
    "tel",
    "telefone1",
    "numero",
    "contato",
};
static const char *const part[] = {
    "whats", "celular", "telefone", "fone", "phone",
};

/* Lower case, no accents, letters and digits alone; the caller frees it. */
static char *
simplify(struct dl_str name)
{
	utf8proc_uint8_t *folded = NULL;
	char *out = NULL;
	utf8proc_ssize_t len = utf8proc_map(
	    (const utf8proc_uint8_t *)name.ptr, (utf8proc_ssize_t)name.len,
	    &folded,
	    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK |
		UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);

	if (len >= 0)
		out = calloc(1, (size_t)len + 1);
	for (utf8proc_ssize_t i = 0, at = 0; out && i < len; i++)
		if ((folded[i] >= 'a' && folded[i] <= 'z') ||
		    (folded[i] >= '0' && folded[i] <= '9'))
			out[at++] = (char)folded[i];
	free(folded);
	return out;
}

/* The rank of a name, low is likely; -1 where it names no phone. */
static ssize_t
rank(struct dl_str name)
{
	const size_t n_exact = sizeof(exact) / sizeof(exact[0]);
	const size_t n_part = sizeof(part) / sizeof(part[0]);
	char *simple = simplify(name);
	ssize_t found = -1;

	for (size_t i = 0; simple && found < 0 && i < n_exact; i++)
		if (strcmp(simple, exact[i]) == 0)
			found = (ssize_t)i;
	for (size_t i = 0; simple && found < 0 && i < n_part; i++)
		if (strstr(simple, part[i]))
			found = (ssize_t)(n_exact + i);
	free(simple);
	return found;
}

ssize_t
cli_columns_phone(const struct dl_str *names, size_t n)
{
	ssize_t best = -1;
	ssize_t best_rank = -1;

	for (size_t i = 0; i < n; i++) {
		ssize_t r = rank(names[i]);

		if (r >= 0 && (best < 0 || r < best_rank)) {
			best = (ssize_t)i;
			best_rank = r;
		}
	}
	return best;
}

ssize_t
cli_columns_number(const struct dl_str *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t n_digits = 0, n_other = 0;

		for (size_t j = 0; j < cells[i].len; j++) {
			char c = cells[i].ptr[j];

			if (c >= '0' && c <= '9')
				n_digits++;
			else if (!strchr(" ()-+.'", c))
				n_other++;
		}
		if (n_digits >= 8 && n_digits <= 15 && !n_other)
			return (ssize_t)i;
	}
	return -1;
}
