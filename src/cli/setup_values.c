/* SPDX-License-Identifier: MIT */
/* setup: where each setting comes from, and local.conf. */
#include "config.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "cli/config_files.h"
#include "cli/files.h"
#include "cli/setup.h"

static const char head[] =
    "# Escrito por \"disparalead setup\", que o reescreve inteiro. O que é "
    "seu\n"
    "# fica em disparalead.conf, lido antes deste arquivo.\n";

/* What setup takes from the environment and from --settings. */
static const char *const names[] = {
    "DATABASE_URL",
    "PUBLIC_URL",
    "QSTASH_URL",
    "QSTASH_TOKEN",
    "QSTASH_CURRENT_SIGNING_KEY",
    "QSTASH_NEXT_SIGNING_KEY",
    "EVOLUTION_API_URL",
    "EVOLUTION_API_KEY",
    "EVOLUTION_WEBHOOK_KEY",
    "SUPABASE_URL",
    "SUPABASE_JWT_SECRET",
    "SUPABASE_JWKS_URL",
    "SUPABASE_JWT_ISSUER",
    "CORS_ALLOWED_ORIGINS",
};
#define N_NAMES (sizeof(names) / sizeof(names[0]))

static const char *const queue_names[] = {
    "QSTASH_URL",
    "QSTASH_TOKEN",
    "QSTASH_CURRENT_SIGNING_KEY",
    "QSTASH_NEXT_SIGNING_KEY",
};
#define N_QUEUE_NAMES (sizeof(queue_names) / sizeof(queue_names[0]))

static const char *
or_null(const char *value)
{
	return value && *value ? value : NULL;
}

/* What was there before this run. */
static const char *
configured(const struct setup *s, const char *name)
{
	const char *value = or_null(dl_settings_file_get(&s->local, name));

	return value ? value : or_null(dl_settings_file_get(&s->conf, name));
}

static const char *
given(const struct setup *s, const char *name)
{
	return or_null(dl_settings_file_get(&s->given, name));
}

const char *
setup_value(const struct setup *s, const char *name)
{
	const char *value = given(s, name);

	return value ? value : configured(s, name);
}

void
setup_set(struct setup *s, const char *name, const char *value)
{
	const char *own = or_null(dl_settings_file_get(&s->conf, name));
	bool is_same = own && value && strcmp(own, value) == 0;

	/* Nothing where theirs says something must be said, too. */
	if (!value && own)
		value = "";
	dl_settings_file_set(&s->local, name, is_same ? NULL : value);
}

/* ---------------------------------------------------------------- reading */

/* NAME, or the first line of the file that NAME_FILE names. */
static const char *
from_environment(struct dl_arena *arena, const char *name, int *status)
{
	const char *value = getenv(name);
	const char *path = getenv(dl_arena_printf(arena, "%s_FILE", name));
	struct dl_error err = {0};
	struct dl_str text;

	if (value || !path)
		return value;
	if (cli_file_read(arena, path, &text, &err) != DL_OK) {
		*status = cli_fail(&err);
		return NULL;
	}
	text = dl_str_trim(dl_str_cut(&text, '\n'));
	return dl_arena_strndup(arena, text.ptr, text.len);
}

static int
read_settings(struct setup *s, const char *path, struct dl_settings_file *file)
{
	struct dl_error err = {0};
	struct dl_str text;
	int line;

	if (cli_file_read(s->arena, path, &text, &err) != DL_OK)
		return cli_fail(&err);
	line = dl_settings_file_read(file, s->arena, text);
	if (!line)
		return CLI_OK;
	cli_say("não entendo %s, linha %d", path, line);
	return CLI_DATA;
}

static int
read_own(struct setup *s, const char *name, struct dl_settings_file *file)
{
	int line;

	switch (cli_config_read(s->arena, s->etc, name, file, &line)) {
	case CLI_CONFIG_READ:
	case CLI_CONFIG_ABSENT:
		return CLI_OK;
	case CLI_CONFIG_FORBIDDEN:
		cli_say("não posso ler %s/%s: rode como root", s->etc, name);
		return CLI_NO_PERM;
	case CLI_CONFIG_FAULTY:
		break;
	}
	cli_say("não entendo %s/%s, linha %d", s->etc, name, line);
	return CLI_CONFIG;
}

int
setup_read(struct setup *s, const char *settings)
{
	struct dl_settings_file file = {.n = 0};
	int status = read_own(s, CLI_CONF_FILE, &s->conf);

	if (status == CLI_OK)
		status = read_own(s, CLI_LOCAL_FILE, &s->local);
	if (status == CLI_OK && settings)
		status = read_settings(s, settings, &file);
	for (size_t i = 0; status == CLI_OK && i < N_NAMES; i++) {
		const char *value;

		if (given(s, names[i]))
			continue; /* an option */
		value = from_environment(s->arena, names[i], &status);
		if (!value)
			value = dl_settings_file_get(&file, names[i]);
		dl_settings_file_set(&s->given, names[i], value);
	}
	return status;
}

/* --------------------------------------------------------------- deciding */

/* systemd hands it to the units; a setting would outrank it. */
static bool
is_in_credstore(const struct setup *s, const char *name)
{
	return access(dl_arena_printf(s->arena,
				      "%s/etc/credstore/disparalead.%s",
				      s->root, name),
		      F_OK) == 0;
}

/* Made once, and kept ever after. */
static void
generate(struct setup *s, const char *name, const char *prefix)
{
	if (setup_value(s, name))
		return;
	if (is_in_credstore(s, name)) {
		setup_say(s, SETUP_NOTE, "%s: em credstore", name);
		return;
	}
	setup_set(s, name, dl_random_secret(s->arena, prefix));
	setup_say(s, SETUP_DONE, "sortear %s", name);
}

static bool
is_embedded(const struct setup *s)
{
	const char *url = setup_value(s, "QSTASH_URL");

	return !url || strcmp(url, SETUP_QUEUE_URL) == 0;
}

/* All four, and none left over from the embedded queue. */
static int
choose_upstash(struct setup *s, bool was_embedded)
{
	int status = CLI_OK;

	for (size_t i = 0; i < N_QUEUE_NAMES; i++) {
		const char *name = queue_names[i];

		if (given(s, name) || (!was_embedded && configured(s, name)))
			continue;
		cli_say("falta %s: ponha no ambiente, em %s_FILE ou no "
			"arquivo de --settings (console da Upstash)",
			name, name);
		status = CLI_CONFIG;
	}
	return status;
}

static int
choose_queue(struct setup *s)
{
	bool was_embedded = is_embedded(s);

	if (configured(s, "QSTASH_URL"))
		was_embedded =
		    strcmp(configured(s, "QSTASH_URL"), SETUP_QUEUE_URL) == 0;
	s->is_embedded = !s->wants_upstash && is_embedded(s);
	if (!s->is_embedded)
		return choose_upstash(s, was_embedded);
	setup_set(s, "QSTASH_URL", SETUP_QUEUE_URL);
	generate(s, "QSTASH_TOKEN", "");
	generate(s, "QSTASH_CURRENT_SIGNING_KEY", "sig_");
	generate(s, "QSTASH_NEXT_SIGNING_KEY", "sig_");
	return CLI_OK;
}

static int
choose_public_url(struct setup *s)
{
	const char *old = configured(s, "PUBLIC_URL");
	const char *url = setup_value(s, "PUBLIC_URL");

	if (!url)
		url = SETUP_LOCAL_URL;
	if (!s->is_embedded && strncmp(url, "https://", 8) != 0) {
		cli_say("a Upstash só alcança um endereço público: dê "
			"--public-url https://...");
		return CLI_CONFIG;
	}
	/* Messages that are under way were signed for the former one. */
	if (old && strcmp(old, url) != 0)
		setup_set(s, "PUBLIC_URL_PREVIOUS", old);
	setup_set(s, "PUBLIC_URL", url);
	return CLI_OK;
}

/* The project's own keys, unless its older, shared secret is given. */
static void
choose_supabase(struct setup *s, const char *url)
{
	char *base = dl_arena_strdup(s->arena, url);

	for (size_t len = strlen(base); len && base[len - 1] == '/'; len--)
		base[len - 1] = '\0';
	if (!given(s, "SUPABASE_JWT_ISSUER"))
		setup_set(s, "SUPABASE_JWT_ISSUER",
			  dl_arena_printf(s->arena, "%s/auth/v1", base));
	if (given(s, "SUPABASE_JWT_SECRET") || given(s, "SUPABASE_JWKS_URL"))
		return;
	setup_set(s, "SUPABASE_JWT_SECRET", NULL);
	setup_set(s, "SUPABASE_JWKS_URL",
		  dl_arena_printf(s->arena, "%s/auth/v1/.well-known/jwks.json",
				  base));
}

static void
choose_sign_in(struct setup *s)
{
	if (given(s, "SUPABASE_URL"))
		choose_supabase(s, given(s, "SUPABASE_URL"));
	else if (!setup_value(s, "SUPABASE_JWKS_URL"))
		generate(s, "SUPABASE_JWT_SECRET", "");
}

int
setup_choose(struct setup *s)
{
	int status;

	setup_section("Chaves e endereços");
	status = choose_queue(s);
	if (status == CLI_OK)
		status = choose_public_url(s);
	if (status != CLI_OK)
		return status;
	choose_sign_in(s);
	generate(s, "EVOLUTION_WEBHOOK_KEY", "");
	setup_set(s, "DISPARALEAD_API_URL", SETUP_LOCAL_URL);
	for (size_t i = 0; i < N_NAMES; i++)
		if (given(s, names[i]) && strcmp(names[i], "DATABASE_URL") != 0)
			setup_set(s, names[i], given(s, names[i]));
	setup_say(s, SETUP_NOTE, "fila: %s; PUBLIC_URL: %s",
		  s->is_embedded ? "embutida (local-queue)"
				 : setup_value(s, "QSTASH_URL"),
		  setup_value(s, "PUBLIC_URL"));
	return CLI_OK;
}

/* ---------------------------------------------------------------- writing */

static struct cli_file_owner
owner_of(struct setup *s, bool is_programs_own)
{
	const struct passwd *user = getpwnam(s->system_user);
	struct cli_file_owner owner = {(uid_t)-1, (gid_t)-1, 0640};

	if (is_programs_own)
		owner.mode = 0600; /* libpq reads no other pgpass */
	if (geteuid() != 0)
		return owner;
	owner.uid = 0;
	if (!user) {
		setup_say(s, SETUP_NOTE,
			  "não há o usuário %s: crie-o e rode de novo "
			  "(systemd-sysusers)",
			  s->system_user);
		return owner;
	}
	owner.gid = user->pw_gid;
	if (is_programs_own)
		owner.uid = user->pw_uid;
	return owner;
}

int
setup_write_file(struct setup *s, const char *name, struct dl_str text,
		 bool is_programs_own)
{
	const char *path = dl_arena_printf(s->arena, "%s/%s", s->etc, name);
	struct dl_error err = {0}, unread = {0};
	struct cli_file_owner owner;
	struct dl_str old;

	if (cli_file_read(s->arena, path, &old, &unread) == DL_OK &&
	    dl_str_eq(old, text)) {
		setup_say(s, SETUP_KEPT, "%s", path);
		return CLI_OK;
	}
	setup_say(s, SETUP_DONE, "gravar %s", path);
	if (s->is_dry)
		return CLI_OK;
	owner = owner_of(s, is_programs_own);
	if (cli_file_replace(s->arena, path, text, &owner, &err) != DL_OK)
		return cli_fail(&err);
	return CLI_OK;
}

int
setup_write(struct setup *s)
{
	struct dl_buf *text = dl_buf_create(s->arena, CLI_FILE_MAX);

	dl_buf_puts(text, head);
	dl_settings_file_write(&s->local, text);
	if (!s->is_dry)
		mkdir(s->etc, 0755);
	return setup_write_file(s, CLI_LOCAL_FILE, dl_buf_str(text), false);
}
