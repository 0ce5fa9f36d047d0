/* SPDX-License-Identifier: MIT */
/* The settings' table read from environment, files and credentials. */
#include "config.h"

#include "base/settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"

enum kind { KIND_TEXT, KIND_URL, KIND_SECRET, KIND_INT, KIND_FLAG };

struct row {
	const char *name;
	enum kind kind;
	size_t offset;
	const char *fallback;
	int64_t min, max;
	unsigned int required_by;
	const char *help;
};

static const struct row rows[] = {
#define X(field, name, kind, def, min, max, required_by, help)                 \
	{name,        KIND_##kind, offsetof(struct dl_settings, field),        \
	 def,         min,         max,                                        \
	 required_by, help},
    DL_SETTINGS(X)
#undef X
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* The first line of a file, on the heap; NULL when it can't be read. */
static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text;
	size_t len;

	if (!f)
		return NULL;
	text = dl_must(calloc(1, DL_SETTING_MAX + 2));
	len = fread(text, 1, DL_SETTING_MAX + 1, f);
	fclose(f);
	text[len] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	return text;
}

static char *
read_credential(const char *name)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char path[DL_SETTING_MAX];

	if (!dir)
		return NULL;
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return NULL;
	return read_file(path);
}

/* The value as written, on the heap; NULL where nobody set it. */
static char *
find_value(const struct row *row, FILE *faults, int *n_faults)
{
	const char *value = getenv(row->name);
	char file_name[64];
	char *text;

	if (value)
		return dl_must(strdup(value));
	snprintf(file_name, sizeof(file_name), "%s_FILE", row->name);
	value = getenv(file_name);
	if (!value)
		return read_credential(row->name);
	text = read_file(value);
	if (!text) {
		fprintf(faults, "%s: cannot read %s: %s\n", file_name, value,
			strerror(errno));
		(*n_faults)++;
	}
	return text;
}

static const char *
check_url(char *text)
{
	size_t len = strlen(text);

	while (len && text[len - 1] == '/')
		text[--len] = '\0';
	if (strncmp(text, "http://", 7) != 0 &&
	    strncmp(text, "https://", 8) != 0)
		return "must begin with http:// or https://";
	if (strpbrk(text, " \t\"'<>\\#?"))
		return "must hold no blank, quote, '?' or '#'";
	return NULL;
}

/* What is wrong with a non-empty value, or NULL. */
static const char *
check_text(const struct row *row, char *text)
{
	size_t len = strlen(text);

	if (len < (size_t)row->min || len > (size_t)row->max)
		return "is too long";
	if (row->kind == KIND_URL)
		return check_url(text);
	return NULL;
}

/* Takes over text, which is not NULL. */
static const char *
store(const struct row *row, struct dl_settings *settings, char *text)
{
	void *field = (char *)settings + row->offset;
	const char *fault = NULL;
	int64_t number = 0;

	switch (row->kind) {
	case KIND_TEXT:
	case KIND_URL:
		fault = *text ? check_text(row, text) : NULL;
		*(struct dl_str *)field = dl_str(text);
		return fault;
	case KIND_SECRET:
		fault = *text ? check_text(row, text) : NULL;
		((struct dl_secret *)field)->text = text;
		return fault;
	case KIND_INT:
		if (!dl_str_to_int64(dl_str(text), &number))
			fault = "is no whole number";
		else if (number < row->min || number > row->max)
			fault = "is out of bounds";
		*(int64_t *)field = number;
		break;
	case KIND_FLAG:
		if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
			fault = "must be on or off";
		*(bool *)field = strcmp(text, "on") == 0;
		break;
	}
	free(text);
	return fault;
}

static void
report(FILE *faults, const struct row *row, const char *fault)
{
	fprintf(faults, "%s %s", row->name, fault);
	if (row->kind == KIND_INT)
		fprintf(faults, " (%lld to %lld)", (long long)row->min,
			(long long)row->max);
	fputc('\n', faults);
}

static int
load_row(const struct row *row, struct dl_settings *settings,
	 unsigned int program, FILE *faults)
{
	int n_faults = 0;
	char *text = find_value(row, faults, &n_faults);
	bool is_missing = !text || !*text;
	const char *fault;

	if (is_missing) {
		free(text);
		text = dl_must(strdup(row->fallback));
	}
	if (is_missing && (row->required_by & program)) {
		fprintf(faults, "%s is required: %s\n", row->name, row->help);
		n_faults++;
	}
	fault = store(row, settings, text);
	if (fault) {
		report(faults, row, fault);
		n_faults++;
	}
	return n_faults;
}

/* Whoever lets users in needs something to know their tokens by. */
static int
check_sign_in(const struct dl_settings *settings, unsigned int program,
	      FILE *faults)
{
	if (!(program & (DL_LAUNCH | DL_STATUS | DL_CONTROL)) ||
	    *settings->supabase_jwt_secret.text ||
	    settings->supabase_jwks_url.len)
		return 0;
	fputs("SUPABASE_JWT_SECRET or SUPABASE_JWKS_URL is required: what "
	      "access tokens are signed with\n",
	      faults);
	return 1;
}

enum dl_code
dl_settings_load(struct dl_settings *settings, unsigned int program,
		 FILE *faults)
{
	int n_faults = 0;

	memset(settings, 0, sizeof(*settings));
	for (size_t i = 0; i < N_ROWS; i++)
		n_faults += load_row(&rows[i], settings, program, faults);
	n_faults += check_sign_in(settings, program, faults);
	return n_faults ? DL_BAD_REQUEST : DL_OK;
}

void
dl_settings_clear(struct dl_settings *settings)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		void *field = (char *)settings + rows[i].offset;

		if (rows[i].kind == KIND_SECRET) {
			char *text = ((struct dl_secret *)field)->text;

			if (text)
				explicit_bzero(text, strlen(text));
			free(text);
		} else if (rows[i].kind == KIND_TEXT ||
			   rows[i].kind == KIND_URL) {
			char *text = NULL;

			/* store() put a heap string behind the const. */
			memcpy(&text, field, sizeof(text));
			free(text);
		}
	}
	memset(settings, 0, sizeof(*settings));
}

void
dl_settings_help(FILE *out)
{
	for (size_t i = 0; i < N_ROWS; i++)
		fprintf(out, "  %s%s%s%s: %s\n", rows[i].name,
			*rows[i].fallback ? " (" : "", rows[i].fallback,
			*rows[i].fallback ? ")" : "", rows[i].help);
}
