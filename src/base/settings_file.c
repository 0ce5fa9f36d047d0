/* SPDX-License-Identifier: MIT */
/* NAME=VALUE lines, read and written. */
#include "config.h"

#include "base/settings_file.h"

#include <string.h>

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
/* What a value may hold without quotes, for systemd and for a shell. */
#define PLAIN_CHARACTERS                                                       \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"       \
	"_-+./:,@%="

/* Takes quotes and backslashes off; false where a quote is not closed. */
static bool
unquote(struct dl_str text, struct dl_buf *out)
{
	char quote = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '\\' && quote != '\'' && i + 1 < text.len)
			dl_buf_append_c(out, text.ptr[++i]);
		else if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
		else
			dl_buf_append_c(out, c);
	}
	return !quote;
}

static bool
read_line(struct dl_settings_file *file, struct dl_arena *arena,
	  struct dl_str line)
{
	struct dl_str name = dl_str_trim(dl_str_cut(&line, '='));
	struct dl_buf *value = dl_buf_create(arena, 8192);
	const char *key = dl_arena_strndup(arena, name.ptr, name.len);

	if (!line.ptr || !key || !name.len ||
	    strspn(key, NAME_CHARACTERS) != name.len)
		return false;
	return unquote(dl_str_trim(line), value) && !dl_buf_failed(value) &&
	       dl_settings_file_set(file, key, dl_buf_cstr(value));
}

int
dl_settings_file_read(struct dl_settings_file *file, struct dl_arena *arena,
		      struct dl_str text)
{
	int n_lines = 0;

	file->n = 0;
	while (text.ptr) {
		struct dl_str line = dl_str_trim(dl_str_cut(&text, '\n'));

		n_lines++;
		if (line.len && *line.ptr != '#' && *line.ptr != ';' &&
		    !read_line(file, arena, line))
			return n_lines;
	}
	return 0;
}

/* The place of a name; file->n where it has none. */
static size_t
find(const struct dl_settings_file *file, const char *name)
{
	size_t i = 0;

	while (i < file->n && strcmp(file->pairs[i].name, name) != 0)
		i++;
	return i;
}

const char *
dl_settings_file_get(const struct dl_settings_file *file, const char *name)
{
	size_t i = find(file, name);

	return i < file->n ? file->pairs[i].value : NULL;
}

bool
dl_settings_file_set(struct dl_settings_file *file, const char *name,
		     const char *value)
{
	size_t i = find(file, name);
	struct dl_settings_pair *pair = &file->pairs[i];

	if (i < file->n && !value) {
		memmove(pair, pair + 1, (file->n - i - 1) * sizeof(*pair));
		file->n--;
	} else if (i < file->n) {
		pair->value = value;
	} else if (value) {
		if (file->n == DL_SETTINGS_FILE_MAX)
			return false;
		file->pairs[file->n++] = (struct dl_settings_pair){name, value};
	}
	return true;
}

static void
write_value(struct dl_buf *out, const char *value)
{
	if (strspn(value, PLAIN_CHARACTERS) == strlen(value)) {
		dl_buf_puts(out, value);
		return;
	}
	dl_buf_append_c(out, '"');
	for (; *value; value++) {
		if (strchr("\"\\$`", *value))
			dl_buf_append_c(out, '\\');
		dl_buf_append_c(out, *value);
	}
	dl_buf_append_c(out, '"');
}

void
dl_settings_file_write(const struct dl_settings_file *file, struct dl_buf *out)
{
	for (size_t i = 0; i < file->n; i++) {
		dl_buf_puts(out, file->pairs[i].name);
		dl_buf_append_c(out, '=');
		write_value(out, file->pairs[i].value);
		dl_buf_append_c(out, '\n');
	}
}
